/** That what operators ask goes by an index, with a million rows as with ten: told by the plans and not by a clock. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endToEndIdOf, rowKeyBytes } from '../domain/ids.ts';
import type { Document, FindCursor } from '../platform/mongo.ts';
import { connectMongo, type Mongo } from '../platform/mongo.ts';
import { type Collections, collectionsOf, ensureIndexes } from './collections.ts';
import type { BatchDoc, OutcomeDoc } from './documents.ts';
import { findableBy } from './find-payment.ts';
import { failedRows } from './indexes.ts';
import { batchRange, rowRange } from './row-keys.ts';
import { createSearchBatches, underWayStatuses } from './search-batches.ts';

let mongo: Mongo;
/** As they lie in the database: plans are of its own documents, sealed or not. */
let c: Pick<Collections, 'batches' | 'outcomes' | 'payments' | 'unknowns' | 'retries'>;
const tenantId = `operators-${randomUUID().slice(0, 8)}`;
const batchId = randomUUID();
const rows = 5_000;
const failed = [17, 2_500, 4_999];

beforeAll(async () => {
  mongo = await connectMongo(process.env.MONGODB_URI ?? '');
  await ensureIndexes(collectionsOf(mongo));
  c = {
    batches: mongo.collection('batches'),
    outcomes: mongo.collection('outcomes'),
    payments: mongo.collection('payments'),
    unknowns: mongo.collection('unknowns'),
    retries: mongo.collection('retries'),
  };
  const at = new Date();
  const money = { minor: 100n, currency: 'USD', at };
  await c.outcomes.insertMany(
    Array.from({ length: rows }, (_, i): OutcomeDoc => {
      const status = failed.includes(i + 1) ? 'rejected' : 'completed';
      return { _id: rowKeyBytes(batchId, i + 1), tenantId, sub: 1, status, stage: 'rail', code: 422, ...money };
    }),
  );
  await c.payments.insertMany(
    Array.from({ length: 50 }, (_, i) => ({
      ...{ _id: rowKeyBytes(batchId, i + 1), tenantId, id: '', requestId: '', mode: '', rail: 'gsma', note: '' },
      ...{ payer: { type: 't', id: '1' }, payee: { type: 't', id: '2' }, amount: '1', minor: 100n, currency: 'USD' },
      e2e: findableBy(endToEndIdOf(batchId, i + 1)),
    })),
  );
  await c.batches.insertMany(
    Array.from({ length: 300 }, (_, i) => {
      const status = i % 3 === 0 ? 'processing' : 'completed';
      const doc = { _id: randomUUID(), tenantId, status, requestId: `r-${i}`, fileName: `f-${i}.csv` };
      return { ...doc, createdAt: new Date(at.getTime() - i * 1_000) } as BatchDoc;
    }),
  );
});
afterAll(() => mongo.close());

/** Documents and keys that the plan looked at, and whether it sorted by itself. */
async function planOf(cursor: FindCursor<Document>) {
  const { executionStats, queryPlanner } = (await cursor.explain('executionStats')) as Document;
  const plan = JSON.stringify(queryPlanner.winningPlan);
  return {
    documents: Number(executionStats.totalDocsExamined),
    keys: Number(executionStats.totalKeysExamined),
    sorts: /"stage":"SORT"/.test(plan),
    scans: /COLLSCAN/.test(plan),
  };
}

test('failed rows are read from their own index: as many as there are, whatever the batch', async () => {
  const statuses = { status: { $in: ['rejected' as const, 'cancelled' as const] } };
  const found = c.outcomes.find({ _id: batchRange(batchId), ...statuses }).hint(failedRows);
  const plan = await planOf(found.sort({ _id: 1 }).limit(50));
  expect(plan).toEqual({ documents: failed.length, keys: expect.any(Number), sorts: false, scans: false });
  expect(plan.keys).toBeLessThanOrEqual(failed.length + 1);
  const page = c.outcomes.find({ _id: rowRange(batchId, 18, rows), ...statuses }).hint(failedRows);
  expect((await planOf(page.sort({ _id: 1 }).limit(1))).documents).toBe(1);
});

test('a page of rows reads its own rows alone', async () => {
  const plan = await planOf(c.outcomes.find({ _id: rowRange(batchId, 4_001, 4_050) }).sort({ _id: 1 }));
  expect(plan).toMatchObject({ documents: 50, sorts: false, scans: false });
});

test('a payment is found by its end-to-end id at once', async () => {
  const plan = await planOf(c.payments.find({ e2e: findableBy(endToEndIdOf(batchId, 7)), tenantId }));
  expect(plan).toMatchObject({ scans: false });
  expect(plan.documents).toBeLessThan(5);
});

test.each([
  ['all', {}],
  ['those under way', { statuses: underWayStatuses }],
  ['those of one status', { statuses: ['completed' as const] }],
])('a page of batches, %s, reads no more than it shows and sorts nothing', async (_, filter) => {
  const search = createSearchBatches(c);
  const first = await search.page({ tenantId, ...filter }, undefined, 3);
  const after = { at: first[1]!.createdAt, id: first[1]!._id };
  for (const place of [undefined, after]) {
    const query = await search.queryOf({ tenantId, ...filter }, place);
    const plan = await planOf(c.batches.find(query!).sort({ createdAt: -1, _id: 1 }).limit(2));
    expect(plan).toMatchObject({ sorts: false, scans: false });
    // Of 300: those beside the page that the plan's index has no filter for.
    expect(plan.documents).toBeLessThanOrEqual(10);
  }
});

test('unknowns come oldest first from their index', async () => {
  const plan = await planOf(c.unknowns.find({ tenantId }).sort({ since: 1, _id: 1 }).limit(50));
  expect(plan).toMatchObject({ documents: 0, sorts: false, scans: false });
});
