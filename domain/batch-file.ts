/** The columns of a batch's file: what must be there, what may be, and what the result adds. */

export const requiredColumns = [
  'id',
  'request_id',
  'payment_mode',
  'payer_identifier_type',
  'payer_identifier',
  'payee_identifier_type',
  'payee_identifier',
  'amount',
  'currency',
  'note',
] as const;
export type RequiredColumn = (typeof requiredColumns)[number];

/** Where a payee is told, and in which language. */
export const noticeColumns = ['payee_email', 'payee_phone', 'payee_language'] as const;

/** Understood on every rail; rails may declare more. */
export const optionalColumns = [
  'program_shortcode',
  'cycle',
  'payee_dfsp_id',
  'account_number',
  ...noticeColumns,
] as const;

/** What the type PROGRAM adds to a template. */
export const programColumns = ['program_shortcode', 'cycle'] as const;

/** What the result file adds to the client's own columns. */
export const resultColumns = ['status', 'error_code', 'error_description'] as const;

/** Payment modes of a pain.001's payments, by words in capitals: the creditor's agent (BIC, its first eight letters, or member id), service level, all others. */
export type Pain001Rules = {
  readonly mode?: string;
  readonly serviceLevels?: Readonly<Record<string, string>>;
  readonly agents?: Readonly<Record<string, string>>;
};

export type HeaderProblem = {
  readonly missing: readonly string[];
  readonly unknown: readonly string[];
  readonly repeated: readonly string[];
};

/** What is wrong with a header line, or undefined. `railColumns` are the names that rails declare. */
export function checkHeader(columns: readonly string[], railColumns: readonly string[]): HeaderProblem | undefined {
  const known = new Set<string>([...requiredColumns, ...optionalColumns, ...railColumns]);
  const missing = requiredColumns.filter((name) => !columns.includes(name));
  const unknown = columns.filter((name) => !known.has(name));
  const repeated = [...new Set(columns.filter((name, at) => known.has(name) && columns.indexOf(name) < at))];
  return missing.length + unknown.length + repeated.length === 0 ? undefined : { missing, unknown, repeated };
}

/** The problem as a sentence that says what to do. Unknown names are cut short: they may be anything. */
export function describeHeader({ missing, unknown, repeated }: HeaderProblem): string {
  const parts = [
    missing.length > 0 && `missing ${plural(missing)}: ${missing.join(', ')}`,
    unknown.length > 0 && `unknown ${plural(unknown)}: ${unknown.slice(0, 20).map(shown).join(', ')}`,
    repeated.length > 0 && `repeated ${plural(repeated)}: ${repeated.join(', ')}`,
  ].filter(Boolean);
  return `${parts.join('; ')}. The first line must name the columns: ${requiredColumns.join(',')}`;
}

function plural(names: readonly string[]): string {
  return names.length === 1 ? 'column' : 'columns';
}

function shown(name: string): string {
  const printable = name.replace(/\p{C}/gu, '?').slice(0, 40);
  return printable === '' ? '(empty)' : printable;
}
