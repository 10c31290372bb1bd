/** SHA-256 of what was downloaded: of one file, or of a folder as its sorted "sha256  name" lines. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** The same as `sha256sum * | LC_ALL=C sort -k2 | sha256sum` in the folder. */
export async function sha256OfFolder(folder: string): Promise<string> {
  const names = (await readdir(folder)).sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(`${await sha256OfFile(join(folder, name))}  ${name}\n`);
  return hash.digest('hex');
}

/** Throws when the file or folder is not what was recorded. */
export async function verifySha256(path: string, recorded: string, isFolder = false): Promise<void> {
  const found = isFolder ? await sha256OfFolder(path) : await sha256OfFile(path);
  if (found === recorded) return;
  throw new Error(
    `${basename(path)} is not the file that was recorded: sha256 ${found}, expected ${recorded}; it was not kept`,
  );
}
