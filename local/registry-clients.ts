/** Maven and pip, as the machine has them configured: no registry is named here. */
import { type ExecFileException, execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandOnPath } from './command.ts';

const dependencyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/** One artifact, GROUP:ARTIFACT:VERSION:TYPE[:CLASSIFIER], without what it depends on. */
export async function mavenFile(artifact: string, folder: string): Promise<string> {
  const options = [`-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`, '-Dmdep.useBaseVersion=true'];
  await run('mvn', ['-q', '-B', `${dependencyPlugin}:copy`, ...options], folder);
  return onlyFileIn(folder);
}

/** Artifacts GROUP:ARTIFACT:VERSION with all they need to run; returns the folder of jars. */
export async function mavenDependencies(artifacts: readonly string[], folder: string): Promise<string> {
  const jars = join(folder, 'lib');
  await writeFile(join(folder, 'pom.xml'), pomOf(artifacts));
  const options = ['-DincludeScope=runtime', `-DoutputDirectory=${jars}`];
  await run('mvn', ['-q', '-B', `${dependencyPlugin}:copy-dependencies`, ...options], folder);
  return jars;
}

/** The wheel of one PyPI package, NAME==VERSION, for this machine. */
export async function wheel(requirement: string, folder: string): Promise<string> {
  await run('python3', [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    '--only-binary=:all:',
    '-d',
    folder,
    requirement,
  ]);
  return onlyFileIn(folder);
}

/** Unpacks a wheel; Python is there when a wheel is, `unzip` may not be. */
export async function unzip(file: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await run('python3', ['-m', 'zipfile', '-e', file, folder]);
}

/** Throws, naming the Debian packages to install, when a client that is about to be used is missing. */
export async function requireClients(clients: ReadonlySet<'maven' | 'pip'>): Promise<void> {
  const missing: string[] = [];
  if (clients.has('maven') && !commandOnPath('mvn')) missing.push('maven');
  if (clients.has('pip') && !(await pipWorks())) missing.push('python3', 'python3-pip');
  if (missing.length === 0) return;
  throw new Error(`to download the servers, install what is missing first: apt-get install ${missing.join(' ')}`);
}

/** Runs a command to its end; throws with the last lines of what it said. */
export function run(command: string, args: readonly string[], cwd?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error: ExecFileException | null, stdout: string, stderr: string) => {
      if (!error) return resolve();
      const said = `${stdout}${stderr}`.trim().split('\n').slice(-12).join('\n');
      reject(new Error(`${command} failed (${error.code ?? error.signal}):\n${said}`));
    };
    execFile(command, args, { cwd, maxBuffer: 16 * 1024 * 1024 }, done);
  });
}

async function pipWorks(): Promise<boolean> {
  if (!commandOnPath('python3')) return false;
  return run('python3', ['-m', 'pip', '--version']).then(
    () => true,
    () => false,
  );
}

async function onlyFileIn(folder: string): Promise<string> {
  const [file, ...others] = await readdir(folder);
  if (file && others.length === 0) return join(folder, file);
  throw new Error(`one file was to be downloaded into ${folder}, found ${others.length + (file ? 1 : 0)}`);
}

function pomOf(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  const self =
    '<groupId>tributary.local</groupId><artifactId>server</artifactId><version>1</version><packaging>pom</packaging>';
  return `<project><modelVersion>4.0.0</modelVersion>${self}<dependencies>${dependencies.join('')}</dependencies></project>\n`;
}
