import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkLedger, examineLedger } from '../store/ledger/check-ledger.ts';
import { openStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const person = { 'X-User': 'treasurer' };
const send = (tenant: string, method: string, path: string, body: unknown, headers = {}) =>
  stand.call(tenant, method, path, {
    headers: { ...person, 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

async function aWallet(tenant: string, like = {}): Promise<string> {
  const asked = { owner: 'Ministry of Health', currency: 'USD', kind: 'float', ...like };
  return (await send(tenant, 'POST', '/api/v1/wallets', asked)).json.wallet_id;
}

test('a wallet is opened, funded and read, and its statement has a line with the balance', async () => {
  const tenant = await stand.tenant();
  const id = await aWallet(tenant);
  const funding = { amount: '250000.00', reason: 'budget of November', reference: 'TRF-4711' };
  const key = { 'Idempotency-Key': randomUUID() };
  const funded = await send(tenant, 'POST', `/api/v1/wallets/${id}/fundings`, funding, key);
  expect(funded.status).toBe(201);
  expect(funded.json).toMatchObject({ amount: '250000.00', currency: 'USD', by: 'treasurer', reference: 'TRF-4711' });
  const again = await send(tenant, 'POST', `/api/v1/wallets/${id}/fundings`, funding, key);
  expect([again.json, again.headers.get('Idempotent-Replayed')]).toEqual([funded.json, 'true']);
  const other = { ...funding, amount: '1.00' };
  expect((await send(tenant, 'POST', `/api/v1/wallets/${id}/fundings`, other, key)).status).toBe(422);
  const wallet = await stand.call(tenant, 'GET', `/api/v1/wallets/${id}`);
  expect(wallet.json).toMatchObject({ available: '250000.00', held: '0.00', balance: '250000.00', status: 'open' });
  const statement = await stand.call(tenant, 'GET', `/api/v1/wallets/${id}/statement`);
  expect(statement.json.lines).toMatchObject([
    { seq: 1, kind: 'funding', amount: '250000.00', available: '250000.00', by: 'treasurer', ref: 'TRF-4711' },
  ]);
  expect(await checkLedger(stand.deps.c, tenant)).toEqual([]);
});

test('an amount as a number is read digit by digit', async () => {
  const tenant = await stand.tenant();
  const id = await aWallet(tenant);
  const body = '{"amount": 9007199254740.93, "reason": "large"}';
  const funded = await send(tenant, 'POST', `/api/v1/wallets/${id}/fundings`, body);
  expect(funded.json).toMatchObject({ amount: '9007199254740.93' });
});

test('what cannot be read is told by name, and nothing is posted', async () => {
  const tenant = await stand.tenant();
  const id = await aWallet(tenant, { currency: 'JPY' });
  const told = async (method: string, path: string, body: unknown) => {
    const { status, json } = await send(tenant, method, path, body);
    return [status, (json.errors ?? []).map(({ name }: { name: string }) => name).sort()];
  };
  expect(await told('POST', '/api/v1/wallets', { owner: '', currency: 'usd', kind: 'gold', allowNegative: 1 })).toEqual(
    [400, ['allowNegative', 'currency', 'kind', 'owner']],
  );
  expect(
    await told('POST', '/api/v1/wallets', { owner: 'a', currency: 'USD', kind: 'receiver', allowNegative: true }),
  ).toEqual([400, ['allowNegative']]);
  const fundings = `/api/v1/wallets/${id}/fundings`;
  for (const amount of ['1.5', 0, '-1', '1e3', null, true, '99999999999999999999']) {
    expect(await told('POST', fundings, { amount, reason: 'x' })).toEqual([400, ['amount']]);
  }
  expect(await told('POST', fundings, { amount: 1, direction: 'up' })).toEqual([400, ['direction', 'reason']]);
  expect(await told('PUT', `/api/v1/wallets/${id}/status`, { status: 'melted' })).toEqual([400, ['reason', 'status']]);
  expect((await stand.call(tenant, 'GET', '/api/v1/wallets?kind=gold&cursor=nonsense')).status).toBe(400);
  expect((await stand.call(tenant, 'GET', `/api/v1/wallets/${id}/statement?limit=0&cursor=-1`)).status).toBe(400);
  expect((await stand.call(tenant, 'GET', `/api/v1/wallets/${id}/statement`)).json.lines).toEqual([]);
});

test('who does not say who they are funds nothing', async () => {
  const tenant = await stand.tenant();
  const id = await aWallet(tenant);
  const body = JSON.stringify({ amount: '1', reason: 'x' });
  const headers = { 'Content-Type': 'application/json' };
  expect((await stand.call(tenant, 'POST', `/api/v1/wallets/${id}/fundings`, { headers, body })).status).toBe(401);
});

test('no wallet falls below zero unless it may', async () => {
  const tenant = await stand.tenant();
  const out = { amount: '10.00', direction: 'out', reason: 'correction' };
  const refused = await send(tenant, 'POST', `/api/v1/wallets/${await aWallet(tenant)}/fundings`, out);
  expect([refused.status, refused.json.type]).toEqual([409, 'urn:tributary:problem:insufficient-funds']);
  const owing = await aWallet(tenant, { allowNegative: true });
  expect((await send(tenant, 'POST', `/api/v1/wallets/${owing}/fundings`, out)).json).toMatchObject({
    amount: '-10.00',
  });
});

test('a frozen wallet takes nothing, and only an empty one is closed', async () => {
  const tenant = await stand.tenant();
  const id = await aWallet(tenant);
  const set = (status: string) => send(tenant, 'PUT', `/api/v1/wallets/${id}/status`, { status, reason: 'lost' });
  const fund = (direction: string) =>
    send(tenant, 'POST', `/api/v1/wallets/${id}/fundings`, { amount: '5', direction, reason: 'x' });
  expect((await set('frozen')).json).toMatchObject({
    status: 'frozen',
    status_set: { by: 'treasurer', reason: 'lost' },
  });
  expect((await fund('in')).json.type).toBe('urn:tributary:problem:wallet-not-ready');
  await set('open');
  await fund('in');
  expect((await set('closed')).status).toBe(409);
  await fund('out');
  expect((await set('closed')).json).toMatchObject({ status: 'closed' });
  expect((await set('open')).status).toBe(409);
});

test('lists and statements come in pages', async () => {
  const tenant = await stand.tenant();
  const ids = [];
  for (const owner of ['a', 'b', 'c']) ids.push(await aWallet(tenant, { owner, kind: 'receiver' }));
  const first = await stand.call(tenant, 'GET', '/api/v1/wallets?kind=receiver&limit=2');
  const rest = await stand.call(
    tenant,
    'GET',
    `/api/v1/wallets?kind=receiver&limit=2&cursor=${first.json.next_cursor}`,
  );
  const listed = [...first.json.wallets, ...rest.json.wallets].map(({ wallet_id }) => wallet_id);
  expect(new Set(listed)).toEqual(new Set(ids));
  expect([listed.length, rest.json.next_cursor]).toEqual([3, null]);
  const path = `/api/v1/wallets/${ids[0]}`;
  for (const amount of ['1', '2', '3']) await send(tenant, 'POST', `${path}/fundings`, { amount, reason: 'x' });
  const page = await stand.call(tenant, 'GET', `${path}/statement?limit=2`);
  const next = await stand.call(tenant, 'GET', `${path}/statement?limit=2&cursor=${page.json.next_cursor}`);
  const lines = [...page.json.lines, ...next.json.lines];
  expect(lines.map(({ amount, available }) => `${amount} ${available}`)).toEqual([
    '3.00 6.00',
    '2.00 3.00',
    '1.00 1.00',
  ]);
  expect(next.json.next_cursor).toBeNull();
});

test('a balance is recomputed from its lines, and one that somebody changed is found out', async () => {
  const tenant = await stand.tenant();
  const id = await aWallet(tenant);
  for (const amount of ['1', '2.50'])
    await send(tenant, 'POST', `/api/v1/wallets/${id}/fundings`, { amount, reason: 'x' });
  const verify = async () => (await stand.call(tenant, 'GET', `/api/v1/wallets/${id}/verification`)).json;
  expect(await verify()).toMatchObject({ sound: true, available: '3.50', recomputed: '3.50', lines: 2 });
  await stand.deps.c.wallets.updateOne({ _id: id }, { $set: { minor: 1_000n } });
  expect(await verify()).toMatchObject({ sound: false, available: '10.00', recomputed: '3.50' });
});

test('another tenant’s wallet is as absent as none', async () => {
  const [tenant, stranger] = [await stand.tenant(), await stand.tenant()];
  const id = await aWallet(tenant);
  const absent = { status: 404, json: { type: 'urn:tributary:problem:wallet-not-found' } };
  expect(await stand.call(stranger, 'GET', `/api/v1/wallets/${id}`)).toMatchObject(absent);
  expect(await stand.call(tenant, 'GET', `/api/v1/wallets/${randomUUID()}`)).toMatchObject(absent);
  const body = { amount: '1', reason: 'x' };
  expect(await send(stranger, 'POST', `/api/v1/wallets/${id}/fundings`, body)).toMatchObject(absent);
  expect((await stand.call(stranger, 'GET', '/api/v1/wallets')).json.wallets).toEqual([]);
});

test('whether the ledger is sound is told as it was last found, of the own tenant alone', async () => {
  const [tenant, stranger] = [await stand.tenant(), await stand.tenant()];
  const read = async (who: string) => (await stand.call(who, 'GET', '/api/v1/ledger/verification')).json;
  expect(await read(tenant)).toMatchObject({ checked_at: null, sound: null });
  const id = await aWallet(tenant);
  await send(tenant, 'POST', `/api/v1/wallets/${id}/fundings`, { amount: '1.00', reason: 'r' });
  const { c } = stand.deps;
  const check = async () => {
    const found = await examineLedger(c, tenant);
    await c.ledgerChecks.updateOne({ _id: tenant }, { $set: { ...found, at: new Date() } }, { upsert: true });
  };
  await check();
  expect(await read(tenant)).toMatchObject({ sound: true, wallets: 2, entries: 1, postings: 2, faults: [] });
  await c.wallets.updateOne({ _id: id }, { $set: { minor: 2n } });
  await check();
  expect(await read(tenant)).toMatchObject({ sound: false, faults: [`wallet ${id} has 2, its postings 100`] });
  expect(await read(stranger)).toMatchObject({ checked_at: null, sound: null, faults: [] });
});
