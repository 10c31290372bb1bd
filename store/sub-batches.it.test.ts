import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { subBatchIdOf } from '../domain/ids.ts';
import { connectMongo, type Mongo } from '../platform/mongo.ts';
import { type Collections, collectionsOf, ensureIndexes } from './collections.ts';
import type { BatchDoc, SubBatchDoc } from './documents.ts';
import { createOutbox } from './outbox.ts';
import { createSubBatches } from './sub-batches.ts';

/** A database of its own, where nobody takes what is in the outbox. */
let mongo: Mongo;
let c: Collections;
beforeAll(async () => {
  const uri = (process.env.MONGODB_URI ?? '').replace(/^(mongodb[^/]*\/\/[^/]+)\/[^?]*/, '$1/tributary_window_tests');
  mongo = await connectMongo(uri);
  c = collectionsOf(mongo);
  await ensureIndexes(c);
});
afterAll(() => mongo.close());

/** A batch of five sub-batches on a rail, about to be dispatched. */
async function aBatch(type: SubBatchDoc['type']) {
  const clock = { at: new Date('2026-11-28T10:00:00Z') };
  const now = () => clock.at;
  const subBatches = createSubBatches(mongo, c, createOutbox(c, { leaseMs: 1_000, now }), {
    windows: { BULK: 2, PAYMENT: 1 },
    now,
  });
  const [batchId, tenantId] = [randomUUID(), randomUUID()];
  await c.batches.insertOne({ _id: batchId, tenantId, status: 'processing' } as BatchDoc);
  const subs = [1, 2, 3, 4, 5].map((n) => {
    const fixed = { rail: 'a-rail', key: '', rows: 10, runs: Buffer.alloc(0), asked: {}, tally: {}, started: 0 };
    return { _id: subBatchIdOf(batchId, n), tenantId, batchId, n, type, ...fixed, status: 'created', createdAt: now() };
  }) as unknown as SubBatchDoc[];
  await subBatches.add(subs);
  const dispatched = async () => {
    const found = await subBatches.ofBatch(batchId);
    return found.filter(({ status }) => status === 'dispatched').map(({ n }) => n);
  };
  return { clock, tenantId, batchId, subs, subBatches, dispatched };
}

test('a list that was sent gives its place to the next at once, and keeps none', async () => {
  const { tenantId, batchId, subs, subBatches, dispatched } = await aBatch('BULK');
  await subBatches.dispatch(tenantId, batchId);
  expect(await dispatched()).toEqual([1, 2]);
  await subBatches.sent(subs[0]!);
  expect(await dispatched()).toEqual([1, 2, 3]);
  await subBatches.sent(subs[0]!);
  expect(await dispatched(), 'said twice').toEqual([1, 2, 3]);
});

test('payments that were sent keep their place for a minute, and no longer', async () => {
  const { clock, tenantId, batchId, subs, subBatches, dispatched } = await aBatch('PAYMENT');
  await subBatches.dispatch(tenantId, batchId);
  expect(await dispatched()).toEqual([1]);
  await subBatches.sent(subs[0]!);
  await subBatches.release(tenantId, 'a-rail');
  expect(await dispatched()).toEqual([1]);
  clock.at = new Date(clock.at.getTime() + 61_000);
  await subBatches.release(tenantId, 'a-rail');
  expect(await dispatched()).toEqual([1, 2]);
});
