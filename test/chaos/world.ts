/** A real stack of its own, with proxies between the hub and each rail, MongoDB and S3, and ways to look into it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { railVariable } from '../../connectors/rail-variables.ts';
import { createCredentials } from '../../local/credentials.ts';
import { simulatorPortVariable } from '../../local/rails.ts';
import { createStack, type Stack } from '../../local/stack.ts';
import { connectMongo } from '../../platform/mongo.ts';
import { type Collections, collectionsOf } from '../../store/collections.ts';
import { createTenants } from '../../store/tenants.ts';
import { createHubClient, type HubClient, tenantId } from './hub-client.ts';
import { type RailId, railIds } from './plan.ts';
import { type RailProxy, startProxy } from './rail-proxy.ts';
import type { Random } from './random.ts';
import { processes, type StreamServer } from './schedule.ts';
import { type StreamProxy, startStreamProxy } from './stream-proxy.ts';

/** Simulators answer at once or never: short leases and waits make a round last minutes. */
const settings = {
  CLAIM_LEASE: '8s',
  RECOUNT_EVERY: '10s',
  ...Object.fromEntries(
    railIds.flatMap((rail) => [
      [railVariable(rail, 'timeout_ms'), '4000'],
      [railVariable(rail, 'never_received_ms'), '4000'],
    ]),
  ),
  // A report that a proxy lied about is looked at again soon.
  [railVariable('bank-file', 'reread_ms')]: '4000',
};

/** Zeebe is started some times a round, and nothing in it lives long enough for more than a quick compilation. */
const quickStart = '-XX:TieredStopAtLevel=1';

const outOfRetries = /^.*"message":"job failed".*"retries":0.*$/gm;

/** Above the stack's offset. */
const proxyPorts = {
  slcb: 8_201,
  mojaloop: 8_202,
  gsma: 8_203,
  'bank-file': 8_204,
  callbacks: 8_209,
  mongo: 8_211,
  s3: 8_212,
} as const;
export const defaultPortOffset = 4_200;

export type World = {
  readonly stack: Stack;
  /** What the stack's servers are started with; a fault may change it. */
  readonly environment: NodeJS.ProcessEnv;
  readonly c: Collections;
  readonly client: HubClient;
  readonly simulators: Readonly<Record<RailId, string>>;
  readonly rails: Readonly<Record<RailId, RailProxy>>;
  readonly streams: Readonly<Record<StreamServer, StreamProxy>>;
  /** Where the connectors are called back, and the paths that rails have called. */
  readonly callbacks: { readonly url: string; readonly paths: ReadonlySet<string> };
  /** Everything runs again. */
  heal(): Promise<void>;
  /** Jobs that ended without retries left, and incidents that Zeebe wrote, since the last time this was asked. */
  incidents(): string[];
  close(): Promise<void>;
};

export type WorldOptions = {
  readonly random: Random;
  readonly say: (line: string) => void;
  readonly portOffset?: number;
  /** `chaos` where left out. */
  readonly profile?: string;
};

