/** The connectors' process: rail topics in, rail jobs and callbacks, one pool of everything per rail. */
import { setTimeout as sleep } from 'node:timers/promises';
import { callbackToken } from '../domain/ids.ts';
import { startHealthServer } from '../platform/health.ts';
import { createRailHttp, type RailHttp } from '../platform/http.ts';
import { serverOf } from '../platform/job.ts';
import { createLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { connectServers } from '../platform/servers.ts';
import { runMain, waitFor } from '../platform/start.ts';
import { createAsks } from '../store/asks.ts';
import { createBatches } from '../store/batches.ts';
import { createBooks } from '../store/books.ts';
import { collectionsOf, ensureIndexes } from '../store/collections.ts';
import { createLedger } from '../store/ledger/ledger.ts';
import { createOutbox } from '../store/outbox.ts';
import { createWalletPayments } from '../store/pay-from-wallet.ts';
import { createPayerBlocks } from '../store/payer-blocks.ts';
import { createRailHolds } from '../store/rail-holds.ts';
import { createSubBatches } from '../store/sub-batches.ts';
import { createTenantModels } from '../store/tenant-models.ts';
import { createUnknowns } from '../store/unknowns.ts';
import { askByHand } from './ask-by-hand.ts';
import { createCallbackHandler } from './callbacks.ts';
import { readConnectorsConfig, tuned } from './config.ts';
import { consumePayments } from './consume-payments.ts';
import { createJobWaits } from './job-waits.ts';
import { createConnectorMetrics, type RailMetrics } from './metrics.ts';
import { createOutage } from './outage.ts';
import { createPauses } from './pauses.ts';
import type { Rail, RailDefinition } from './rail.ts';
import { railJobs } from './rail-jobs.ts';
import { createRailStateTeller } from './rail-state.ts';
import { rails as registered } from './rails.ts';
import { createRoom } from './room.ts';
import { createSubBatchStarter } from './start-sub-batch.ts';
import { createThrottle } from './throttle.ts';

const log = createLog('connectors', process.env.LOG_LEVEL);

await runMain(log, async () => {
  const config = readConnectorsConfig(process.env, registered);
  const definitions = registered.map((definition) => tuned(definition, config.rails.get(definition.id) ?? {}));
  const now = () => new Date();
  const metrics = createMetrics('connectors');
  const numbers = createConnectorMetrics(metrics);

  const refusedCallbacks = metrics.counter(
    'tributary_callbacks_refused_total',
    'callbacks with a wrong token or for a payment that is not there',
    ['rail'],
  );

  const servers = await connectServers(config.servers, 'connectors', log);
  const { mongo, objects, kafka, zeebe } = servers;
  const c = collectionsOf(mongo, config.keySecrets);
  await waitFor('the collections', () => ensureIndexes(c), log);
  const topics = definitions.map(({ id }) => `payments.${id}`);
  await waitFor('the topics', () => kafka.ensureTopics(topics, 3), log);

  const books = createBooks(c, now, ({ _id, batchId, row, had, got }) =>
    log.error('rail contradicted the books', { conflict: _id, batchId, row, had, got }),
  );
  const batches = createBatches(c, now);
  const outbox = createOutbox(c, { leaseMs: 30_000, now });
  const subBatches = createSubBatches(mongo, c, outbox, { window: config.window, now });
  const unknowns = createUnknowns(c, now);
  const asks = createAsks(c, now);
  const payerBlocks = createPayerBlocks(mongo, c, now);
  const railHolds = createRailHolds(c);
  const stopping = new AbortController();
  const lag = (rail: string) => kafka.lag(`payments.${rail}`, `connector.${rail}`);
  const teller = createRailStateTeller({ c, lag, log, now });
  const tenantModels = createTenantModels(c);
  const walletPayments = createWalletPayments(c, createLedger(mongo, c, now), now);
  const opened = definitions.map((definition) => ({ definition, ...open(definition) }));
  const rails = new Map(opened.map(({ definition, rail }) => [definition.id, rail]));

  for (const { definition, rail, http, told } of opened) {
    const { id } = definition;
    const outage = createOutage(http.circuit);
    const pauses = createPauses({
      onBegin(reason) {
        told.onPause(reason);
        log.info('starts were paused', { rail: id, reason });
      },
      onEnd(reason, ms) {
        told.onPauseEnd(reason, ms);
        log.info('starts went on', { rail: id, reason, ms: Math.round(ms) });
      },
    });
    let endPushBack = () => {};
    const throttle = createThrottle({
      min: config.startsAtOnceMin,
      max: config.startsAtOnceMax,
      jobWaitMaxMs: config.jobWaitMaxMs,
      jobWaitAloneMaxMs: config.jobWaitAloneMaxMs,
      sleep,
      onPushedBack(isPushedBack) {
        endPushBack();
        endPushBack = isPushedBack ? pauses.begin('zeebe') : () => {};
      },
    });
    const waits = createJobWaits({
      onWait(step, ms) {
        told.onJobWait(step, ms);
        throttle.jobWaited(ms);
      },
      onThrough: throttle.release,
    });
    const reads = { load: http.load, circuit: http.circuit, throttle, pauses };
    told.show(reads);
    told.hear(teller.rail(id, definition.type, reads).onCall);
    const deps = {
      definition,
      rail,
      c,
      books,
      batches,
      subBatches,
      unknowns,
      payerBlocks,
      railHolds,
      objects,
      waits,
      outage,
      leaseMs: config.leaseMs,
      log,
      now,
    };
    const jobs = railJobs(deps);
    void askByHand({ ...deps, asks, zeebe }, stopping.signal);
    for (const job of jobs) zeebe.serve(serverOf(job, log, numbers.onJobEnd));
    const room = createRoom({ rail: id, subBatches, inFlightMax: config.inFlightMax, outage, pauses });
    const start = createSubBatchStarter({
      zeebe,
      tenantModels,
      books,
      batches,
      subBatches,
      payerBlocks,
      railHolds,
      objects,
      throttle,
      room,
      waits,
      log,
    });
    // Joining a group whose last member was killed takes as long as its session; everything else works meanwhile.
    consumePayments(id, { kafka, start, inHandMax: config.subBatchesInHandMax, pauses, log }).catch(
      (error: unknown) => {
        log.error('rail topic is not consumed', { rail: id, error });
        process.exit(1);
      },
    );
  }
  numbers.showStanding([...rails.keys()], {
    lag,
    subBatches,
  });
  const telling = teller.run(stopping.signal);

  const health = await startHealthServer({
    host: config.host,
    port: config.port,
    metrics,
    log,
    handler: createCallbackHandler({
      rails,
      books,
      zeebe,
      secret: config.secret,
      log,
      now,
      onRefused: (rail) => refusedCallbacks({ rail }),
    }),
    checks: servers.checks,
  });
  health.setReady(true);
  log.info('connectors ready', { port: config.port, rails: [...rails.keys()] });

  return {
    async close() {
      health.setReady(false);
      stopping.abort(new Error('the process stops'));
      await kafka.close();
      await zeebe.drain(12_000);
      await Promise.allSettled([...rails.values()].map((rail) => rail.close()));
      await telling;
      await health.close();
      await servers.close();
    },
  };

  function open(definition: RailDefinition): { rail: Rail; http: RailHttp; told: RailMetrics } {
    const railConfig = config.rails.get(definition.id) ?? {};
    const name = definition.id;
    const told = numbers.rail(name);
    const { onCall, onTurn } = told;
    // A rail with connections of its own, such as SFTP, asks nothing over HTTP; that name leads nowhere. RFC 2606.
    const { url = '' } = railConfig;
    const baseUrl = /^https?:/.test(url) ? url : 'http://own-connections.invalid';
    const http = createRailHttp({ baseUrl, name, limits: definition.limits, log, onCall, onTurn });
    const rail = definition.open({
      http,
      config: railConfig,
      callbackUrlOf: ({ batchId, row }) =>
        `${config.callbackBaseUrl}/callbacks/${definition.id}/${callbackToken(config.secret, batchId, row)}`,
      now,
      log: log.child({ rail: definition.id }),
      walletPayments,
    });
    return { rail, http, told };
  }
});
