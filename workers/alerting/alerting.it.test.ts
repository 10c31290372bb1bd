/** Alerts on the real MongoDB: found, told once, told again seldom, closed; with a clock of the test. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowKeyBytes } from '../../domain/ids.ts';
import { connectMongo, type Mongo } from '../../platform/mongo.ts';
import type { AlertKind } from '../../store/alert-documents.ts';
import { createAlerts, type Finding } from '../../store/alerts.ts';
import { createAudit, hubWide, theHub } from '../../store/audit.ts';
import { createAuditChain } from '../../store/audit-chain.ts';
import { type Collections, collectionsOf, ensureIndexes } from '../../store/collections.ts';
import type { BatchDoc, SubBatchDoc, TenantDoc } from '../../store/documents.ts';
import { createOutbox } from '../../store/outbox.ts';
import type { RailStateDoc } from '../../store/rail-documents.ts';
import { createFindings } from './findings.ts';
import { createAuditWatch } from './watch-audit.ts';

let mongo: Mongo;
let c: Collections;
beforeAll(async () => {
  // Of its own: everything of the database is looked at.
  const uri = (process.env.MONGODB_URI ?? '').replace(/^(mongodb[^/]*\/\/[^/]+)\/[^?]*/, '$1/tributary_alert_tests');
  mongo = await connectMongo(uri);
  await mongo.db.dropDatabase();
  c = collectionsOf(mongo);
  await ensureIndexes(c);
});
afterAll(() => mongo.close());

const minute = 60_000;
let clock = Date.parse('2026-11-28T10:00:00Z');
const now = () => new Date(clock);
const ago = (minutes: number) => new Date(clock - minutes * minute);
const operatorUrl = 'https://ops.example/alerts';
const limits = { batchStalledMs: 30 * minute, unknownMs: 60 * minute, circuitOpenMs: 2 * minute, outboxMs: 2 * minute };

async function aTenant(alertUrl?: string): Promise<string> {
  const id = `alert-${randomUUID().slice(0, 8)}`;
  await c.tenants.insertOne({ _id: id, tenantId: id, ...(alertUrl && { alertUrl }) } as TenantDoc);
  return id;
}

function alertsOf() {
  return createAlerts(mongo, c, { operatorUrl, repeatMs: 60 * minute, now });
}

/** Events to the operator and the tenant about a subject, in the order in which they were written. */
async function toldOf(subject: string): Promise<string[]> {
  const docs = await c.outbox
    .find({ 'entry.kind': 'webhook' } as never)
    .sort({ createdAt: 1, _id: 1 })
    .toArray();
  return docs.flatMap(({ tenantId, entry }) =>
    entry.kind === 'webhook' && JSON.parse(entry.body).subject === subject
      ? [`${tenantId === hubWide ? 'operator' : 'tenant'} ${entry.event}`]
      : [],
  );
}

function finder() {
  return createFindings(c, createOutbox(c, { leaseMs: 1_000, now }), limits, now);
}

async function found(kind: AlertKind, find = finder()): Promise<Finding[]> {
  return (await find()).filter((finding) => finding.kind === kind);
}

async function aSubBatch(tenantId: string, over: Partial<SubBatchDoc> = {}): Promise<string> {
  const batchId = randomUUID();
  const doc = {
    _id: `${batchId}-1`,
    tenantId,
    batchId,
    n: 1,
    rail: 'slcb',
    type: 'BULK',
    rows: 10,
    started: 0,
    tally: {},
  };
  await c.subBatches.insertOne({ ...doc, status: 'dispatched', createdAt: now(), ...over } as SubBatchDoc);
  return batchId;
}

test('an alert is told once, again after a while, and when it is over; anew when it comes again', async () => {
  const tenantId = await aTenant('https://tenant.example/alerts');
  const subject = randomUUID();
  const finding = { kind: 'batch-stalled', tenantId, subject, detail: 'it stands still' } as const;
  const kinds = ['batch-stalled'] as const;
  const alerts = alertsOf();
  await alerts.settle(kinds, [finding]);
  clock += minute;
  await Promise.all([alerts.settle(kinds, [finding]), alertsOf().settle(kinds, [finding])]);
  expect(await toldOf(subject)).toEqual(['operator alert.opened', 'tenant alert.opened']);
  clock += 60 * minute;
  await alerts.settle(kinds, [finding]);
  clock += minute;
  await Promise.all([alerts.settle(kinds, []), alertsOf().settle(kinds, [])]);
  expect((await alerts.counts()).get('batch-stalled')).toBeUndefined();
  clock += minute;
  await alerts.settle(kinds, [finding]);
  expect(await toldOf(subject)).toEqual(
    ['opened', 'repeated', 'closed', 'opened'].flatMap((word) => [`operator alert.${word}`, `tenant alert.${word}`]),
  );
  expect(await c.alerts.findOne({ subject })).toMatchObject({ state: 'open', times: 2 });
  await alerts.settle(kinds, []);
});

