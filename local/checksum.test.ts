import { appendFile, mkdtemp, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256OfFile, sha256OfFolder, verifySha256 } from './checksum.ts';

const newFolder = () => mkdtemp(join(tmpdir(), 'checksum-'));

test('a file as recorded passes, a changed one is refused', async () => {
  const file = join(await newFolder(), 'server.tar.gz');
  await writeFile(file, 'abc');
  const recorded = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(await sha256OfFile(file)).toBe(recorded);
  await verifySha256(file, recorded);
  await appendFile(file, 'd');
  await expect(verifySha256(file, recorded)).rejects.toThrow('server.tar.gz is not the file that was recorded');
});

test('a folder is refused when a file of it has changed its content or its name', async () => {
  const folder = await newFolder();
  await writeFile(join(folder, 'b.jar'), 'b');
  await writeFile(join(folder, 'a.jar'), 'a');
  const recorded = await sha256OfFolder(folder);
  await verifySha256(folder, recorded, true);
  await rename(join(folder, 'b.jar'), join(folder, 'c.jar'));
  await expect(verifySha256(folder, recorded, true)).rejects.toThrow('was not kept');
});
