/** Personal data on the real MongoDB: sealed in the database, open for whoever reads through the store, gone once the key is. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowKeyBytes, rowOfKey } from '../domain/ids.ts';
import { connectMongo, inBatches, insertMissing, type Mongo } from '../platform/mongo.ts';
import { type Collections, collectionsOf } from './collections.ts';
import type { PaymentDoc } from './documents.ts';
import { createKeyring } from './keyring.ts';
import { batchRange } from './row-keys.ts';

let mongo: Mongo;
let c: Collections;
beforeAll(async () => {
  mongo = await connectMongo(process.env.MONGODB_URI ?? '');
  c = collectionsOf(mongo, ['a secret of tests']);
});
afterAll(() => mongo.close());

const tenantId = 'sealed-test';

function aPayment(batchId: string, row: number): PaymentDoc {
  return {
    _id: rowKeyBytes(batchId, row),
    tenantId,
    id: String(row),
    requestId: 'r',
    mode: 'slcb',
    rail: 'slcb',
    payer: { type: 'accountNumber', id: '003001003874120160' },
    payee: { type: 'msisdn', id: `88374618${row}`, dfsp: 'bank' },
    amount: '8.50',
    minor: 850n,
    currency: 'USD',
    note: `for Ana ${row}`,
    ...(row % 2 && { extra: { payee_name: 'Ana' } }),
  };
}

async function aBatch(rows: number): Promise<{ batchId: string; payments: PaymentDoc[] }> {
  const batchId = randomUUID();
  const payments = Array.from({ length: rows }, (_, i) => aPayment(batchId, i + 1));
  await insertMissing(c.payments, payments);
  return { batchId, payments };
}

test('a book of payments is open to its reader, however it is read, and sealed in the database', async () => {
  const { batchId, payments } = await aBatch(120);
  const range = { _id: batchRange(batchId) };
  const cursor = () => c.payments.find(range).sort({ _id: 1 }).batchSize(50);
  expect(await cursor().toArray()).toEqual(payments);
  const one: PaymentDoc[] = [];
  for await (const payment of cursor()) one.push(payment);
  expect(one).toEqual(payments);
  const some: PaymentDoc[] = [];
  for await (const docs of inBatches(cursor())) some.push(...docs);
  expect(some).toEqual(payments);
  expect(await cursor().next()).toEqual(payments[0]);
  const scattered = [7, 3, 99].map((row) => rowKeyBytes(batchId, row));
  const found = await c.payments.find({ _id: { $in: scattered } }).toArray();
  expect(found.map(({ _id, note }) => [rowOfKey(_id), note]).sort()).toEqual([
    [3, 'for Ana 3'],
    [7, 'for Ana 7'],
    [99, 'for Ana 99'],
  ]);
  const shown = await c.payments.findOne({ _id: scattered[0]! }, { projection: { rail: 1, payee: 1 } });
  expect(shown).toMatchObject({ rail: 'slcb', payee: { id: '883746187' } });

  const raw = JSON.stringify(await collectionsOf(mongo).payments.find(range).toArray(), (_, v: unknown) =>
    typeof v === 'bigint' ? String(v) : v,
  );
  expect(raw).not.toMatch(/003001003874120160|88374618|Ana/);
});

test('what was there before is reported and kept, as from any collection', async () => {
  const { batchId, payments } = await aBatch(3);
  const again = payments.map((payment) => ({ ...payment, note: 'another' }));
  expect(await insertMissing(c.payments, again)).toEqual([0, 1, 2]);
  expect((await c.payments.find({ _id: batchRange(batchId) }).toArray()).map(({ note }) => note)).toEqual([
    'for Ana 1',
    'for Ana 2',
    'for Ana 3',
  ]);
});

test('words of rails are sealed too, and counts go on without them', async () => {
  const batchId = randomUUID();
  const outcome = {
    _id: rowKeyBytes(batchId, 1),
    tenantId,
    sub: 1,
    status: 'rejected',
    stage: 'rail',
    railText: 'Ana is closed',
    minor: 1n,
    currency: 'USD',
    at: new Date(),
  } as const;
  await c.outcomes.insertOne({ ...outcome });
  await c.exchanges.insertOne({
    _id: `${batchId}/1`,
    tenantId,
    batchId,
    at: new Date(),
    direction: 'answer',
    summary: 'Ana',
    body: { a: [1, null] },
  });
  await c.conflicts.insertOne({
    _id: `${batchId}/c`,
    tenantId,
    batchId,
    row: 1,
    at: new Date(),
    had: 'completed',
    got: 'rejected',
    text: 'Ana',
  });
  await c.lookups.insertOne({ _id: `${batchId}/slcb/x`, tenantId, found: false, text: 'no Ana', at: new Date() });
  await c.transfers.insertOne({
    _id: batchId,
    tenantId,
    customData: [{ key: 'name', value: 'Ana' }],
    createdAt: new Date(),
  });
  expect((await c.outcomes.findOne({ _id: outcome._id }))?.railText).toBe('Ana is closed');
  expect(await c.exchanges.findOne({ _id: `${batchId}/1` })).toMatchObject({ summary: 'Ana', body: { a: [1, null] } });
  expect((await c.conflicts.find({ batchId }).toArray())[0]?.text).toBe('Ana');
  expect((await c.transfers.findOne({ _id: batchId }))?.customData).toEqual([{ key: 'name', value: 'Ana' }]);
  const closed = collectionsOf(mongo);
  const raw = await Promise.all([
    closed.outcomes.findOne({ _id: outcome._id }),
    closed.exchanges.findOne({ _id: `${batchId}/1` }),
    closed.conflicts.findOne({ batchId }),
    closed.lookups.findOne({ _id: `${batchId}/slcb/x` }),
    closed.transfers.findOne({ _id: batchId }),
  ]);
  for (const doc of raw)
    expect(
      Object.values(doc ?? {})
        .map(String)
        .join(' '),
    ).not.toContain('Ana');
});

test('with the key thrown away, what persons are is "erased", and amounts and states are left', async () => {
  const { batchId } = await aBatch(2);
  await c.outcomes.insertOne({
    _id: rowKeyBytes(batchId, 1),
    tenantId,
    sub: 1,
    status: 'rejected',
    stage: 'rail',
    railText: 'Ana',
    minor: 850n,
    currency: 'USD',
    at: new Date(),
  });
  expect(await c.keyring.shred([batchId], new Date())).toBe(1);
  expect(await c.keyring.shred([batchId], new Date())).toBe(0);
  const erased = { type: 'erased', id: 'erased' };
  expect(
    await c.payments
      .find({ _id: batchRange(batchId) })
      .sort({ _id: 1 })
      .toArray(),
  ).toMatchObject([
    { payer: erased, payee: erased, note: 'erased', isErased: true, amount: '8.50', minor: 850n, rail: 'slcb' },
    { isErased: true },
  ]);
  const outcome = await c.outcomes.findOne({ _id: rowKeyBytes(batchId, 1) });
  expect(outcome).toMatchObject({ status: 'rejected' });
  expect(outcome).not.toHaveProperty('railText');
  // What comes later is kept without what a rail says of persons: there is no new key.
  await c.exchanges.insertOne({
    _id: `${batchId}/late`,
    tenantId,
    batchId,
    at: new Date(),
    direction: 'answer',
    summary: 'Ana',
  });
  expect(await c.exchanges.findOne({ _id: `${batchId}/late` })).not.toHaveProperty('summary', 'Ana');
});

test('another secret opens nothing, unless it is named as one of before; then keys are wrapped anew', async () => {
  const { batchId, payments } = await aBatch(1);
  const filter = { _id: payments[0]!._id };
  await expect(collectionsOf(mongo, ['a new secret']).payments.findOne(filter)).rejects.toThrow(/KEY_SECRETS_BEFORE/);
  const both = createKeyring(c.batchKeys, ['a new secret', 'a secret of tests']);
  while ((await both.wrappedBefore()) > 0) await both.rewrap(100);
  expect((await collectionsOf(mongo, ['a new secret']).payments.findOne(filter))?.note).toBe('for Ana 1');
  const back = createKeyring(c.batchKeys, ['a secret of tests', 'a new secret']);
  while ((await back.wrappedBefore()) > 0) await back.rewrap(100);
  expect(await createKeyring(c.batchKeys, ['a secret of tests']).key(batchId)).toHaveLength(32);
});

test('many that make the key of a batch at the same time make one', async () => {
  const batchId = randomUUID();
  const keys = await Promise.all(
    Array.from({ length: 8 }, () => createKeyring(c.batchKeys, ['a secret of tests']).keyFor(batchId, tenantId)),
  );
  expect(new Set(keys.map((key) => key?.toString('hex'))).size).toBe(1);
});

test('what the database cannot look at throws, and nothing personal is written without a key', async () => {
  expect(() => c.payments.find({ 'payee.id': '1' })).toThrow(/payee.id of payments is sealed/);
  expect(() => c.payments.find({ $and: [{ tenantId }, { $or: [{ note: 'x' }] }] })).toThrow(/note/);
  expect(() => c.payments.find({}).sort({ 'payer.id': 1 })).toThrow(/payer.id/);
  expect(() => c.payments.aggregate([{ $project: { v: '$extra.x' } }])).toThrow(/extra.x/);
  expect(() => c.outcomes.updateOne({}, { $set: { railText: 'x' } })).toThrow(/railText/);
  expect(() => c.payments.find({ tenantId, rail: 'slcb', minor: { $exists: true } })).not.toThrow();
  const batchId = randomUUID();
  await expect(collectionsOf(mongo).payments.insertOne(aPayment(batchId, 1))).rejects.toThrow(/no key can be made/);
});