export async function openWorld({ random, say, portOffset, profile = 'chaos' }: WorldOptions): Promise<World> {
  // Not the rest of ours: a caller who has another stack's addresses in the environment would have us hurt that one.
  const { PATH, HOME, JAVA_HOME } = process.env;
  const offset = portOffset ?? Number(process.env.PORT_OFFSET || defaultPortOffset);
  const environment: NodeJS.ProcessEnv = {
    PATH,
    HOME,
    JAVA_HOME,
    PORT_OFFSET: String(offset),
    ZEEBE_JAVA_OPTS: quickStart,
  };
  const proxyAt = (name: keyof typeof proxyPorts) => proxyPorts[name] + offset;
  const hub = {
    ...settings,
    ...Object.fromEntries(railIds.map((rail) => [railVariable(rail, 'url'), `http://127.0.0.1:${proxyAt(rail)}`])),
    CALLBACK_BASE_URL: `http://127.0.0.1:${proxyAt('callbacks')}`,
    // The replica set would tell the driver where it really is.
    MONGODB_URI: `mongodb://127.0.0.1:${proxyAt('mongo')}/tributary?directConnection=true`,
    S3_ENDPOINT: `http://127.0.0.1:${proxyAt('s3')}`,
  };
  const stack = createStack({ profile, environment, hub, say });
  const portOf = (variable: string) => stack.ports[variable] as number;
  const simulatorPort = (rail: RailId) => portOf(simulatorPortVariable(rail));
  const chance = random.fork('proxies').next;
  const rails = await perName(railIds, (rail) =>
    startProxy({ port: proxyAt(rail), target: simulatorPort(rail), chance }),
  );
  const streams = await perName(['mongo', 's3'] as const, (server) =>
    startStreamProxy({
      port: proxyAt(server),
      target: portOf(server === 'mongo' ? 'MONGO_PORT' : 'S3_PORT'),
      random: random.fork(server),
    }),
  );
  const paths = new Set<string>();
  // Every callback comes twice, the second time late and so out of order.
  const callbacks = await startProxy({
    port: proxyAt('callbacks'),
    target: portOf('CONNECTORS_PORT'),
    chance,
    repeatAfterMs: () => Math.floor(chance() * 5_000),
    onPath: (path) => void paths.add(path),
  });
  const proxies = [...Object.values(rails), ...Object.values(streams), callbacks];

  async function closeAll(): Promise<void> {
    for (const proxy of proxies) proxy.close();
    await stack.down();
  }

  const mongo = await (async () => {
    await stack.reset();
    await stack.up();
    return connectMongo(stack.env().MONGODB_URI!);
  })().catch(async (error: unknown) => {
    await closeAll();
    throw error;
  });
  const c = collectionsOf(mongo);
  await createTenants(c).addMissing([
    {
      _id: tenantId,
      tenantId,
      name: 'A tenant of the fault harness',
      switches: {},
      batchOptions: true,
      webhookSecret: 'chaos',
      allowPrivateAddresses: true,
    },
  ]);
  return {
    stack,
    environment,
    c,
    client: createHubClient(`http://127.0.0.1:${portOf('API_PORT')}`, createCredentials(stack.env())),
    simulators: Object.fromEntries(railIds.map((rail) => [rail, `http://127.0.0.1:${simulatorPort(rail)}`])) as Record<
      RailId,
      string
    >,
    rails,
    streams,
    callbacks: { url: `http://127.0.0.1:${portOf('CONNECTORS_PORT')}`, paths },
    async heal() {
      for (const name of processes) {
        const pid = stack.pidOf(name);
        if (pid !== undefined) process.kill(pid, 'SIGCONT');
      }
      for (let tries = 1; ; tries += 1) {
        try {
          return await stack.up();
        } catch (error) {
          say(`not up yet: ${(error as Error).message.split('\n')[0]}`);
          if (tries === 3) throw error;
        }
      }
    },
    incidents: incidentsOf(stack, join('.local', profile, 'data', 'kafka')),
    async close() {
      await mongo.close();
      await closeAll();
    },
  };
}

async function perName<N extends string, T>(
  names: readonly N[],
  open: (name: N) => Promise<T>,
): Promise<Readonly<Record<N, T>>> {
  const opened = await Promise.all(names.map(async (name) => [name, await open(name)] as const));
  return Object.fromEntries(opened) as Record<N, T>;
}

/** `data`: where Kafka keeps its topics. */
function incidentsOf(stack: Stack, data: string): () => string[] {
  const readTo = new Map<string, number>();

  /** What has come to the file since the last time and looks so. */
  function fresh(name: string, file: string, shape: RegExp): string[] {
    const text = existsSync(file) ? readFileSync(file, 'latin1') : '';
    const from = Math.min(readTo.get(name) ?? 0, text.length);
    readTo.set(name, text.length);
    return text.slice(from).match(shape) ?? [];
  }

  /** Zeebe's own records, as Kafka has them on disk: plain JSON, since the exporter compresses nothing. */
  function exported(): string[] {
    const folders = readdirSync(data).filter((folder) => /^zeebe-\d+$/.test(folder));
    return folders.flatMap((folder) =>
      readdirSync(join(data, folder)).flatMap((file) => (file.endsWith('.log') ? [join(data, folder, file)] : [])),
    );
  }

  return () => [
    ...fresh('workers', stack.logFileOf('workers'), outOfRetries),
    ...fresh('connectors', stack.logFileOf('connectors'), outOfRetries),
    ...exported().flatMap((file) => fresh(file, file, /"valueType":"INCIDENT"[^\n]{0,1500}/g)),
  ];
}
