/** The rails whose simulators run here: where each listens and which of its config values are made at first start. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';

export type LocalRail = {
  readonly id: string;
  readonly port: number;
  /** RAIL_<ID>_<KEY> → a fresh value. */
  readonly secrets: Readonly<Record<string, () => string>>;
  /** RAIL_<ID>_<KEY>FILE → a fresh PEM; the variable names the file it is written to. */
  readonly keys: Readonly<Record<string, () => string>>;
};

export const localRails: readonly LocalRail[] = [
  {
    id: 'slcb',
    port: 8101,
    secrets: { USERNAME: () => 'tributary', PASSWORD: password },
    keys: { PRIVATEKEY: rsaKey },
  },
  { id: 'mojaloop', port: 8102, secrets: {}, keys: {} },
  { id: 'gsma', port: 8103, secrets: { APIKEY: password, CLIENTID: () => 'tributary' }, keys: {} },
];

/** The environment variable of a rail's config key: ('slcb', 'URL') → RAIL_SLCB_URL. */
export const railVariable = (id: string, key: string) => `RAIL_${id.toUpperCase()}_${key}`;

/** The environment variable of a simulator's port: SIMULATOR_SLCB_PORT. */
export const simulatorPortVariable = (id: string) => `SIMULATOR_${id.toUpperCase()}_PORT`;

function password(): string {
  return randomBytes(18).toString('base64url');
}

function rsaKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
