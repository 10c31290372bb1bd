/** The connectors' process: rail topics in, rail jobs and callbacks, one pool of everything per rail instance. */

import { startHealthServer } from '../platform/health.ts';
import { createLog } from '../platform/log.ts';
import { createMetrics } from '../platform/metrics.ts';
import { onFileChange } from '../platform/reload.ts';
import { connectServers } from '../platform/servers.ts';
import { runMain, waitFor } from '../platform/start.ts';
import { createAsks } from '../store/asks.ts';
import { createAudit } from '../store/audit.ts';
import { createBatches } from '../store/batches.ts';
import { createBooks } from '../store/books.ts';
import { collectionsOf, ensureIndexes } from '../store/collections.ts';
import { createLedger } from '../store/ledger/ledger.ts';
import { createMarks } from '../store/marks.ts';
import { createOutbox } from '../store/outbox.ts';
import { createWalletPayments } from '../store/pay-from-wallet.ts';
import { createPayerBlocks } from '../store/payer-blocks.ts';
import { createRailHolds } from '../store/rail-holds.ts';
import { createReturns } from '../store/returns.ts';
import { createSubBatches } from '../store/sub-batches.ts';
import { createTenantModels } from '../store/tenant-models.ts';
import { createUnknowns } from '../store/unknowns.ts';
import { createCallbackHandler } from './callbacks.ts';
import { readConnectorsConfig } from './config.ts';
import { type Configured, configuredFrom } from './configured.ts';
import { createConnectorMetrics } from './metrics.ts';
import { createNewcomers } from './newcomers.ts';
import { createRailStateTeller } from './rail-state.ts';
import { instancesIn } from './rails.ts';
import { type ServedRail, serveRail } from './serve-rail.ts';

const log = createLog('connectors', process.env.LOG_LEVEL);

await runMain(log, async () => {
  const config = readConnectorsConfig(process.env);
  const readRails = () => configuredFrom(process.env, instancesIn(process.env));
  const configured = readRails();
  const now = () => new Date();
  const metrics = createMetrics('connectors');
  const reloads = metrics.counter('tributary_reloads_total', 'times that the file of rail instances was read again', [
    'end',
  ]);
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
  await waitFor('the topics', () => ensureTopics(configured), log);

  const books = createBooks(c, now, ({ _id, batchId, row, had, got }) =>
    log.error('rail contradicted the books', { conflict: _id, batchId, row, had, got }),
  );
  const outbox = createOutbox(c, { leaseMs: 30_000, now });
  const batches = createBatches(c, now);
  const stopping = new AbortController();
  const lag = (rail: string) => kafka.lag(`payments.${rail}`, `connector.${rail}`);
  const teller = createRailStateTeller({ c, lag, log, now });
  const deps = {
    ...{ teller, stopping: stopping.signal, asks: createAsks(c, now), railHolds: createRailHolds(c) },
    ...{ config, numbers, kafka, zeebe, objects, c, books, leaseMs: config.leaseMs, log, now },
    walletPayments: createWalletPayments(c, createLedger(mongo, c, now), now),
    batches,
    newcomers: createNewcomers({ batches, log }),
    audit: createAudit(mongo, c),
    subBatches: createSubBatches(mongo, c, outbox, { windows: config.windows, now }),
    unknowns: createUnknowns(c, now),
    payerBlocks: createPayerBlocks(mongo, c, now),
    tenantModels: createTenantModels(c),
    ...{ returns: createReturns(c, outbox), marks: createMarks(c, now) },
  };
  const served = new Map<string, ServedRail>(configured.map((each) => [each.instance.id, serveRail(each, deps)]));
  numbers.showStanding(() => [...served.keys()], {
    lag,
    subBatches: deps.subBatches,
  });
  const telling = teller.run(stopping.signal);
  const reloading = onFileChange(
    { file: process.env.RAILS_FILE, what: 'rails', log, onEnd: (end) => reloads({ end }) },
    reload,
  );

  const health = await startHealthServer({
    host: config.host,
    port: config.port,
    metrics,
    log,
    handler: createCallbackHandler({
      railOf: (id) => served.get(id)?.rail(),
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
  log.info('connectors ready', { port: config.port, rails: [...served.keys()] });

  return {
    async close() {
      reloading.close();
      health.setReady(false);
      stopping.abort(new Error('the process stops'));
      await kafka.close();
      await zeebe.drain(12_000);
      await Promise.allSettled([...served.values()].map((rail) => rail.close()));
      await telling;
      await health.close();
      await servers.close();
    },
  };

  function ensureTopics(of: readonly Configured[]): Promise<void> {
    return kafka.ensureTopics(
      of.map(({ instance }) => `payments.${instance.id}`),
      3,
    );
  }

  /** What is new is served, what is otherwise is taken over; what is gone takes what it was given until a restart. */
  async function reload(): Promise<void> {
    const next = readRails();
    await ensureTopics(next);
    for (const each of next) {
      const { id } = each.instance;
      const known = served.get(id);
      if (!known) served.set(id, serveRail(each, deps));
      if (!known || known.replace(each)) log.info('rail is served as configured now', { rail: id });
    }
    const gone = [...served.keys()].filter((id) => !next.some(({ instance }) => instance.id === id));
    if (gone.length > 0) log.warn('rails are not in the file any more and end with this process', { rails: gone });
  }
});
