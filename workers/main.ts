/** The workers' process: every job type that speaks to no rail, and the outbox. */
import { openRailRegistry } from '../connectors/rails.ts';
import { startHealthServer } from '../platform/health.ts';
import { serverOf } from '../platform/job.ts';
import { createLog } from '../platform/log.ts';
import { createMetrics, kept } from '../platform/metrics.ts';
import { onFileChange } from '../platform/reload.ts';
import { connectServers } from '../platform/servers.ts';
import { runMain, waitFor } from '../platform/start.ts';
import { createWebhookClient } from '../platform/webhook-client.ts';
import { alertKinds } from '../store/alert-documents.ts';
import { createAlerts } from '../store/alerts.ts';
import { createAudit } from '../store/audit.ts';
import { anchorsOf } from '../store/audit-anchors.ts';
import { createAuditChain } from '../store/audit-chain.ts';
import { createBatches } from '../store/batches.ts';
import { createBooks } from '../store/books.ts';
import { createBudgets } from '../store/budgets/budgets.ts';
import { collectionsOf, ensureIndexes } from '../store/collections.ts';
import { createEraser } from '../store/erase.ts';
import { createLedger } from '../store/ledger/ledger.ts';
import { createLedgerWatch } from '../store/ledger/watch-ledger.ts';
import { createMarks } from '../store/marks.ts';
import { createNoticeTemplates } from '../store/notice-templates.ts';
import { createNotices } from '../store/notices.ts';
import { createOptOuts } from '../store/opt-outs.ts';
import { createOutbox } from '../store/outbox.ts';
import { createReverseRoute } from '../store/reverse-route.ts';
import { createSettleRound } from '../store/settle-round.ts';
import { createSubBatches } from '../store/sub-batches.ts';
import { startAlerting } from './alerting/alerting.ts';
import { createFindings } from './alerting/findings.ts';
import { createAuditWatch } from './alerting/watch-audit.ts';
import { startSealing } from './audit/sealing.ts';
import { readWorkersConfig } from './config.ts';
import { deployModels } from './deploy-models.ts';
import type { WorkerDeps } from './deps.ts';
import { startErasing } from './erasure/erasing.ts';
import { createLargeBatches } from './large-batches.ts';
import { openChannels } from './notices/config.ts';
import { noticeNumbers } from './notices/numbers.ts';
import { startTelling } from './notices/telling.ts';
import { createCounter } from './payments/count-soon.ts';
import { startEndingHolds } from './payments/ending-holds.ts';
import { startRecounting } from './payments/recounting.ts';
import { startRelay } from './relay.ts';
import { createWebhookSender } from './webhook.ts';
import { workerJobs } from './workers.ts';

const log = createLog('workers', process.env.LOG_LEVEL);

