/** MongoDB: one mongod as a replica set of one, so that transactions and change streams work and no acknowledged write is lost. */
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { commandOnPath } from '../command.ts';
import { portAnswers } from '../probe.ts';
import type { Server, Setting } from '../server.ts';

export const mongo: Server = {
  name: 'mongo',
  kind: 'server',
  ports: ['MONGO_PORT'],
  after: [],
  addressVariable: 'MONGODB_URI',
  startTimeoutMs: 60_000,
  downloads: (setting) => (ownMongod(setting) ? [] : ['mongod-6.0.5']),

  async prepare(setting) {
    const { profile, ports } = setting;
    const dbpath = join(profile.data, 'mongo');
    const command = ownMongod(setting) ?? join(cached(profile.cache, 'mongod-6.0.5'), 'mongod');
    await mkdir(dbpath, { recursive: true });
    assertRuns(command);
    const network = ['--port', String(ports.MONGO_PORT), '--bind_ip', '127.0.0.1', '--nounixsocket'];
    const storage = ['--dbpath', dbpath, '--wiredTigerCacheSizeGB', '0.25', '--replSet', 'rs0', '--oplogSize', '512'];
    const parameters = ['diagnosticDataCollectionEnabled=false', 'shutdownTimeoutMillisForSignaledShutdown=500'];
    const frugal = [
      '--networkMessageCompressors',
      'disabled',
      ...parameters.flatMap((each) => ['--setParameter', each]),
    ];
    return { command, args: [...network, ...storage, ...frugal], cwd: dbpath };
  },

  async ready({ ports }) {
    if (!(await portAnswers(ports.MONGO_PORT as number))) return false;
    const host = `127.0.0.1:${ports.MONGO_PORT}`;
    const { MongoClient } = await import('mongodb');
    const client = new MongoClient(`mongodb://${host}/?directConnection=true`, { serverSelectionTimeoutMS: 2_000 });
    try {
      const admin = client.db('admin');
      const hello = await admin.command({ hello: 1 });
      if (!hello.setName) await admin.command({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host }] } });
      return hello.isWritablePrimary === true;
    } finally {
      await client.close();
    }
  },
};

/** A mongod on PATH, if it is 6 or newer. */
function ownMongod({ caller }: Setting): string | undefined {
  const mongod = commandOnPath('mongod', caller.PATH);
  const version = mongod && /db version v(\d+)/.exec(versionText(mongod))?.[1];
  return Number(version) >= 6 ? mongod : undefined;
}

function versionText(mongod: string): string {
  try {
    return execFileSync(mongod, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch {
    return '';
  }
}

/** Throws with the package to install when a library is missing. */
function assertRuns(mongod: string): void {
  try {
    execFileSync(mongod, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const said = String((error as { stderr?: string }).stderr ?? error).trim();
    const cure = said.includes('libcurl') ? ': apt-get install libcurl4' : '';
    throw new Error(`mongod does not run here${cure}\n${said}`, { cause: error });
  }
}
