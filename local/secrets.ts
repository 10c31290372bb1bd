/** Passwords and keys, made at first start and kept in the profile's secrets.json; none is fixed in the code. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Profile } from './profile.ts';
import { localRails, railVariable } from './rails.ts';

/** Environment variable → value; a name that ends in FILE holds what is written to that file. */
export type Secrets = Readonly<Record<string, string>>;

/** Reads the profile's secrets, adds those that are missing, and writes key files again. */
export function secretsOf(profile: Profile): Secrets {
  mkdirSync(profile.run, { recursive: true });
  const file = join(profile.home, 'secrets.json');
  const known: Secrets = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const missing = Object.entries(makers()).filter(([name]) => known[name] === undefined);
  const secrets = { ...known, ...Object.fromEntries(missing.map(([name, make]) => [name, make()])) };
  if (missing.length > 0) writePrivate(file, `${JSON.stringify(secrets, null, 2)}\n`);
  return secrets;
}

/** As environment variables: key material goes to files of mode 600 and the variable names the file. */
export function secretVariables(profile: Profile, secrets: Secrets): Record<string, string> {
  const variables = { ...secrets };
  for (const rail of localRails) {
    for (const key of Object.keys(rail.keys)) {
      const name = railVariable(rail.id, `${key}FILE`);
      const file = join(profile.run, `${rail.id}-key.pem`);
      if (!existsSync(file) || readFileSync(file, 'utf8') !== secrets[name]) writePrivate(file, secrets[name] ?? '');
      variables[name] = file;
    }
  }
  return variables;
}

/** Writes a file that only its owner reads. */
export function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}

function makers(): Record<string, () => string> {
  const hex = (bytes: number) => () => randomBytes(bytes).toString('hex');
  const rails = localRails.flatMap((rail) => [
    ...Object.entries(rail.secrets).map(([key, make]) => [railVariable(rail.id, key), make] as const),
    ...Object.entries(rail.keys).map(([key, make]) => [railVariable(rail.id, `${key}FILE`), make] as const),
  ]);
  return { HUB_SECRET: hex(32), S3_ACCESS_KEY: hex(10), S3_SECRET_KEY: hex(20), ...Object.fromEntries(rails) };
}
