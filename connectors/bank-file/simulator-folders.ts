/** The simulated bank's side of the drop: three folders on disk, of which the incoming one can be listed. */
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

export type Folder = 'out' | 'archive' | 'in';
export type Listed = { readonly name: string; readonly sizeBytes: number; readonly modifiedAt: Date };

export type Folders = {
  /** On disk when it resolves, whole or not at all. */
  write(folder: Folder, name: string, text: string): Promise<void>;
  has(folder: Folder, name: string): boolean;
  read(folder: Folder, name: string): Promise<string>;
  /** From where the hub left it to where the bank keeps what it took. */
  take(name: string): Promise<void>;
  waiting(): readonly string[];
  /** Names of the incoming folder after this one, in their order. */
  incoming(after: string, max: number): readonly Listed[];
};

export function openFolders(dir: string): Folders {
  for (const folder of ['out', 'archive', 'in', 'tmp']) mkdirSync(join(dir, folder), { recursive: true });
  const incoming = new Map(readdirSync(join(dir, 'in')).map((name) => [name, listed(name)]));

  function listed(name: string): Listed {
    const { size, mtime } = statSync(join(dir, 'in', name));
    return { name, sizeBytes: size, modifiedAt: mtime };
  }

  return {
    async write(folder, name, text) {
      const draft = join(dir, 'tmp', name);
      let file: FileHandle | undefined;
      try {
        file = await open(draft, 'w');
        await file.writeFile(text);
        await file.datasync();
      } finally {
        await file?.close();
      }
      await rename(draft, join(dir, folder, name));
      if (folder === 'in') incoming.set(name, listed(name));
    },
    has: (folder, name) => existsSync(join(dir, folder, name)),
    read: (folder, name) => readFile(join(dir, folder, name), 'utf8'),
    take: (name) => rename(join(dir, 'out', name), join(dir, 'archive', name)),
    waiting: () => readdirSync(join(dir, 'out')),
    incoming: (after, max) =>
      [...incoming.values()]
        .filter(({ name }) => name > after)
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .slice(0, max),
  };
}
