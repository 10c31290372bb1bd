/** Erasure on the real MongoDB and S3: what is due and nothing else, all of it, and gone on with where it was killed. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowKeyBytes } from '../domain/ids.ts';
import { connectMongo, insertMissing, type Mongo } from '../platform/mongo.ts';
import { createObjectStore, type ObjectStore } from '../platform/object-store.ts';
import { type Collections, collectionsOf, ensureIndexes } from './collections.ts';
import type { BatchDoc, PaymentDoc, TenantDoc } from './documents.ts';
import { createEraser } from './erase.ts';
import { setLegalHold } from './legal-hold.ts';
import { batchRange } from './row-keys.ts';

let mongo: Mongo;
let c: Collections;
let objects: ObjectStore;
beforeAll(async () => {
  // Of its own: every tenant of the database is looked at.
  const uri = (process.env.MONGODB_URI ?? '').replace(/^(mongodb[^/]*\/\/[^/]+)\/[^?]*/, '$1/tributary_erase_tests');
  mongo = await connectMongo(uri);
  c = collectionsOf(mongo, ['a secret of tests']);
  await ensureIndexes(c);
  const env = (name: string): string => process.env[name] ?? '';
  objects = createObjectStore({
    endpoint: env('S3_ENDPOINT'),
    accessKey: env('S3_ACCESS_KEY'),
    secretKey: env('S3_SECRET_KEY'),
    bucket: env('S3_BUCKET'),
    region: 'us-east-1',
  });
});
afterAll(async () => {
  objects.close();
  await mongo.close();
});

const day = 86_400_000;
const olga = { kind: 'person', subject: 'olga', roles: ['admin'] } as const;

async function aTenant(personalDataKeep?: string): Promise<string> {
  const id = `erase-${randomUUID().slice(0, 8)}`;
  await c.tenants.insertOne({ _id: id, tenantId: id, ...(personalDataKeep && { personalDataKeep }) } as TenantDoc);
  return id;
}

function ago(days: number): Date {
  return new Date(Date.now() - days * day);
}

async function put(key: string): Promise<void> {
  await objects.put(
    key,
    (async function* () {
      yield 'Ana';
    })(),
  );
}

/** A batch with one row that ended so many days ago, with its files. */
async function aBatch(tenantId: string, endedDaysAgo: number, over: Partial<BatchDoc> = {}): Promise<string> {
  const _id = randomUUID();
  const times = { createdAt: ago(endedDaysAgo), closedAt: ago(endedDaysAgo) };
  const batch: Partial<BatchDoc> = {
    _id,
    tenantId,
    status: 'completed',
    fileName: 'ana.csv',
    sha256: 'x',
    ...times,
    ...over,
  };
  await c.batches.insertOne(batch as BatchDoc);
  await insertMissing(c.payments, [aPayment(tenantId, _id)]);
  await c.batchKeys.updateOne({ _id }, { $set: { at: ago(endedDaysAgo) } });
  await c.lookups.insertOne({ _id: `${_id}/slcb/x`, tenantId, found: true, dfsp: 'bank', at: new Date() });
  const names = ['request.csv', 'request.xml', 'sub-batches/1.ndjson', 'result.csv', 'result.xml'];
  for (const name of names) await put(`${tenantId}/${_id}/${name}`);
  return _id;
}

function aPayment(tenantId: string, batchId: string): PaymentDoc {
  const party = { type: 'msisdn', id: '8837461856' };
  const text = {
    id: '1',
    requestId: 'r',
    mode: 'slcb',
    rail: 'slcb',
    amount: '8.50',
    currency: 'USD',
    note: 'for Ana',
  };
  return { _id: rowKeyBytes(batchId, 1), tenantId, payer: party, payee: party, minor: 850n, ...text };
}

async function sweep(over: Partial<Pick<ObjectStore, 'list' | 'remove'>> = {}) {
  const failures: unknown[] = [];
  const onFailure = (failure: unknown) => void failures.push(failure);
  const store = { list: objects.list, remove: objects.remove, ...over };
  await createEraser(mongo, c, store, { keepMs: 100 * day, now: () => new Date(), onFailure }).sweep();
  return failures;
}

async function whatIsLeft(tenantId: string, batchId: string) {
  const files: string[] = [];
  for await (const { key } of objects.list(`${tenantId}/${batchId}/`)) files.push(key);
  const batch = (await c.batches.findOne({ _id: batchId }))!;
  const [payment] = await c.payments.find({ _id: batchRange(batchId) }).toArray();
  const lookups = await c.lookups.countDocuments({ _id: `${batchId}/slcb/x` });
  const audited = await c.auditEntries.countDocuments({ tenantId, action: 'batch.erase', 'object.id': batchId });
  return {
    files: files.length,
    lookups,
    audited,
    isErased: batch.erasedAt !== undefined,
    payment,
    fileName: batch.fileName,
  };
}

const all = { files: 5, lookups: 1, audited: 0, isErased: false, fileName: 'ana.csv' };
const nothing = { files: 0, lookups: 0, audited: 1, isErased: true, fileName: 'erased.csv' };

