/** Erasure of what routing knows of people, on the real MongoDB: sealed while it is kept, unreadable once its time is over. */
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectMongo, type Mongo } from '../platform/mongo.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { theHub } from './audit.ts';
import { type Collections, collectionsOf, ensureIndexes } from './collections.ts';
import type { BatchDoc, TenantDoc } from './documents.ts';
import { createEraser } from './erase.ts';
import type { RoundDoc, RouteDoc } from './route-documents.ts';
import type { WalletDoc } from './wallet-documents.ts';

const uriOf = (name: string) =>
  (process.env.MONGODB_URI ?? '').replace(/^(mongodb[^/]*\/\/[^/]+)\/[^?]*/, `$1/${name}`);
let mongo: Mongo;
let c: Collections;
let accounts: Accounts;
beforeAll(async () => {
  // Of its own: every tenant of the database is looked at.
  mongo = await connectMongo(uriOf('tributary_erase_routes_tests'));
  c = collectionsOf(mongo, ['a secret of tests']);
  await ensureIndexes(c);
  accounts = createAccounts(mongo, c);
});
afterAll(() => mongo.close());

const ana = { type: 'msisdn', id: '27710500001' };
const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
const setter = (tenantId: string, at = ago(0)) => ({ tenantId, by: 'olga', actor: theHub, at });

async function aTenant(): Promise<string> {
  const _id = `erase-${randomUUID().slice(0, 8)}`;
  await c.tenants.insertOne({ _id, tenantId: _id, personalDataKeep: '10d' } as TenantDoc);
  return _id;
}

async function sweep() {
  const failures: unknown[] = [];
  const objects = { list: async function* () {}, remove: async () => undefined };
  const onFailure = (failure: unknown) => void failures.push(failure);
  const erased = await createEraser(mongo, c, objects, { keepMs: 1e12, now: () => new Date(), onFailure }).sweep();
  expect(failures).toEqual([]);
  return erased;
}

/** A route of one part whose batch ended so many days ago. */
async function aRoute(tenantId: string, daysAgo: number, over: Partial<RouteDoc> = {}, batch: Partial<BatchDoc> = {}) {
  const [_id, batchId] = [randomUUID(), randomUUID()];
  const at = ago(daysAgo);
  const money = { currency: 'USD', minor: 1_000n };
  const part = { n: 1, role: 'transfer', account: 'ana', minor: 1_000n } as const;
  const facts = { autoPayout: true, from: randomUUID(), by: 'olga', createdAt: at, rounds: 1, commands: [] };
  const route = { _id, tenantId, kind: 'route', parts: [part], notes: { 1: { name: 'Ana' } }, status: 'completed' };
  await c.routes.insertOne({ ...route, ...money, ...facts, ...over } as RouteDoc);
  const round = { _id: `${_id}/1`, tenantId, routeId: _id, k: 1, batchId, holdId: randomUUID(), by: 'olga', at };
  const targets = [{ n: 1, minor: 1_000n, mode: 'gsma' }];
  await c.rounds.insertOne({ ...round, targets, parties: [{ payer: ana, payee: ana }] } as RoundDoc);
  const ended = { _id: batchId, tenantId, fileName: 'x.csv', status: 'completed', closedAt: at, createdAt: at };
  await c.batches.insertOne({ ...ended, ...batch } as BatchDoc);
  await c.keyring.keyFor(batchId, tenantId);
  await c.batchKeys.updateMany({ _id: { $in: [batchId, `route/${_id}`] } }, { $set: { at } });
  return _id;
}

/** What stands in the database itself, sealed or not. */
async function storedIn(collection: string, tenantId: string): Promise<string> {
  return inspect(await mongo.collection(collection).find({ tenantId }).toArray(), { depth: 9 });
}

