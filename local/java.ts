/** Finds a Java for Zeebe and Kafka: 21 to 25 from JAVA_HOME, PATH or the installed ones, else the downloaded one. */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cached } from './cache.ts';
import { commandOnPath } from './command.ts';

export type Java = { readonly home: string; readonly version: number };

const versionMin = 21;
const versionMax = 25;
const installedRoot = '/usr/lib/jvm';

/** The first fitting Java of this machine, or nothing. JAVA_FROM=pypi asks for the download. */
export function installedJava(environment: NodeJS.ProcessEnv, installed = installedRoot): Java | undefined {
  if (environment.JAVA_FROM === 'pypi') return undefined;
  const onPath = commandOnPath('java', environment.PATH);
  const homes = [environment.JAVA_HOME, onPath && dirname(dirname(realpathSync(onPath))), ...foldersIn(installed)];
  return homes
    .map(javaAt)
    .find((java) => java !== undefined && java.version >= versionMin && java.version <= versionMax);
}

/** The Java to use; the download must be in the cache when the machine has none. */
export function javaFor(environment: NodeJS.ProcessEnv, cache: string): Java {
  const java = installedJava(environment) ?? javaAt(join(cached(cache, 'jdk-25.0.2'), 'home'));
  if (!java) throw new Error(`no Java from ${versionMin} to ${versionMax} here and none downloaded`);
  return java;
}

function foldersIn(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .sort()
        .map((name) => join(folder, name))
    : [];
}

/** Every JDK and runtime carries a `release` file with its version: `JAVA_VERSION="25.0.2"`. */
function javaAt(home: string | undefined): Java | undefined {
  const release = home && join(home, 'release');
  if (!home || !release || !existsSync(release) || !existsSync(join(home, 'bin', 'java'))) return undefined;
  const version = /^JAVA_VERSION="(\d+)/m.exec(readFileSync(release, 'utf8'))?.[1];
  return version === undefined ? undefined : { home, version: Number(version) };
}
