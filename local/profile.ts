/** Where one profile of the stack keeps its things, so that a test stack runs beside a developer's. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Profile = {
  readonly name: string;
  /** The project's folder: hub processes run there. */
  readonly root: string;
  /** Downloads, shared by all profiles. */
  readonly cache: string;
  readonly home: string;
  readonly data: string;
  readonly logs: string;
  readonly run: string;
};

/** The folders of a profile under `.local/`; throws RangeError on a name that is no plain folder name. */
export function profileOf(name: string, root = projectRoot()): Profile {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name) || name === 'cache') {
    throw new RangeError(`PROFILE must be lower-case letters, digits and dashes, and not "cache": "${name}"`);
  }
  const home = join(root, '.local', name);
  return {
    name,
    root,
    cache: join(root, '.local', 'cache'),
    home,
    data: join(home, 'data'),
    logs: join(home, 'logs'),
    run: join(home, 'run'),
  };
}

/** The nearest folder above this file with a package.json: the same from `local/` and from `dist/local/`. */
function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error('no package.json above local/: the stack runs inside the project only');
    folder = above;
  }
  return folder;
}