test('the notes and payees of a route go after its batches, and amounts and states stay', async () => {
  const tenantId = await aTenant();
  const old = await aRoute(tenantId, 11);
  const young = await aRoute(tenantId, 9);
  const open = await aRoute(tenantId, 11, { status: 'processing' });
  const legalHold = { by: 'olga', reason: 'court', at: ago(0) };
  const held = await aRoute(tenantId, 11, {}, { legalHold });
  expect(await storedIn('routes', tenantId), 'the database itself cannot read them').not.toMatch(/Ana/);
  expect(await storedIn('route_rounds', tenantId)).not.toMatch(/Ana|27710500001/);
  await sweep();
  for (const id of [young, open, held]) {
    expect(await c.routes.findOne({ _id: id })).toMatchObject({ notes: { 1: { name: 'Ana' } } });
    expect(await c.rounds.findOne({ routeId: id })).toMatchObject({ parties: [{ payee: ana }] });
  }
  const route = await c.routes.findOne({ _id: old });
  expect(route).toMatchObject({ minor: 1_000n, status: 'completed', erasedAt: expect.any(Date) });
  expect(route).not.toHaveProperty('notes');
  expect(await c.rounds.findOne({ routeId: old })).not.toHaveProperty('parties');
  expect(await c.auditEntries.countDocuments({ tenantId, action: 'route.erase', 'object.id': old })).toBe(1);
  expect(await sweep(), 'once').toMatchObject({ routes: 0 });
});

test('an account that was neither set nor paid for the period is gone; set anew, only what it was before goes', async () => {
  const tenantId = await aTenant();
  const names = ['unused', 'paid', 'set anew', 'young'].map((name) => name.replace(' ', '-'));
  for (const account of names) {
    const at = ago(account === 'young' ? 9 : 11);
    await accounts.set([{ account, name: 'Ana', mode: 'gsma', payee: ana }], setter(tenantId, at));
    await c.batchKeys.updateOne({ _id: `account/${tenantId}/${account}/${at.getTime()}` }, { $set: { at } });
  }
  await c.accounts.updateOne({ _id: `${tenantId}/paid` }, { $set: { usedAt: ago(1) } });
  await accounts.set([{ account: 'set-anew', name: 'Bea' }], setter(tenantId));
  expect(await storedIn('beneficiary_accounts', tenantId)).not.toMatch(/Ana|Bea|27710500001/);
  expect(await sweep()).toMatchObject({ accounts: 1 });
  const left = await accounts.list(tenantId, 10);
  expect(left.map(({ account, name }) => [account, name])).toEqual([
    ['paid', 'Ana'],
    ['set-anew', 'Bea'],
    ['young', 'Ana'],
  ]);
  const keys = await c.batchKeys.find({ tenantId, shreddedAt: { $exists: true } }).toArray();
  expect(keys.map(({ _id }) => _id.split('/')[2]).sort()).toEqual(['set-anew', 'unused']);
  expect(await c.auditEntries.countDocuments({ tenantId, action: 'account.erase' })).toBe(1);
});

test('an account that is removed is gone with its key, and can be set again', async () => {
  const tenantId = await aTenant();
  await accounts.set([{ account: 'ana', name: 'Ana' }], setter(tenantId, ago(1)));
  expect(await accounts.remove('ana', setter(tenantId))).toBe(true);
  expect(await accounts.remove('ana', setter(tenantId))).toBe(false);
  expect(await c.batchKeys.countDocuments({ tenantId, wrapped: { $exists: true } })).toBe(0);
  await accounts.set([{ account: 'ana', name: 'Ana B' }], setter(tenantId));
  expect(await accounts.get(tenantId, 'ana')).toMatchObject({ name: 'Ana B' });
});

test('the owner of a wallet goes a period after it was closed', async () => {
  const tenantId = await aTenant();
  const aWallet = async (days: number, status: WalletDoc['status']) => {
    const _id = randomUUID();
    const statusSet = { by: 'olga', reason: 'r', at: ago(days) };
    const doc = { _id, tenantId, owner: 'Ana', currency: 'USD', kind: 'receiver', allowNegative: false, minor: 0n };
    await c.wallets.insertOne({ ...doc, seq: 0, createdAt: ago(99), status, statusSet } as WalletDoc);
    return _id;
  };
  const closed = await aWallet(11, 'closed');
  const others = [await aWallet(9, 'closed'), await aWallet(11, 'frozen')];
  expect(await sweep()).toMatchObject({ wallets: 1 });
  expect(await c.wallets.findOne({ _id: closed })).toMatchObject({ owner: 'erased', minor: 0n });
  for (const _id of others) expect(await c.wallets.findOne({ _id })).toMatchObject({ owner: 'Ana' });
  expect(await c.auditEntries.countDocuments({ tenantId, action: 'wallet.erase', 'object.id': closed })).toBe(1);
  expect(await sweep()).toMatchObject({ wallets: 0 });
});
