import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aRow, formOf, header, openStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const settings = {
  institution_id: 'ministry-of-health',
  name: 'Nurses',
  payer: { type: 'accountnumber', id: '003001003874120160' },
  currencies: [{ currency: 'USD', payment_max: '500.00', batch_max: 900 }],
  effective_from: '2026-01-01',
  effective_until: null,
};
const named = { 'X-Registering-Institution-ID': 'ministry-of-health', 'X-Program-ID': 'nurses' };
const put = (tenant: string, id: string, body: unknown, headers = {}) =>
  stand.call(tenant, 'PUT', `/api/v1/programmes/${id}`, {
    headers: { 'X-User': 'ada', 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const close = (tenant: string, id: string) =>
  stand.call(tenant, 'POST', `/api/v1/programmes/${id}/close`, {
    headers: { 'X-User': 'ada', 'Content-Type': 'application/json' },
    body: JSON.stringify({ reason: 'the grant has ended' }),
  });
const post = (tenant: string, rows: readonly string[], headers: Record<string, string> = named, query = '') =>
  stand.call(tenant, 'POST', `/batchtransactions?type=csv${query}`, {
    headers: { 'X-CorrelationID': randomUUID(), ...headers },
    body: formOf(`${[header, ...rows].join('\n')}\n`),
  });
const unpaid = { payer_identifier_type: '', payer_identifier: '' };

async function aWorld(like = {}): Promise<string> {
  const tenant = await stand.tenant();
  const made = await put(tenant, 'nurses', { ...settings, ...like });
  expect(made.status, made.text).toBe(201);
  return tenant;
}

test('a programme is made once, read, listed, changed by whoever has seen it, and closed for ever', async () => {
  const tenant = await aWorld();
  const again = await put(tenant, 'nurses', settings);
  expect([again.status, again.json.version, again.headers.get('ETag')]).toEqual([200, 1, '"1"']);
  expect(again.json).toMatchObject({
    payer: { type: 'accountNumber' },
    currencies: [{ currency: 'USD', payment_max: '500.00', batch_max: '900.00', budget: null }],
    state: 'open',
  });
  const renamed = { ...settings, name: 'Nurses and midwives' };
  const blind = await put(tenant, 'nurses', renamed);
  expect([blind.status, blind.json.type, blind.json.version]).toEqual([
    412,
    'urn:tributary:problem:version-conflict',
    1,
  ]);
  const changed = await put(tenant, 'nurses', renamed, { 'If-Match': '"1"' });
  expect([changed.status, changed.json.version, changed.json.name]).toEqual([200, 2, renamed.name]);
  expect((await put(tenant, 'nurses', settings, { 'If-Match': '"1"' })).status).toBe(412);
  expect((await put(tenant, 'new', settings, { 'If-Match': '"1"' })).status).toBe(412);
  await put(tenant, 'teachers', { ...settings, institution_id: 'ministry-of-education' });
  const ids = async (query: string) =>
    (await stand.call(tenant, 'GET', `/api/v1/programmes${query}`)).json.programmes.map(({ id }: { id: string }) => id);
  expect(await ids('')).toEqual(['nurses', 'teachers']);
  expect(await ids('?institution_id=ministry-of-education')).toEqual(['teachers']);
  expect(await ids('?limit=1&cursor=nurses')).toEqual(['teachers']);
  const closed = await close(tenant, 'nurses');
  expect(closed.json).toMatchObject({
    state: 'closed',
    version: 3,
    closed: { by: 'ada', reason: 'the grant has ended' },
  });
  expect((await close(tenant, 'nurses')).json).toEqual(closed.json);
  expect(await ids('?state=open')).toEqual(['teachers']);
  expect((await put(tenant, 'nurses', settings, { 'If-Match': '"3"' })).json.detail).toContain('closed, for ever');
  const told = await stand.call(tenant, 'GET', '/api/v1/audit?object=programme');
  expect(told.json.entries.map(({ action }: { action: string }) => action)).toEqual([
    ...['programme.close', 'programme.set', 'programme.set', 'programme.set'],
  ]);
  expect(told.text).not.toContain('003001003874120160');
});

test('another tenant’s programme is as absent as none', async () => {
  await aWorld();
  const stranger = await stand.tenant();
  expect((await stand.call(stranger, 'GET', '/api/v1/programmes/nurses')).status).toBe(404);
  expect((await stand.call(stranger, 'GET', '/api/v1/programmes')).json.programmes).toEqual([]);
  expect((await close(stranger, 'nurses')).status).toBe(404);
  expect((await post(stranger, [aRow()])).json.type).toBe('urn:tributary:problem:programme-not-found');
});

test('what cannot be read is told by name', async () => {
  const tenant = await stand.tenant();
  const wrong = {
    ...settings,
    institution_id: '',
    payer: { type: 'purse', id: '' },
    currencies: [
      { currency: 'usd' },
      { currency: 'USD', payment_max: '2.00', batch_max: '1.00', colour: 'red' },
      { currency: 'JPY', payment_max: '1.5', budget: { period: 'week', amount: '0' } },
      { currency: 'JPY' },
    ],
    effective_from: '2026-02-30',
    effective_until: '1999-01-01',
  };
  const { status, json } = await put(tenant, '-x', wrong);
  expect([status, json.errors.map(({ name }: { name: string }) => name).sort()]).toEqual([
    400,
    [
      ...['currencies', 'currencies[0].currency', 'currencies[1].batch_max', 'currencies[1].colour'],
      ...['currencies[2].budget.amount', 'currencies[2].budget.period', 'currencies[2].payment_max'],
      ...['effective_from', 'id', 'institution_id', 'payer.id', 'payer.type'],
    ],
  ]);
  for (const currencies of [[], 'USD', undefined]) {
    expect((await put(tenant, 'x', { ...settings, currencies })).json.errors[0].name).toBe('currencies');
  }
  expect((await put(tenant, 'x', settings, { 'If-Match': 'abc' })).json.errors[0].name).toBe('If-Match');
  expect((await put(tenant, 'x', { ...settings, effective_until: '2025-12-31' })).status).toBe(400);
});

test('a batch keeps its programme; a programme that pays nothing today, and one that is not there, are refused at once', async () => {
  const tenant = await aWorld();
  const { json } = await post(tenant, [aRow(unpaid)]);
  const status = await stand.call(tenant, 'GET', `/api/v1/batchtransactions/${json.batch_id}`);
  expect(status.json.programme).toEqual({
    id: 'nurses',
    institution_id: 'ministry-of-health',
    name: 'Nurses',
    budget: [],
  });
  const listed = async (institution: string) => {
    const query = `/batches?limit=10&registeringInstitutionId=${institution}`;
    const { data } = (await stand.call(tenant, 'GET', query)).json;
    return data.map(({ registeringInstitutionId }: { registeringInstitutionId: string }) => registeringInstitutionId);
  };
  expect(await listed('ministry-of-health')).toEqual(['ministry-of-health']);
  expect(await listed('somebody-else')).toEqual([]);
  const refused = async (headers: Record<string, string>, query = '') => {
    const answer = await post(tenant, [aRow()], headers, query);
    return [answer.status, answer.json.type?.slice(22), answer.json.detail];
  };
  await put(tenant, 'later', { ...settings, effective_from: '2999-01-01' });
  await put(tenant, 'over', { ...settings, effective_until: '2026-01-02' });
  await put(tenant, 'closed', settings);
  await close(tenant, 'closed');
  for (const query of ['', '&dryRun=true']) {
    for (const [id, why] of [
      ['later', 'begins on 2999-01-01'],
      ['over', 'ended on 2026-01-02'],
      ['closed', 'was closed'],
    ] as const) {
      const [code, type, detail] = await refused({ ...named, 'X-Program-ID': id }, query);
      expect([code, type, detail]).toEqual([409, 'programme-not-paying', expect.stringContaining(why)]);
    }
    expect((await refused({ ...named, 'X-Registering-Institution-ID': 'other' }, query))[0]).toBe(404);
    expect((await refused({ ...named, 'X-Program-ID': 'nobody' }, query))[1]).toBe('programme-not-found');
    expect((await refused({ 'X-Program-ID': 'nurses' }, query))[2]).toContain('X-Registering-Institution-ID: say who');
    expect((await refused({ ...named, 'X-Program-ID': '../x' }, query))[2]).toContain('X-Program-ID: write 1 to 64');
  }
  const { 'X-Program-ID': _, ...institution } = named;
  const without = await post(tenant, [aRow()], institution);
  expect(without.status).toBe(202);
});

test('a dry run tells which rows the programme does not pay, and a batch above its maximum', async () => {
  const tenant = await aWorld();
  const rows = [
    aRow({ ...unpaid, id: '1', amount: '500.00' }),
    aRow({ id: '2', amount: '1' }),
    aRow({ id: '3', amount: '2', payer_identifier: '1' }),
    aRow({ ...unpaid, id: '4', amount: '2', currency: 'EUR' }),
    aRow({ ...unpaid, id: '5', amount: '500.01' }),
  ];
  const { json } = await post(tenant, rows, named, '&dryRun=true');
  expect(json).toMatchObject({ rows: 5, accepted: 2, refused: 3 });
  expect(json.rowErrors.map(({ row, code }: { row: number; code: string }) => [row, code])).toEqual([
    [3, 'payer_not_of_programme'],
    [4, 'currency_not_of_programme'],
    [5, 'amount_above_programme'],
  ]);
  expect(json.problem).toBeUndefined();
  const much = [aRow({ ...unpaid, id: '1', amount: '500' }), aRow({ ...unpaid, id: '2', amount: '400.01' })];
  expect((await post(tenant, much, named, '&dryRun=true')).json).toMatchObject({
    valid: false,
    problem: { title: 'The batch is above what its programme takes at once' },
  });
  const open = await post(tenant, [aRow(unpaid)], {}, '&dryRun=true');
  expect(open.json.rowErrors.map(({ code }: { code: string }) => code)).toEqual(['required', 'required']);
});

test('the same bytes for another programme are another batch, and no replay of a key', async () => {
  const tenant = await aWorld();
  await put(tenant, 'midwives', settings);
  const other = { ...named, 'X-Program-ID': 'midwives' };
  const key = { 'Idempotency-Key': randomUUID(), 'X-CorrelationID': randomUUID() };
  const first = await post(tenant, [aRow(unpaid)], { ...named, ...key });
  const again = await post(tenant, [aRow(unpaid)], { ...named, ...key });
  expect([again.json, again.headers.get('Idempotent-Replayed')]).toEqual([first.json, 'true']);
  expect((await post(tenant, [aRow(unpaid)], { ...other, ...key })).status).toBe(422);
  const { 'Idempotency-Key': _, ...correlation } = key;
  const second = await post(tenant, [aRow(unpaid)], { ...other, ...correlation });
  expect(second.json.batch_id).not.toBe(first.json.batch_id);
});

const adjust = (tenant: string, body: unknown, headers = {}) =>
  stand.call(tenant, 'POST', '/api/v1/programmes/nurses/adjustments', {
    headers: { 'X-User': 'olga', 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const budgeted = {
  currencies: [{ currency: 'USD', budget: { period: 'total', amount: '100.00' } }, { currency: 'JPY' }],
};

test('a budget is shown before it is used, is adjusted once by its key, and its entries say who and why', async () => {
  const tenant = await aWorld(budgeted);
  const budgets = async () => (await stand.call(tenant, 'GET', '/api/v1/programmes/nurses/budgets')).json.budgets;
  const whole = { currency: 'USD', period: 'total', current: true, held: '0.00', consumed: '0.00' };
  expect(await budgets()).toEqual([{ ...whole, issued: '100.00', available: '100.00' }]);
  const asked = { currency: 'USD', amount: 25.5, reason: 'second instalment', reference: 'TRF-1' };
  const key = { 'Idempotency-Key': randomUUID() };
  const first = await adjust(tenant, asked, key);
  expect([first.status, first.json]).toEqual([201, { ...whole, issued: '125.50', available: '125.50' }]);
  const again = await adjust(tenant, asked, key);
  expect([again.json, again.headers.get('Idempotent-Replayed')]).toEqual([first.json, 'true']);
  expect((await adjust(tenant, { ...asked, amount: '1.00' }, key)).status).toBe(422);
  const over = await adjust(tenant, { ...asked, amount: '125.51', direction: 'out' });
  expect([over.status, over.json.type]).toEqual([409, 'urn:tributary:problem:insufficient-funds']);
  expect((await adjust(tenant, { ...asked, amount: '0.50', direction: 'out' })).json.available).toBe('125.00');
  const { json } = await stand.call(tenant, 'GET', '/api/v1/programmes/nurses/entries?currency=USD&period=total');
  const [out, added, allotted] = json.entries;
  expect(out).toMatchObject({ kind: 'adjustment', amount: '-0.50' });
  expect(added).toMatchObject({ kind: 'adjustment', amount: '25.50', by: 'olga', reference: 'TRF-1', batch_id: null });
  expect(allotted).toMatchObject({ kind: 'allotment', amount: '100.00', by: null });
  const page = await stand.call(tenant, 'GET', '/api/v1/programmes/nurses/entries?limit=2');
  const rest = `/api/v1/programmes/nurses/entries?limit=2&cursor=${page.json.next_cursor}`;
  expect((await stand.call(tenant, 'GET', rest)).json).toEqual({ entries: [allotted], next_cursor: null });
  const smaller = [{ currency: 'USD', budget: { period: 'total', amount: '40.00' } }];
  const changed = await put(tenant, 'nurses', { ...settings, currencies: smaller }, { 'If-Match': '"1"' });
  expect(changed.status, changed.text).toBe(200);
  expect(await budgets()).toEqual([{ ...whole, issued: '65.00', available: '65.00' }]);
  const wallets = await stand.deps.c.wallets.find({ tenantId: tenant, kind: 'budget' }).toArray();
  for (const { _id } of wallets) expect((await stand.call(tenant, 'GET', `/api/v1/wallets/${_id}`)).status).toBe(404);
  await close(tenant, 'nurses');
  expect((await adjust(tenant, asked)).json.type).toBe('urn:tributary:problem:programme-not-paying');
});

test('what cannot be read of a budget is told by name', async () => {
  const tenant = await aWorld(budgeted);
  const told = async (body: unknown) => {
    const { status, json } = await adjust(tenant, body);
    return [status, json.errors.map(({ name }: { name: string }) => name).sort()];
  };
  expect(await told({ currency: 'JPY', amount: '1', reason: 'r' })).toEqual([400, ['currency']]);
  expect(await told({ currency: 'USD', amount: '1.001', direction: 'up', reference: '' })).toEqual([
    400,
    ['amount', 'direction', 'reason', 'reference'],
  ]);
  const entries = '/api/v1/programmes/nurses/entries';
  for (const query of ['?period=total', '?cursor=x', '?limit=0', '?batch_id=1', '?colour=red']) {
    expect((await stand.call(tenant, 'GET', entries + query)).status).toBe(400);
  }
  const stranger = await stand.tenant();
  for (const path of ['budgets', 'entries']) {
    expect((await stand.call(stranger, 'GET', `/api/v1/programmes/nurses/${path}`)).status).toBe(404);
  }
  expect((await adjust(stranger, { currency: 'USD', amount: '1', reason: 'r' })).status).toBe(404);
});

test('where budgets are on, nothing is taken that names no programme', async () => {
  const tenant = await stand.tenant({ switches: { 'budget.enable': true } });
  await put(tenant, 'nurses', { ...settings, ...budgeted });
  for (const query of ['', '&dryRun=true']) {
    const refused = await post(tenant, [aRow()], {}, query);
    expect([refused.status, refused.json.type]).toEqual([400, 'urn:tributary:problem:programme-required']);
  }
  expect((await post(tenant, [aRow()])).status).toBe(202);
  const transfer = {
    payer: { partyIdInfo: { partyIdType: 'MSISDN', partyIdentifier: '27710101999' } },
    payee: { partyIdInfo: { partyIdType: 'MSISDN', partyIdentifier: '27710102999' } },
    amount: { amount: '1.00', currency: 'USD' },
  };
  const single = await stand.call(tenant, 'POST', '/channel/transfer', {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(transfer),
  });
  expect([single.status, single.json.type]).toEqual([400, 'urn:tributary:problem:programme-required']);
});
