import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RailColumn } from '../connectors/rail.ts';
import { createRailRegistry, instancesIn } from '../connectors/rails.ts';
import { checkLedger } from '../store/ledger/check-ledger.ts';
import type { ApiRail, ApiRails } from './deps.ts';
import { openStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const send = (tenant: string, method: string, path: string, body: unknown, headers = {}) =>
  stand.call(tenant, method, path, {
    headers: { 'X-User': 'treasurer', 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** A tenant with a float of 2000.00 and two accounts that can be paid out. */
async function aWorld(currency = 'INR') {
  const tenant = await stand.tenant();
  const asked = { owner: 'ministry', currency, kind: 'float' };
  const id = (await send(tenant, 'POST', '/api/v1/wallets', asked)).json.wallet_id;
  await send(tenant, 'POST', `/api/v1/wallets/${id}/fundings`, { amount: '2000', reason: 'budget' });
  const from = { gsma: { type: 'msisdn', id: '27710101999' } };
  expect((await send(tenant, 'PUT', `/api/v1/tenants/${tenant}/payout-accounts`, from)).json).toEqual(from);
  for (const [account, msisdn] of [
    ['acc_CPRsN1LkFccllA', '919876500001'],
    ['acc_CNo3jSI8OkFJJJ', '919876500002'],
  ]) {
    const body = { name: 'Gaurav Kumar', mode: 'gsma', payee: { type: 'MSISDN', id: msisdn } };
    expect((await send(tenant, 'PUT', `/api/v1/accounts/${account}`, body)).json).toMatchObject({
      account,
      payee: { type: 'msisdn' },
    });
  }
  return { tenant, id, route: (body: unknown, headers = {}) => send(tenant, 'POST', '/api/v1/routes', body, headers) };
}

/** As the seed has it. */
const seed = {
  amount: 2000,
  currency: 'INR',
  transfers: [
    {
      account: 'acc_CPRsN1LkFccllA',
      amount: 1000,
      currency: 'INR',
      notes: { branch: 'Acme Corp Bangalore North', name: 'Gaurav Kumar' },
    },
    {
      account: 'acc_CNo3jSI8OkFJJJ',
      amount: 1000,
      currency: 'INR',
      notes: { branch: 'Acme Corp Bangalore South', name: 'Saurav Kumar' },
    },
  ],
};

test('the seed’s body is accepted once, and all of its money is held at once', async () => {
  const { tenant, id, route } = await aWorld();
  const key = { 'X-CorrelationID': randomUUID() };
  const first = await route(seed, key);
  expect(first.status).toBe(202);
  const again = await route(seed, key);
  expect([again.json, again.headers.get('Idempotent-Replayed')]).toEqual([first.json, 'true']);
  expect((await route({ ...seed, autoPayout: true }, key)).json.type).toBe(
    'urn:tributary:problem:idempotency-key-reused',
  );
  expect((await stand.call(tenant, 'GET', `/api/v1/wallets/${id}`)).json).toMatchObject({
    available: '0.00',
    held: '2000.00',
  });
  expect((await route(seed)).json.type).toBe('urn:tributary:problem:insufficient-funds');
  const shown = await stand.call(tenant, 'GET', first.json.status_url);
  expect(shown.json).toMatchObject({
    status: 'processing',
    amount: '2000.00',
    auto_payout: false,
    requested_by: 'treasurer',
  });
  expect(shown.json.parts).toMatchObject([
    {
      n: 1,
      account: 'acc_CPRsN1LkFccllA',
      amount: '1000.00',
      state: 'pending',
      mode: 'closed-loop',
      notes: seed.transfers[0]!.notes,
    },
    { n: 2, account: 'acc_CNo3jSI8OkFJJJ', amount: '1000.00', state: 'pending' },
  ]);
  const listed = await stand.call(tenant, 'GET', '/api/v1/routes?status=processing');
  expect(listed.json.routes).toMatchObject([{ route_id: first.json.route_id, parts: 2 }]);
  expect(await checkLedger(stand.deps.c, tenant)).toEqual([]);
});

test('two posts of one key at the same moment are one route', async () => {
  const { tenant, route } = await aWorld();
  const key = { 'Idempotency-Key': randomUUID() };
  const answers = await Promise.all([1, 2, 3, 4].map(() => route(seed, key)));
  expect(new Set(answers.map(({ json }) => json.route_id)).size).toBe(1);
  expect(await stand.deps.c.routes.countDocuments({ tenantId: tenant })).toBe(1);
});

test('numbers of the body are read digit by digit', async () => {
  const { tenant, route } = await aWorld();
  const body =
    '{"amount": 1000.10, "currency": "INR", "transfers": [{"account": "acc_CPRsN1LkFccllA", "amount": 1000.1}]}';
  const { json } = await route(body);
  expect((await stand.call(tenant, 'GET', json.status_url)).json.parts).toMatchObject([{ amount: '1000.10' }]);
});

test('what is wrong is told by name, all at once, and nothing is held', async () => {
  const { tenant, id, route } = await aWorld();
  const told = async (body: unknown) => {
    const { status, json } = await route(body);
    return [status, (json.errors ?? []).map(({ name }: { name: string }) => name)];
  };
  const [first] = seed.transfers;
  expect(await told({ ...seed, transfers: [first, { ...first, amount: 999 }] })).toEqual([400, ['transfers']]);
  expect(await told({ ...seed, transfers: [{ ...first, amount: 1, share: '5' }, {}] })).toEqual([
    400,
    ['transfers[0].amount', 'transfers[1].account', 'transfers[1].amount'],
  ]);
  expect(
    await told({
      ...seed,
      transfers: [
        { ...first, currency: 'USD' },
        { ...first, notes: { a: 1 } },
      ],
    }),
  ).toEqual([400, ['transfers[0].currency', 'transfers[1].notes']]);
  expect(await told({ ...seed, transfers: [{ account: 'acc_CPRsN1LkFccllA', share: '101' }] })).toEqual([
    400,
    ['transfers[0].share'],
  ]);
  expect(await told({ ...seed, transfers: [{ account: 'nobody', share: 100 }] })).toEqual([
    400,
    ['transfers[0].account'],
  ]);
  expect(
    await told({
      ...seed,
      amount: '0.01',
      transfers: ['acc_CPRsN1LkFccllA', 'acc_CNo3jSI8OkFJJJ'].map((account) => ({ account, share: 50 })),
    }),
  ).toEqual([400, ['transfers[1]']]);
  expect(await told({ amount: -1, currency: 'inr', transfers: [], fees: 3, autoPayout: 'yes' })).toEqual([
    400,
    ['currency', 'autoPayout', 'transfers', 'fees'],
  ]);
  expect(await told({ ...seed, form: 1 })).toEqual([400, ['form']]);
  expect(await told({ ...seed, currency: 'USD', transfers: [{ account: 'acc_CPRsN1LkFccllA', share: 100 }] })).toEqual([
    400,
    ['from'],
  ]);
  expect((await route('{"amount": 2000,')).json.type).toBe('urn:tributary:problem:malformed-json');
  expect((await route({ ...seed, from: randomUUID() })).status).toBe(404);
  expect((await stand.call(tenant, 'GET', `/api/v1/wallets/${id}`)).json).toMatchObject({ available: '2000.00' });
});

test('an account that cannot be paid out is told before anything is held', async () => {
  const { tenant, route } = await aWorld();
  await send(tenant, 'PUT', '/api/v1/accounts/credit-only', { name: 'x' });
  await send(tenant, 'PUT', '/api/v1/accounts/bank', {
    name: 'x',
    mode: 'slcb',
    payee: { type: 'accountNumber', id: '12345' },
  });
  const transfers = ['credit-only', 'bank'].map((account) => ({ account, amount: 1000 }));
  const { status, json } = await route({ ...seed, autoPayout: true, transfers });
  expect([status, json.errors.map(({ name }: { name: string }) => name)]).toEqual([
    400,
    ['transfers[0].account', 'transfers[1].account'],
  ]);
  expect(json.errors[1].message).toContain('payout-accounts');
});

test('a part whose rail does not take its currency is refused before anything is held, at the route, its retry and a withdrawal', async () => {
  const dear = await openStand({
    rails: railsLike((rail) => (rail.id === 'gsma' ? { ...rail, currencies: ['SLE', 'XOF'] } : rail)),
  });
  try {
    const { tenant, id } = await aWorld();
    const ask = async (path: string, body: unknown) => {
      const headers = { 'X-User': 'treasurer', 'Content-Type': 'application/json' };
      const { status, json } = await dear.call(tenant, 'POST', path, { headers, body: JSON.stringify(body) });
      return [status, json.errors?.map(({ name, message }: Record<string, string>) => `${name} ${message}`)];
    };
    const why = 'is paid by gsma, which takes SLE, XOF and not INR: set another';
    expect(await ask('/api/v1/routes', { ...seed, autoPayout: true })).toEqual([
      400,
      [`transfers[0].account ${why}`, `transfers[1].account ${why}`],
    ]);
    expect(await ask(`/api/v1/wallets/${id}/withdrawals`, { amount: '1', account: 'acc_CPRsN1LkFccllA' })).toEqual([
      400,
      [`account ${why}`],
    ]);
    const shown = await stand.call(tenant, 'GET', `/api/v1/wallets/${id}`);
    expect(shown.json).toMatchObject({ available: '2000.00', held: '0.00' });
    expect((await ask('/api/v1/routes', seed))[0], 'what is credited inside asks no rail').toBe(202);
  } finally {
    await dear.close();
  }
});

test.each([
  ['over Fineract', { RAIL_CLOSED_LOOP_LEDGER: 'fineract' }, 'a ledger outside of the hub'],
  ['that is not there', {}, 'there is no closed loop'],
])(
  'a closed loop %s credits no wallet: such a route is refused, and paid out where it asks for that',
  async (_, env, why) => {
    const rails = instancesIn(env).filter(({ id }) => 'RAIL_CLOSED_LOOP_LEDGER' in env || id !== 'closed-loop');
    const other = await openStand({ rails: railsLike((rail) => rails.find(({ id }) => id === rail.id)) });
    try {
      const { tenant, id } = await aWorld();
      const ask = (body: unknown) => {
        const headers = { 'X-User': 'treasurer', 'Content-Type': 'application/json' };
        return other.call(tenant, 'POST', '/api/v1/routes', { headers, body: JSON.stringify(body) });
      };
      const { status, json } = await ask(seed);
      expect([status, json.errors]).toEqual([400, [{ name: 'autoPayout', message: expect.stringContaining(why) }]]);
      expect((await stand.call(tenant, 'GET', `/api/v1/wallets/${id}`)).json).toMatchObject({ available: '2000.00' });
      expect((await ask({ ...seed, autoPayout: true })).status).toBe(202);
    } finally {
      await other.close();
    }
  },
);

/** The registered rails as `change` has them; without those that it answers nothing for. */
function railsLike(change: (rail: ApiRail & { columns: readonly RailColumn[] }) => object | undefined): ApiRails {
  const { columns, all } = createRailRegistry();
  const changed = all.flatMap((rail) => (change(rail) ?? []) as typeof all);
  return {
    ...{ all: changed, columns, modes: changed.flatMap(({ paymentModes }) => paymentModes) },
    byMode: (mode) => changed.find(({ paymentModes }) => paymentModes.includes(mode.toLowerCase())),
  };
}

test('accounts and payout accounts that cannot be are refused', async () => {
  const { tenant } = await aWorld();
  const put = async (path: string, body: unknown) =>
    (await send(tenant, 'PUT', path, body)).json.errors?.map(({ name }: { name: string }) => name);
  const path = '/api/v1/accounts/acc';
  expect(await put(path, { name: '', mode: 'gold' })).toEqual(['name', 'mode', 'mode']);
  expect(await put(path, { name: 'x', mode: 'gsma', payee: { type: 'msisdn', id: 'abc' } })).toEqual(['payee.id']);
  expect(await put(path, { name: 'x', mode: 'closed-loop', payee: { type: 'walletId', id: 'abc' } })).toEqual(['mode']);
  expect(await put('/api/v1/accounts/a%20b', { name: 'x' })).toEqual(['id']);
  expect(
    await put(`/api/v1/tenants/${tenant}/payout-accounts`, { gold: { type: 'msisdn', id: '1' }, gsma: {} }),
  ).toEqual(['gold', 'gsma']);
  expect((await stand.call(tenant, 'GET', path)).status).toBe(404);
});

test('many accounts are set at once or not at all, the same again changes nothing, and they are listed page by page', async () => {
  const tenant = await stand.tenant();
  const payee = { type: 'msisdn', id: '919876500001' };
  const accounts = Array.from({ length: 120 }, (_, i) => {
    return { account: `acc-${String(i).padStart(3, '0')}`, name: `Payee ${i}`, mode: 'gsma', payee };
  });
  const post = (of: unknown) => send(tenant, 'POST', '/api/v1/accounts', { accounts: of });
  const wrong = [{ ...accounts[0], payee: { type: 'msisdn', id: 'abc' } }, accounts[1], { ...accounts[1], form: 1 }, 7];
  const { status, json } = await post(wrong);
  expect([status, json.errors.map(({ name }: { name: string }) => name)]).toEqual([
    400,
    ['accounts[0].payee.id', 'accounts[2].account', 'accounts[2].form', 'accounts[3].account', 'accounts[3].name'],
  ]);
  for (const bad of [[], 'all', Array.from({ length: 501 }, () => accounts[0])]) {
    expect((await post(bad)).json.errors).toMatchObject([
      { name: 'accounts', message: expect.stringContaining('500') },
    ]);
  }
  expect((await stand.call(tenant, 'GET', '/api/v1/accounts')).json).toEqual({ accounts: [], next_cursor: null });
  expect((await post(accounts)).json).toEqual({ set: 120, unchanged: 0 });
  const changed = accounts.map((one, i) => (i === 7 ? { ...one, name: 'Another' } : one));
  expect((await post(changed)).json).toEqual({ set: 1, unchanged: 119 });
  const read: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path: string = `/api/v1/accounts?limit=50${cursor && `&cursor=${cursor}`}`;
    const page = (await stand.call(tenant, 'GET', path)).json;
    read.push(...page.accounts.map(({ account, name }: Record<string, string>) => `${account} ${name}`));
    cursor = page.next_cursor;
  }
  expect(read).toEqual(changed.map(({ account, name }) => `${account} ${name}`));
  expect((await stand.call(tenant, 'GET', '/api/v1/accounts?cursor=a%20b')).status).toBe(400);
  const audited = { tenantId: tenant, action: 'account.set', 'object.id': 'acc-007' };
  expect(await stand.deps.c.auditEntries.countDocuments(audited)).toBe(2);
  const other = await stand.tenant();
  expect((await stand.call(other, 'GET', '/api/v1/accounts')).json.accounts).toEqual([]);
  expect((await stand.call(other, 'DELETE', '/api/v1/accounts/acc-007')).status).toBe(404);
  expect((await stand.call(tenant, 'DELETE', '/api/v1/accounts/acc-007')).status).toBe(204);
  expect((await stand.call(tenant, 'GET', '/api/v1/accounts/acc-007')).status).toBe(404);
});

test('a withdrawal holds its money at once, once by its key, and never more than there is', async () => {
  const { tenant, id } = await aWorld();
  const path = `/api/v1/wallets/${id}/withdrawals`;
  const body = { amount: '1500.00', account: 'acc_CPRsN1LkFccllA' };
  const key = { 'X-CorrelationID': randomUUID() };
  const first = await send(tenant, 'POST', path, body, key);
  expect(first.status).toBe(202);
  expect((await send(tenant, 'POST', path, body, key)).json).toEqual(first.json);
  expect((await send(tenant, 'POST', path, body)).json.type).toBe('urn:tributary:problem:insufficient-funds');
  const shown = await stand.call(tenant, 'GET', first.json.status_url);
  expect(shown.json).toMatchObject({ status: 'processing', amount: '1500.00', mode: 'gsma', error: null });
  expect((await stand.call(tenant, 'GET', path)).json.withdrawals).toHaveLength(1);
  const bad = await send(tenant, 'POST', path, { amount: 'x', account: '' });
  expect(bad.json.errors.map(({ name }: { name: string }) => name)).toEqual(['amount', 'account']);
});

test('commands wait for the end of what is under way, name a person and a reason, and see no other tenant’s route', async () => {
  const { tenant, route } = await aWorld();
  const { status_url: path } = (await route(seed)).json;
  for (const command of ['retry', 'reversal']) {
    expect((await send(tenant, 'POST', `${path}/${command}`, { reason: 'x' })).json.type).toBe(
      'urn:tributary:problem:route-not-ready',
    );
    expect((await send(tenant, 'POST', `${path}/${command}`, {})).status).toBe(400);
    const body = { headers: { 'Content-Type': 'application/json' }, body: '{"reason":"x"}' };
    expect((await stand.call(tenant, 'POST', `${path}/${command}`, body)).status).toBe(401);
    const stranger = await stand.tenant();
    expect((await send(stranger, 'POST', `${path}/${command}`, { reason: 'x' })).status).toBe(404);
    expect((await stand.call(stranger, 'GET', path)).status).toBe(404);
  }
});