test('two that open the same alert at the same moment tell of it once', async () => {
  const tenantId = await aTenant();
  const subject = randomUUID();
  await Promise.all(
    Array.from({ length: 5 }, () => alertsOf().raise({ kind: 'books-unbalanced', tenantId, subject, detail: 'x' })),
  );
  expect(await toldOf(subject)).toEqual(['operator alert.opened']);
});

test('a batch that is not begun, or has payments to send and sends none, stands still', async () => {
  const tenantId = await aTenant();
  const queued = randomUUID();
  await c.batches.insertOne({ _id: queued, tenantId, status: 'queued', createdAt: ago(31) } as BatchDoc);
  await c.batches.insertOne({ _id: randomUUID(), tenantId, status: 'queued', createdAt: ago(29) } as BatchDoc);
  const stuck = await aSubBatch(tenantId);
  const moving = await aSubBatch(tenantId);
  await aSubBatch(tenantId, { sentAt: now() });
  await aSubBatch(tenantId, { stoppedAt: now() });
  const paused = await aSubBatch(tenantId);
  await c.batches.insertOne({
    _id: paused,
    tenantId,
    hold: 'paused',
    status: 'processing',
    createdAt: now(),
  } as BatchDoc);
  expect((await found('batch-stalled')).map(({ subject }) => subject)).toEqual([queued]);
  clock += 20 * minute;
  await c.subBatches.updateOne({ batchId: moving }, { $set: { started: 3 } });
  await found('batch-stalled');
  clock += 11 * minute;
  // Another process sees the same, also one that has just begun.
  const subjects = (await found('batch-stalled')).map(({ subject }) => subject);
  expect(subjects).toContain(stuck);
  expect(subjects).not.toContain(moving);
  expect(subjects).not.toContain(paused);
  await c.subBatches.deleteMany({ tenantId });
  await c.batches.deleteMany({ tenantId });
});

test('payments unknown for long are one alert per rail, and a rail that is cut off is the hub’s', async () => {
  const tenantId = await aTenant();
  const unknown = (row: number, minutes: number) => {
    const money = { minor: 1n, currency: 'USD' };
    return {
      _id: rowKeyBytes(randomUUID(), row),
      tenantId,
      rail: 'gsma',
      ...money,
      since: ago(minutes),
      attempt: 1,
      why: '',
    };
  };
  await c.unknowns.insertMany([unknown(1, 61), unknown(2, 70), unknown(3, 5)]);
  expect(await found('unknowns-old')).toMatchObject([
    { tenantId, subject: 'gsma', detail: expect.stringContaining('2 payments') },
  ]);
  const state = {
    rail: 'gsma',
    at: now(),
    circuit: 'open',
    circuitSince: ago(3),
    expireAt: new Date(clock + minute),
    lastError: 'timed out',
  };
  await c.railStates.insertMany([
    { ...state, _id: 'gsma/1' } as RailStateDoc,
    { ...state, _id: 'slcb/1', rail: 'slcb', circuitSince: ago(1) } as RailStateDoc,
  ]);
  const cut = await found('circuit-open');
  expect(cut).toMatchObject([{ subject: 'gsma', detail: expect.stringContaining('timed out') }]);
  expect(cut[0]).not.toHaveProperty('tenantId');
});

test('an outbox that does not empty is an alert', async () => {
  await c.outbox.deleteMany({});
  expect(await found('outbox-old')).toEqual([]);
  const entry = { kind: 'release', rail: 'slcb' } as const;
  await c.outbox.insertOne({ _id: randomUUID(), tenantId: 't', entry, createdAt: ago(5), dueAt: ago(3), tries: 9 });
  expect(await found('outbox-old')).toMatchObject([{ subject: 'outbox' }]);
});

test('a chain that is broken is an alert until a whole walk finds nothing, whoever watches', async () => {
  const tenantId = await aTenant();
  const audit = createAudit(mongo, c);
  for (let i = 0; i < 3; i += 1) {
    await audit.append({
      tenantId,
      who: theHub,
      action: 'batch.erase',
      object: { kind: 'batch', id: String(i) },
      why: 'x',
    });
  }
  const chain = createAuditChain(c);
  await chain.seal();
  const watch = () => createAuditWatch(chain, async () => []);
  const alerts = alertsOf();
  const looked = async () => {
    await alerts.settle(['audit-broken'], await watch()(await alerts.open('audit-broken')));
    return (await alerts.open('audit-broken')).map((alert) => alert.tenantId);
  };
  expect(await looked()).toEqual([]);
  await c.auditEntries.updateOne({ tenantId, 'object.id': '1' }, { $set: { why: 'y' } });
  expect(await looked()).toEqual([tenantId]);
  expect(await looked()).toEqual([tenantId]);
  await c.auditEntries.updateOne({ tenantId, 'object.id': '1' }, { $set: { why: 'x' } });
  expect(await looked()).toEqual([]);
});
