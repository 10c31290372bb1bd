/** How a rail's settings are named in the environment: capitals, and what no variable may hold becomes an underscore. */

/** The name of what begins all of a rail's variables without its prefix: ('bank-file') → BANK_FILE. */
export function variableNameOf(id: string): string {
  return id.toUpperCase().replaceAll('-', '_');
}

/** The environment variable of a rail's config key: ('bank-file', 'url') → RAIL_BANK_FILE_URL. */
export function railVariable(id: string, key: string): string {
  return `RAIL_${variableNameOf(id)}_${key.toUpperCase()}`;
}
