/** The real stack of profile `chaos`, with a proxy between the hub and each rail, and the ways to hurt it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { simulatorPortVariable } from '../../local/rails.ts';
import { createStack, type Stack } from '../../local/stack.ts';
import { createKafkaBus } from '../../platform/kafka.ts';
import { silentLog } from '../../platform/log.ts';
import { connectMongo, type Mongo } from '../../platform/mongo.ts';
import { type Collections, collectionsOf } from '../../store/collections.ts';
import { createTenants } from '../../store/tenants.ts';
import { createHubClient, type HubClient, tenantId } from './hub-client.ts';
import { type RailProxy, startProxy } from './rail-proxy.ts';
import type { Random } from './random.ts';
import { type Fault, processes, type RailId, railIds } from './schedule.ts';

/** Simulators answer at once or never: short leases and waits make a round last minutes. */
const settings = {
  CLAIM_LEASE: '8s',
  RECOUNT_EVERY: '10s',
  ...Object.fromEntries(
    railIds.flatMap((rail) => [
      [`RAIL_${rail.toUpperCase()}_TIMEOUT_MS`, '4000'],
      [`RAIL_${rail.toUpperCase()}_NEVER_RECEIVED_MS`, '4000'],
    ]),
  ),
};

const outOfRetries = /^.*"message":"job failed".*"retries":0.*$/gm;

const proxyPort = { slcb: 12_401, mojaloop: 12_402, gsma: 12_403, callbacks: 12_409 } as const;

export type World = {
  readonly stack: Stack;
  readonly mongo: Mongo;
  readonly c: Collections;
  readonly client: HubClient;
  readonly simulators: Readonly<Record<RailId, string>>;
  readonly proxies: Readonly<Record<RailId, RailProxy>>;
  /** Strikes, waits, and heals what it struck. */
  strike(fault: Fault): Promise<void>;
  /** Everything runs again. */
  heal(): Promise<void>;
  /** Jobs that ended without retries left, and incidents that Zeebe wrote, since the last time this was asked. */
  incidents(): string[];
  close(): Promise<void>;
};

export async function openWorld(random: Random, say: (line: string) => void): Promise<World> {
  // Not the rest of ours: a caller who has another stack's addresses in the environment would have us hurt that one.
  const { PATH, HOME, JAVA_HOME, PORT_OFFSET = '4200' } = process.env;
  const environment: NodeJS.ProcessEnv = { PATH, HOME, JAVA_HOME, PORT_OFFSET, ...settings };
  for (const rail of railIds) environment[`RAIL_${rail.toUpperCase()}_URL`] = `http://127.0.0.1:${proxyPort[rail]}`;
  environment.CALLBACK_BASE_URL = `http://127.0.0.1:${proxyPort.callbacks}`;
  Object.assign(process.env, settings);
  const stack = createStack({ profile: 'chaos', environment, say });
  const portOf = (variable: string) => stack.ports[variable] as number;
  const chance = random.fork('proxies').next;
  const opened = await Promise.all(
    railIds.map(async (rail) => {
      const target = portOf(simulatorPortVariable(rail));
      return [rail, await startProxy({ port: proxyPort[rail], target, chance })] as const;
    }),
  );
  const proxies = Object.fromEntries(opened) as Record<RailId, RailProxy>;
  // Every callback comes twice, the second time late and so out of order.
  const repeatAfterMs = () => Math.floor(chance() * 5_000);
  const callbacks = await startProxy({
    port: proxyPort.callbacks,
    target: portOf('CONNECTORS_PORT'),
    chance,
    repeatAfterMs,
  });
  await stack.reset();
  await stack.up();
  const mongo = await connectMongo(stack.env().MONGODB_URI!);
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
    const data = join('.local', 'chaos', 'data', 'kafka');
    const folders = readdirSync(data).filter((folder) => /^zeebe-\d+$/.test(folder));
    return folders.flatMap((folder) =>
      readdirSync(join(data, folder)).flatMap((file) => (file.endsWith('.log') ? [join(data, folder, file)] : [])),
    );
  }

  async function strike(fault: Fault): Promise<void> {
    if ('rail' in fault) return spoil(fault);
    if (fault.kind === 'kill') {
      await stack.kill(fault.process);
      await sleep(fault.ms);
      return stack.start(fault.process);
    }
    if (fault.kind === 'stop') {
      const pid = stack.pidOf(fault.process);
      if (pid === undefined) return;
      process.kill(pid, 'SIGSTOP');
      await sleep(fault.ms);
      process.kill(pid, 'SIGCONT');
      return;
    }
    if (fault.kind === 'duplicate messages') return sendAgain();
  }

  async function spoil({ rail, kind, share, ms }: Extract<Fault, { readonly rail: RailId }>): Promise<void> {
    proxies[rail].strike(kind, share);
    await sleep(ms);
    proxies[rail].lift(kind);
  }

  /** Every sub-batch that is under way is handed to its rail's topic once more. */
  async function sendAgain(): Promise<void> {
    const subs = await c.subBatches
      .find({ status: { $in: ['dispatched', 'settled'] } })
      .limit(200)
      .toArray();
    const bus = await createKafkaBus(stack.env().KAFKA_BROKERS!.split(','), 'chaos', silentLog);
    try {
      const messages = subs.map(({ _id, rail }) => ({
        topic: `payments.${rail}`,
        key: _id,
        value: JSON.stringify({ subBatchId: _id }),
      }));
      if (messages.length > 0) await bus.send(messages);
    } finally {
      await bus.close();
    }
  }

  return {
    stack,
    mongo,
    c,
    client: createHubClient(`http://127.0.0.1:${portOf('API_PORT')}`),
    simulators: Object.fromEntries(
      railIds.map((rail) => [rail, `http://127.0.0.1:${portOf(simulatorPortVariable(rail))}`]),
    ) as Record<RailId, string>,
    proxies,
    strike,
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
    incidents: () => [
      ...fresh('workers', stack.logFileOf('workers'), outOfRetries),
      ...fresh('connectors', stack.logFileOf('connectors'), outOfRetries),
      ...exported().flatMap((file) => fresh(file, file, /"valueType":"INCIDENT"[^\n]{0,1500}/g)),
    ],
    async close() {
      await mongo.close();
      for (const proxy of [...Object.values(proxies), callbacks]) proxy.close();
      await stack.down();
    },
  };
}