await runMain(log, async () => {
  const config = readWorkersConfig(process.env);
  const rails = openRailRegistry(process.env);
  const now = () => new Date();
  const metrics = createMetrics('workers');
  const reloads = metrics.counter('tributary_reloads_total', 'times that the file of rail instances was read again', [
    'end',
  ]);
  const jobSeconds = metrics.timer('tributary_job_seconds', 'time in a job handler', ['type', 'end']);

  const servers = await connectServers(config.servers, 'workers', log);
  const { mongo, objects, kafka, zeebe } = servers;
  const c = collectionsOf(mongo, config.keySecrets);
  await waitFor('the collections', () => ensureIndexes(c), log);

  const ensureTopics = () =>
    kafka.ensureTopics(
      rails.all.map(({ id }) => `payments.${id}`),
      3,
    );
  await waitFor('the topics', ensureTopics, log);
  await waitFor('the models', () => deployModels(config.modelsFolder, zeebe, c, log), log);

  const books = createBooks(c, now);
  let wakeRelay = () => {};
  const outbox = createOutbox(c, { leaseMs: config.outboxLeaseMs, now, onAdd: () => wakeRelay() });
  const subBatches = createSubBatches(mongo, c, outbox, { windows: config.windows, now });
  const batches = createBatches(c, now);
  const counter = createCounter((id) => subBatches.count(id), { pauseMs: 250, log });
  const ledger = createLedger(mongo, c, now);
  const { largeBytes, largeAtOnce } = config;
  const large = createLargeBatches({ c, largeBytes, atOnce: largeAtOnce });
  const alerts = createAlerts(mongo, c, {
    operatorUrl: config.alerts.operator?.url,
    repeatMs: config.alerts.repeatMs,
    now,
  });
  const notices = createNotices(c, now);
  const deps: WorkerDeps = {
    c,
    books,
    batches,
    budgets: createBudgets(mongo, c, now),
    subBatches,
    outbox,
    audit: createAudit(mongo, c),
    alerts,
    notices,
    objects,
    rails,
    rowsMax: config.rowsMax,
    countSoon: (id) => counter.touch(id),
    settleRound: createSettleRound(mongo, c, ledger, now),
    reverseRoute: createReverseRoute(c, ledger, outbox, now),
    publicUrl: config.publicUrl,
    log,
    now,
  };
  const jobs = workerJobs(deps, large);
  for (const job of jobs) zeebe.serve(serverOf(job, log, (type, end, ms) => jobSeconds(ms / 1000, { type, end })));

  const client = createWebhookClient(config.webhookTimeoutMs);
  const webhook = createWebhookSender({
    c,
    outbox,
    client,
    operatorSecret: config.alerts.operator?.secret,
    log,
    now,
  });
  const relay = startRelay({ outbox, zeebe, books, kafka, subBatches, webhook, log, now, idleMs: 100 });
  wakeRelay = relay.wake;
  const chain = createAuditChain(c, now);
  const onSealed = metrics.counter('tributary_audit_sealed_total', 'audit entries that got their link in the chain');
  const sealing = startSealing({
    chain,
    objects,
    onSealed: (entries) => onSealed({}, entries),
    log,
    now,
    sealEveryMs: 1_000,
    anchorEveryMs: config.auditAnchorEveryMs,
  });
  const ledgerWatch = createLedgerWatch(c, createMarks(c, now), now);
  const alerting = startAlerting({
    alerts,
    c,
    find: createFindings(c, outbox, config.alerts.limits, now),
    watchAudit: createAuditWatch(chain, (tenantId) => anchorsOf(objects, tenantId)),
    log,
    everyMs: config.alerts.everyMs,
    auditEveryMs: config.auditVerifyEveryMs,
    ledger: ledgerWatch,
    ledgerEveryMs: config.ledgerCheckEveryMs,
  });
  const alertCounts = kept(() => alerts.counts(), 5_000);
  metrics.gauges('tributary_alerts_open', 'alerts that are open', ['kind'], async () => {
    const counts = await alertCounts();
    return alertKinds.map((kind) => [{ kind }, counts.get(kind) ?? 0] as const);
  });
  const contradictions = kept(() => ledgerWatch.broken(), 5_000);
  metrics.gauge(
    'tributary_ledger_imbalance',
    'contradictions that the latest checks of the wallet ledger found',
    async () => (await contradictions()).reduce((sum, { faults }) => sum + faults.length, 0),
  );
  const erased = metrics.counter(
    'tributary_erased_total',
    'batches, single payments, files, beneficiaries, routes, accounts and wallets whose personal data were erased',
    ['what'],
  );
  const erasing = startErasing({
    eraser: createEraser(mongo, c, objects, {
      keepMs: config.personalDataKeepMs,
      now,
      onFailure: (about) => log.warn('personal data of a tenant were not erased', about),
    }),
    keyrings: [c.keyring, c.tenantKeyring],
    onErased: (what, count) => erased({ what }, count),
    log,
    everyMs: config.eraseEveryMs,
  });
  const telling = startTelling({
    c,
    notices,
    templates: createNoticeTemplates(c),
    optOuts: createOptOuts(mongo, c),
    channels: openChannels(config.notices, { log }),
    lifeMs: config.notices.lifeMs,
    pauseMs: config.notices.pauseMs,
    ...noticeNumbers(metrics, notices),
    log,
    now,
    idleMs: 500,
  });
  const wrappedBefore = kept(async () => {
    const counts = await Promise.all([c.keyring, c.tenantKeyring].map((keyring) => keyring.wrappedBefore()));
    return counts[0]! + counts[1]!;
  }, 30_000);
  metrics.gauge(
    'tributary_keys_wrapped_before',
    'keys of personal data that a secret of before wraps, counted up to 10,000',
    wrappedBefore,
  );
  objects.tidyUploads(7).catch((error: unknown) => log.warn('the bucket keeps leftovers of uploads', { error }));
  const oldestUnsealedMs = kept(() => chain.oldestUnsealedMs(), 5_000);
  metrics.gauge(
    'tributary_audit_unsealed_seconds',
    'how long the oldest audit entry waits for its link in the chain',
    async () => (await oldestUnsealedMs()) / 1_000,
  );
  const reloading = onFileChange(
    { file: process.env.RAILS_FILE, what: 'rails', log, onEnd: (end) => reloads({ end }) },
    async () => {
      rails.reload();
      await ensureTopics();
    },
  );
  const recounting = startRecounting(subBatches, { everyMs: 30_000, log });
  const endingHolds = startEndingHolds(ledger, { everyMs: 15_000, log });
  const standing = kept(() => outbox.standing(), 5_000);
  metrics.gauge(
    'tributary_outbox_oldest_due_seconds',
    'since when the oldest outbox entry should be done',
    async () => (await standing()).oldestDueMs / 1_000,
  );
  metrics.gauge(
    'tributary_outbox_waiting',
    'outbox entries that are not done, counted up to 10,000',
    async () => (await standing()).waiting,
  );
  const waiting = kept(() => batches.waiting(), 5_000);
  metrics.gauge('tributary_batches_waiting', 'batches accepted and not begun', async () =>
    [...(await waiting()).values()].reduce((sum, n) => sum + n, 0),
  );
  const health = await startHealthServer({
    host: config.host,
    port: config.port,
    metrics,
    log,
    checks: servers.checks,
  });
  health.setReady(true);
  log.info('workers ready', { port: config.port, jobTypes: jobs.length });

  return {
    async close() {
      health.setReady(false);
      reloading.close();
      recounting.stop();
      endingHolds.stop();
      // A mail server that hangs holds up nothing else.
      const toldAll = telling.stop();
      await Promise.all([sealing.stop(), erasing.stop(), alerting.stop()]);
      await zeebe.drain(10_000);
      await relay.stop();
      await counter.flush();
      await Promise.allSettled([client.close(), health.close(), toldAll]);
      await servers.close();
    },
  };
});
