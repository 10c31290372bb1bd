import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowKeyBytes } from '../domain/ids.ts';
import { Later } from '../platform/job.ts';
import { connectMongo, type Mongo } from '../platform/mongo.ts';
import { createBatches } from './batches.ts';
import { createBooks } from './books.ts';
import { type Collections, collectionsOf } from './collections.ts';
import type { BatchDoc, OutcomeDoc, PaymentDoc } from './documents.ts';

let mongo: Mongo;
let c: Collections;
beforeAll(async () => {
  mongo = await connectMongo(process.env.MONGODB_URI ?? '');
  c = collectionsOf(mongo);
});
afterAll(() => mongo.close());

const tenantId = 'batches-test';
const rows = 1_000;

/** A batch of `rows` payments of one dollar each, in the books and without an outcome. */
async function aBatch(): Promise<string> {
  const batchId = randomUUID();
  const asked = { n: rows, minor: BigInt(rows) * 100n };
  const batch: Partial<BatchDoc> = { _id: batchId, tenantId, status: 'processing', tally: { USD: { asked } } };
  await c.batches.insertOne(batch as BatchDoc);
  const payments = Array.from({ length: rows }, (_, i) => {
    return { _id: rowKeyBytes(batchId, i + 1), tenantId, minor: 100n, currency: 'USD' } as PaymentDoc;
  });
  await createBooks(c).writePayments(payments);
  return batchId;
}

function outcomeOf(batchId: string, row: number): OutcomeDoc {
  const money = { minor: 100n, currency: 'USD', at: new Date() };
  return { _id: rowKeyBytes(batchId, row), tenantId, sub: 1, status: 'completed', stage: 'rail', ...money };
}

test('a batch that is closed while outcomes come balances all the same', async () => {
  const batchId = await aBatch();
  const batches = createBatches(c);
  const books = createBooks(c);
  let isSettled = false;
  const settling = (async () => {
    for (let row = 1; row <= rows; row += 10)
      await books.settle(Array.from({ length: 10 }, (_, i) => outcomeOf(batchId, row + i)));
    isSettled = true;
  })();
  const wrong: unknown[] = [];
  while (!isSettled) {
    const closed = await batches.close(batchId).catch((error: unknown) => error);
    if (closed instanceof Later) continue;
    if ((closed as { imbalances?: string[] }).imbalances?.length !== 0) wrong.push(closed);
  }
  await settling;
  expect(wrong).toEqual([]);
  expect(await batches.close(batchId)).toEqual({ status: 'completed', imbalances: [] });
});

test('a payment that nobody asked for, or that is missing, is told and nothing is changed', async () => {
  const batchId = await aBatch();
  await c.payments.deleteOne({ _id: rowKeyBytes(batchId, 7) });
  await createBooks(c).settle([outcomeOf(batchId, 1)]);
  const { imbalances } = await createBatches(c).close(batchId);
  expect(imbalances).toEqual([expect.stringContaining('asked 1000 rows of 100000, but 1 of 100')]);
  expect(await c.batches.findOne({ _id: batchId })).toMatchObject({ status: 'processing' });
});
