/** Passwords and keys, made at first start and kept in the profile's secrets.json; none is fixed in the code. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { railVariable } from '../connectors/rail-variables.ts';
import type { Profile } from './profile.ts';
import { type LocalRail, localRails } from './rails.ts';

/** Environment variable → value; PEM text is here, its variable names a file. */
export type Secrets = Readonly<Record<string, string>>;

/** Reads the profile's secrets and adds those that are missing. */
export function secretsOf(profile: Profile): Secrets {
  mkdirSync(profile.run, { recursive: true });
  const file = join(profile.home, 'secrets.json');
  const known: Secrets = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const lacking = localRails.filter((rail) => lacks(known, rail));
  const ofHub = Object.entries(hubSecrets).filter(([name]) => known[name] === undefined);
  if (ofHub.length === 0 && lacking.length === 0) return known;
  const made = Object.fromEntries(ofHub.map(([name, make]) => [name, make()]));
  const secrets = Object.assign({}, made, ...lacking.map(railSecrets), known);
  writePrivate(file, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

/** As environment variables: PEM text goes to files of mode 600 and the variable names the file. */
export function secretVariables(profile: Profile, secrets: Secrets): Record<string, string> {
  const variables = Object.entries(secrets).map(([name, value]) => [
    name,
    value.startsWith('-----BEGIN') ? pemFile(profile, name, value) : value,
  ]);
  return Object.fromEntries(variables);
}

/** Writes a file that only its owner reads. */
export function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}

/** RAIL_SLCB_PRIVATE_KEY is written to run/slcb-private-key.pem. */
function pemFile(profile: Profile, variable: string, pem: string): string {
  const name = variable
    .replace(/^RAIL_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
  const file = join(profile.run, `${name}.pem`);
  if (!existsSync(file) || readFileSync(file, 'utf8') !== pem) writePrivate(file, pem);
  return file;
}

const hex = (bytes: number) => randomBytes(bytes).toString('hex');

const hubSecrets: Readonly<Record<string, () => string>> = {
  HUB_SECRET: () => hex(32),
  S3_ACCESS_KEY: () => hex(10),
  S3_SECRET_KEY: () => hex(20),
  OPENID_SECRET: () => hex(32),
  OPENID_KEY: signingKey,
  SAMPLE_PASSWORD: () => randomBytes(9).toString('base64url'),
};

function signingKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** Making a rail's config may cost a key pair: it is made only when something that the rail must have, or all of it, is missing. */
function lacks(known: Secrets, { id, configKeys, localConfig }: LocalRail): boolean {
  if (!localConfig) return false;
  const required = Object.keys(configKeys).filter((key) => key !== 'url');
  const prefix = railVariable(id, '');
  if (!Object.keys(known).some((name) => name.startsWith(prefix))) return true;
  return required.some((key) => known[railVariable(id, key)] === undefined);
}

function railSecrets({ id, localConfig }: LocalRail): Secrets {
  const config = Object.entries(localConfig?.() ?? {});
  return Object.fromEntries(config.map(([key, value]) => [railVariable(id, key), value]));
}
