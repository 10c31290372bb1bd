/** The API's process: reads its configuration, waits for what it needs, serves, and drains when told to stop. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openRailRegistry } from '../connectors/rails.ts';
import { ConfigError } from '../platform/config.ts';
import { createLog, type Log } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { connectMongo } from '../platform/mongo.ts';
import { createObjectStore } from '../platform/object-store.ts';
import { onFileChange } from '../platform/reload.ts';
import { createZeebe } from '../platform/zeebe.ts';
import { createAcceptBatch } from '../store/accept-batch.ts';
import { createAcceptTransfer } from '../store/accept-transfer.ts';
import { createAudit } from '../store/audit.ts';
import { createBatches } from '../store/batches.ts';
import { createBeneficiaries } from '../store/beneficiaries.ts';
import { createWatchChanges, describeBatches } from '../store/changes.ts';
import { collectionsOf, ensureIndexes } from '../store/collections.ts';
import { createMapper } from '../store/mapper.ts';
import { createOutbox } from '../store/outbox.ts';
import { createTenants, sampleTenants, webhookSecretOf } from '../store/tenants.ts';
import { createUploads, type Uploads } from '../store/uploads.ts';
import { createAdmission } from './admission.ts';
import { createApp } from './app.ts';
import { createOpenIdentity } from './caller.ts';
import { type ApiConfig, readApiConfig } from './config.ts';
import { createSignIn, limited } from './identify.ts';
import { createLive } from './operations/live.ts';
import { createRateLimit } from './rate-limit.ts';
import { createTransferStarter } from './start-transfer.ts';

const hourMs = 3_600_000;
/** An upload takes hours at most; a day later nobody comes for it. */
const orphanMs = 24 * hourMs;
const drainMs = 30_000;

await start().catch((error: unknown) => {
  if (error instanceof ConfigError) console.error(error.message);
  else console.error(error);
  process.exitCode = 1;
});

async function start(): Promise<void> {
  const config = readApiConfig(process.env);
  const rails = openRailRegistry(process.env);
  const log = createLog('api', config.logLevel);
  const now = () => new Date();
  const mongo = await waitFor('MongoDB', log, () => connectMongo(config.mongodbUri));
  const objects = createObjectStore(config.s3);
  await waitFor('S3', log, () => objects.ping());
  const c = collectionsOf(mongo, config.keySecrets);
  const tenants = createTenants(c);
  await waitFor('the collections', log, async () => {
    await ensureIndexes(c);
    if (config.sampleTenants) await tenants.addMissing(sampleTenants(config.hubSecret));
  });
  const uploads = createUploads(c, objects, { log });
  const metrics = createMetrics('api');
  const reloads = metrics.counter('tributary_reloads_total', 'times that the file of rail instances was read again', [
    'end',
  ]);
  const outbox = createOutbox(c, { leaseMs: 30_000 });
  const zeebe = createZeebe(config.zeebeAddress, log);
  const beneficiaries = createBeneficiaries(c, now);
  const transferStarter = createTransferStarter({ zeebe, outbox, log, now });
  const refused = metrics.counter('tributary_refused_total', 'requests answered 503 because the hub was full', [
    'reason',
  ]);
  const batches = createBatches(c);
  const admission = createAdmission({
    limits: config.admission,
    waiting: { batches: batches.waiting, transfers: outbox.startsWaiting },
    onRefusal: (reason) => refused({ reason }),
  });
  const live = createLive({ watch: createWatchChanges(mongo, c, log), describe: describeBatches(c) });
  const rate = (options: ApiConfig['rates']['callers']) => createRateLimit({ ...options, now: Date.now });
  const strangers = rate(config.rates.strangers);
  const { auth } = config;
  const { identify, signIn } =
    auth.kind === 'off'
      ? { identify: createOpenIdentity({ tenants }), signIn: undefined }
      : createSignIn({ config: auth, c, tenants, hubSecret: config.hubSecret, log, now });
  const app = createApp({
    live,
    identify: limited(identify, { callers: rate(config.rates.callers), strangers }),
    signIn,
    strangers,
    trustProxy: config.trustProxy,
    mongo,
    c,
    objects,
    tenants,
    uploads,
    batches,
    beneficiaries,
    mapper: createMapper(mongo, c, { beneficiaries, outbox, now }),
    admission,
    outbox,
    audit: createAudit(mongo, c),
    accept: createAcceptBatch(mongo, c, { recountEvery: config.recountEvery }),
    acceptTransfer: createAcceptTransfer(mongo, c, now),
    transferStarter,
    zeebe,
    rails,
    webhookSecretOf: (tenantId) => webhookSecretOf(config.hubSecret, tenantId),
    limits: config.limits,
    noticeChannels: config.noticeChannels,
    signingKey: config.signingKey,
    recountEvery: config.recountEvery,
    personalDataKeep: config.personalDataKeep,
    linkSeconds: config.linkSeconds,
    consoleFolder: fileURLToPath(new URL('../console', import.meta.url)),
    metrics,
    log,
    now,
  });
  const server = await listen(createServer(app), config.host, config.port);
  const sweeping = sweepHourly(uploads, log);
  const reloading = onFileChange(
    { file: process.env.RAILS_FILE, what: 'rails', log, onEnd: (end) => reloads({ end }) },
    rails.reload,
  );
  log.info('api started', { auth: auth.kind, host: config.host, port: (server.address() as AddressInfo).port });

  const stop = async (signal: string) => {
    log.info('api stopping', { signal });
    clearInterval(sweeping);
    await live.close();
    reloading.close();
    await drain(server);
    await transferStarter.drain();
    await zeebe.close();
    await mongo.close();
    objects.close();
    log.info('api stopped');
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(signal));
}

/** Tries until it works, and says what it waits for. */
async function waitFor<T>(what: string, log: Log, attempt: () => Promise<T>): Promise<T> {
  for (let pauseMs = 250; ; pauseMs = Math.min(5_000, pauseMs * 2)) {
    try {
      return await attempt();
    } catch (error) {
      // An address that is none will not become one.
      if ((error as Error).name === 'MongoParseError') throw error;
      log.warn(`waiting for ${what}`, { reason: (error as Error).message, retryMs: pauseMs });
      await sleep(pauseMs);
    }
  }
}

function listen(server: Server, host: string, port: number): Promise<Server> {
  // A gigabyte over a slow line takes an hour; a line on which nothing moves for a minute is dead.
  server.requestTimeout = hourMs;
  server.headersTimeout = 30_000;
  server.setTimeout(60_000);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

/** Takes no more requests, lets those under way end, and cuts off what is not done in time. */
async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(cut);
}

function sweepHourly(uploads: Uploads, log: Log): NodeJS.Timeout {
  const sweep = async () => {
    const swept = await uploads.sweep(new Date(Date.now() - orphanMs));
    if (swept > 0) log.info('orphaned uploads removed', { swept });
  };
  const run = () => void sweep().catch((error: unknown) => log.warn('sweep failed', { error }));
  run();
  return setInterval(run, hourMs).unref();
}