test('a batch is erased when its tenant’s time is over, and amounts and states are left', async () => {
  const [own, hubs] = [await aTenant('10d'), await aTenant()];
  const due = await aBatch(own, 11);
  const young = await aBatch(own, 9);
  const kept = await aBatch(hubs, 99);
  const old = await aBatch(hubs, 101);
  expect(await sweep()).toEqual([]);
  expect(await whatIsLeft(own, due)).toMatchObject({
    ...nothing,
    payment: { note: 'erased', amount: '8.50', minor: 850n },
  });
  expect(await whatIsLeft(own, young)).toMatchObject({ ...all, payment: { note: 'for Ana' } });
  expect(await whatIsLeft(hubs, kept)).toMatchObject(all);
  expect(await whatIsLeft(hubs, old)).toMatchObject(nothing);
});

test('a batch that is held, open, pending, or needed for a retry is not erased', async () => {
  const tenantId = await aTenant('1d');
  const held = await aBatch(tenantId, 30);
  await setLegalHold(mongo, c, {
    batch: { _id: held, tenantId },
    by: 'olga',
    reason: 'court',
    at: new Date(),
    actor: olga,
  });
  const open = await aBatch(tenantId, 30, { closedAt: undefined, status: 'processing' });
  const pending = await aBatch(tenantId, 30, { status: 'completed_with_pending' });
  const parent = await aBatch(tenantId, 30);
  const child = await aBatch(tenantId, 0, { closedAt: undefined, status: 'queued', sha256: '' });
  await c.retries.insertOne({
    _id: `${parent}/1`,
    tenantId,
    k: 1,
    child,
    by: 'olga',
    reason: 'r',
    at: new Date(),
    count: 1,
    rows: Buffer.alloc(4),
  });
  expect(await sweep()).toEqual([]);
  for (const id of [held, open, pending, parent]) expect(await whatIsLeft(tenantId, id)).toMatchObject(all);
});

test('a sweep that is killed after any removal is gone on with, and audited once', async () => {
  const tenantId = await aTenant('1d');
  const batchId = await aBatch(tenantId, 30);
  for (let survived = 0; survived < all.files; survived += 1) {
    let removed = 0;
    const remove = (key: string) => (removed++ < 1 ? objects.remove(key) : Promise.reject(new Error('killed')));
    const failures = await sweep({ remove });
    expect(failures).toHaveLength(survived < all.files - 1 ? 1 : 0);
  }
  expect(await whatIsLeft(tenantId, batchId)).toMatchObject({ ...nothing, payment: { isErased: true } });
});

test('nobody holds what is being erased, and a hold stands until it is lifted', async () => {
  const tenantId = await aTenant('1d');
  const batchId = await aBatch(tenantId, 30);
  await sweep();
  const asked = { batch: { _id: batchId, tenantId }, by: 'olga', reason: 'court', at: new Date(), actor: olga };
  const batch = await setLegalHold(mongo, c, asked);
  expect(batch.legalHold).toBeUndefined();
  expect(await c.auditEntries.countDocuments({ tenantId, action: 'batch.hold' })).toBe(0);
});

test('single payments with an outcome, and keys of none, are erased; those that are open are not', async () => {
  const tenantId = await aTenant('1d');
  const [paid, open, orphan] = [randomUUID(), randomUUID(), randomUUID()];
  await insertMissing(
    c.payments,
    [paid, open].map((id) => aPayment(tenantId, id)),
  );
  await c.keyring.keyFor(orphan, tenantId);
  const money = { minor: 850n, currency: 'USD', at: new Date() };
  await c.outcomes.insertOne({
    _id: rowKeyBytes(paid, 1),
    tenantId,
    sub: 0,
    status: 'completed',
    stage: 'rail',
    ...money,
  });
  await c.batchKeys.updateMany({ tenantId }, { $set: { at: ago(30) } });
  await sweep();
  const notes = await c.payments.find({ _id: { $in: [paid, open].map((id) => rowKeyBytes(id, 1)) } }).toArray();
  expect(new Map(notes.map(({ _id, note }) => [_id.toString('hex'), note]))).toEqual(
    new Map([
      [rowKeyBytes(paid, 1).toString('hex'), 'erased'],
      [rowKeyBytes(open, 1).toString('hex'), 'for Ana'],
    ]),
  );
  expect(await c.batchKeys.findOne({ _id: orphan })).not.toHaveProperty('wrapped');
  expect(await c.auditEntries.findOne({ tenantId, action: 'transfers.erase' })).toMatchObject({ after: { count: 2 } });
});

test('files that were uploaded under a name go with their name', async () => {
  const tenantId = await aTenant('1d');
  const key = `${tenantId}/files/${randomUUID()}`;
  await put(key);
  const facts = { md5: 'm', sha256: 's', sizeBytes: 3, at: ago(2) };
  await c.files.insertOne({ _id: `${tenantId}/ana.csv`, tenantId, fileName: 'ana.csv', key, ...facts });
  await sweep();
  expect(await objects.exists(key)).toBe(false);
  expect(await c.files.countDocuments({ tenantId })).toBe(0);
  expect(await c.auditEntries.findOne({ tenantId })).toMatchObject({ action: 'file.erase', before: { sha256: 's' } });
});
