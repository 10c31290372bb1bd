/** The account mapper as its callers see it: many people at once, once each, by whoever names them. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBeneficiaries } from '../../store/beneficiaries.ts';
import type { OutboxDoc } from '../../store/documents.ts';
import { createEraser } from '../../store/erase.ts';
import { createMapper } from '../../store/mapper.ts';
import { webhookBody } from '../../store/sealed-webhook.ts';
import { aRow, formOf, header, openStand, type Stand } from '../stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const path = '/api/v1/beneficiaries';
const welfare = { 'X-Registering-Institution-ID': 'welfare' };
const send = (tenant: string, method: string, to: string, body?: unknown, headers = {}) =>
  stand.call(tenant, method, to, {
    headers: { ...welfare, 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
const phone = (end: number) => `2327${String(end).padStart(7, '0')}`;
const aPerson = (identity: string, end = 1, over = {}) => ({
  payee_identity: identity,
  payment_mode: 'gsma',
  identifier_type: 'msisdn',
  identifier: phone(end),
  ...over,
});
const register = (tenant: string, people: unknown[], headers = {}) =>
  send(tenant, 'POST', path, { beneficiaries: people }, headers);
const update = (tenant: string, people: unknown[], headers = {}) =>
  send(tenant, 'PUT', path, { beneficiaries: people }, headers);
const accountOf = async (tenant: string, identity: string, headers = {}) =>
  (await send(tenant, 'GET', `${path}/${encodeURIComponent(identity)}`, undefined, headers)).json?.account?.identifier;

test('people are registered once, changed, listed and forgotten, by their own institution and tenant only', async () => {
  const [tenant, stranger] = [await stand.tenant(), await stand.tenant()];
  expect((await register(tenant, [aPerson('P 1/ä'), aPerson('P-2')])).json).toEqual({
    done: 2,
    failed: 0,
    failures: [],
  });
  expect((await register(tenant, [aPerson('P-2', 9), aPerson('P-3')])).json).toMatchObject({
    done: 1,
    failures: [{ n: 1, payee_identity: 'P-2', reason: expect.stringContaining('already') }],
  });
  expect((await update(tenant, [aPerson('P 1/ä', 5), aPerson('P-9')])).json).toMatchObject({
    done: 1,
    failures: [{ n: 2, payee_identity: 'P-9', reason: expect.stringContaining('not registered') }],
  });
  expect(await accountOf(tenant, 'P 1/ä')).toBe(phone(5));
  expect(await accountOf(tenant, 'P-2')).toBe(phone(1));
  expect(await accountOf(tenant, 'P-2', { 'X-Registering-Institution-ID': 'army' })).toBeUndefined();
  expect(await accountOf(stranger, 'P-2')).toBeUndefined();
  const first = (await send(tenant, 'GET', `${path}?limit=2`)).json;
  const second = (await send(tenant, 'GET', `${path}?limit=2&cursor=${first.next_cursor}`)).json;
  const all = [...first.beneficiaries, ...second.beneficiaries].map((each) => each.payee_identity);
  expect([all.sort(), second.next_cursor]).toEqual([['P 1/ä', 'P-2', 'P-3'], null]);
  expect((await send(stranger, 'GET', path)).json.beneficiaries).toEqual([]);
  expect((await send(stranger, 'DELETE', `${path}/P-2`)).status).toBe(404);
  expect((await send(tenant, 'DELETE', `${path}/P-2`)).status).toBe(204);
  expect((await send(tenant, 'DELETE', `${path}/P-2`)).status).toBe(404);
  await send(tenant, 'GET', path, undefined, { 'X-User': 'olga' });
  const audit = (await stand.call(tenant, 'GET', '/api/v1/audit', { headers: { 'X-User': 'ada' } })).text;
  for (const action of ['beneficiaries.register', 'beneficiaries.update', 'beneficiaries.see', 'beneficiary.remove'])
    expect(audit).toContain(action);
  expect(audit).not.toMatch(new RegExp(`P-2|${phone(1)}`));
});

test('what is wrong with one of many is told by its place and field, and the others are done', async () => {
  const tenant = await stand.tenant();
  const bad = [
    aPerson('P-1', 1, { payment_mode: 'pigeon' }),
    aPerson('P-2', 1, { identifier: '12' }),
    aPerson('P-3', 1, { identifier_type: 'shoe size' }),
    aPerson('', 1),
    aPerson('P\u0007', 1),
    'nobody',
    aPerson('P-4'),
    aPerson('P-4', 2),
    { payee_identity: 'P-5' },
    { payee_identity: 'P-6', identifier: phone(6) },
  ];
  const { json, text } = await register(tenant, bad);
  expect(json).toMatchObject({ done: 2, failed: 8 });
  expect(json.failures.map(({ n, reason }: { n: number; reason: string }) => [n, reason.split(/[ :]/)[0]])).toEqual([
    [1, 'payment_mode'],
    [2, 'identifier'],
    [3, 'identifier_type'],
    [4, 'payee_identity'],
    [5, 'payee_identity'],
    [6, 'payee_identity'],
    [8, 'payee_identity'],
    [10, 'payment_mode'],
  ]);
  expect(text).not.toContain(phone(1));
  expect((await send(tenant, 'GET', `${path}/P-5`)).json).toMatchObject({ payee_identity: 'P-5', account: null });
  const problem = async (body: string, headers = {}) => (await send(tenant, 'POST', path, body, headers)).json.type;
  expect(await problem('[]')).toMatch(/invalid-request$/);
  expect(await problem('{}')).toMatch(/invalid-request$/);
  expect(await problem('{"beneficiaries": []}')).toMatch(/invalid-request$/);
  expect(await problem('{"beneficiaries": {"a": {}}}')).toMatch(/invalid-request$/);
  expect(await problem('{"beneficiaries": [{"payee_identity": "P')).toMatch(/malformed-json$/);
  expect(await problem(`{"beneficiaries": [{"payee_identity": "${'x'.repeat(200_000)}"}]}`)).toMatch(/body-too-large$/);
  expect(await problem('x', { 'Content-Type': 'text/csv' })).toMatch(/unsupported-media-type$/);
  expect(await problem('{"beneficiaries": [{}]}', { 'X-Registering-Institution-ID': 'x'.repeat(200) })).toMatch(
    /invalid-request$/,
  );
  expect((await send(tenant, 'GET', `${path}?cursor=../x`)).status).toBe(400);
});

test('a request that comes again answers as before and changes nothing, whatever came between', async () => {
  const tenant = await stand.tenant();
  await register(tenant, [aPerson('P-1')]);
  const key = { 'Idempotency-Key': randomUUID() };
  const moved = [aPerson('P-1', 2), aPerson('P-9')];
  const first = await update(tenant, moved, key);
  await update(tenant, [aPerson('P-1', 3)]);
  const again = await update(tenant, moved, key);
  expect([again.json, again.headers.get('Idempotent-Replayed')]).toEqual([first.json, 'true']);
  expect(await accountOf(tenant, 'P-1')).toBe(phone(3));
  expect((await update(tenant, [aPerson('P-1', 4)], key)).status).toBe(422);
  expect((await register(tenant, moved, key)).status, 'the key of an update').toBe(422);
  // The same at once: each is told the same, and one audit entry tells of it.
  const twice = { 'Idempotency-Key': randomUUID() };
  const both = await Promise.all([1, 2, 3].map(() => register(tenant, [aPerson('P-7'), aPerson('P-1')], twice)));
  expect(both.map(({ json }) => json.done)).toEqual([1, 1, 1]);
  const told = await stand.deps.c.auditEntries.countDocuments({
    tenantId: tenant,
    'after.request': `api/${twice['Idempotency-Key']}`,
  });
  expect(told).toBe(1);
});

test('a request that broke off goes on where it was when it comes again', async () => {
  const tenant = await stand.tenant();
  const { mongo, c, beneficiaries, outbox, now } = stand.deps;
  await register(tenant, [aPerson('P-1500')]);
  const entries = Array.from({ length: 2_500 }, (_, i) => ({
    n: i + 1,
    identity: `P-${i}`,
    account: { mode: 'gsma', type: 'msisdn', id: phone(i) },
  }));
  const ask = {
    registrar: { tenantId: tenant, institution: 'welfare' },
    command: 'register' as const,
    requestId: 'r-1',
    fingerprint: 'f',
    by: { kind: 'machine' as const, subject: 'a test', roles: [] },
    asked: entries.length,
    parts: [entries.slice(0, 1_000), entries.slice(1_000, 2_000), entries.slice(2_000)],
    failed: 0,
    failures: [],
  };
  let parts = 0;
  const apply: typeof beneficiaries.apply = async (...given) => {
    if (++parts > 2) throw new Error('the database went away');
    return beneficiaries.apply(...given);
  };
  const broken = createMapper(mongo, c, { beneficiaries: { ...beneficiaries, apply }, outbox, now });
  await expect(broken.run(ask)).rejects.toThrow('went away');
  const { mapper } = stand.deps;
  const done = await mapper.run(ask);
  expect(done).toMatchObject({ kind: 'done', result: { asked: 2_500, failed: 1, failures: [{ n: 1_501 }] } });
  expect(await mapper.run(ask)).toMatchObject({ kind: 'replayed', result: { failed: 1 } });
  expect(await mapper.run({ ...ask, fingerprint: 'g' })).toEqual({ kind: 'reused' });
});

test('of two requests the later has the last word on a person, however long the earlier takes', async () => {
  const tenant = await stand.tenant();
  const { beneficiaries } = stand.deps;
  const registrar = { tenantId: tenant, institution: 'welfare' };
  const account = (end: number) => ({ mode: 'gsma', type: 'msisdn', id: phone(end) });
  const people = Array.from({ length: 50 }, (_, i) => `P-${i}`);
  await beneficiaries.apply(
    'register',
    registrar,
    '01',
    people.map((identity) => ({ identity, account: account(0) })),
  );
  const orders = ['05', '02', '04', '03'];
  const told = await Promise.all(
    orders.map((order) =>
      beneficiaries.apply(
        'update',
        registrar,
        order,
        people.map((identity) => ({ identity, account: account(Number(order)) })),
      ),
    ),
  );
  expect(told[0]!.size).toBe(0);
  const known = await beneficiaries.known(registrar, people);
  expect(new Set([...known.values()].map((each) => each.account?.id))).toEqual(new Set([phone(5)]));
  // One that broke off and goes on is not told that others were later of what it did itself.
  expect((await beneficiaries.apply('update', registrar, '05', [{ identity: 'P-1', account: account(5) }])).size).toBe(
    0,
  );
  const late = await beneficiaries.apply('update', registrar, '04', [{ identity: 'P-1', account: account(4) }]);
  expect([...late.values()]).toEqual([expect.stringContaining('later request')]);
});

test('a batch is told of a person once: changes, removals and new registrations do not reach it', async () => {
  const tenant = await stand.tenant();
  await register(tenant, [aPerson('P-1'), aPerson('P-2')]);
  const registrar = { tenantId: tenant, institution: 'welfare' };
  const [batch, next] = [randomUUID(), randomUUID()];
  const told = async (id: string) => {
    const known = await stand.deps.beneficiaries.knownTo(id, registrar, ['P-1', 'P-2', 'P-3']);
    return ['P-1', 'P-2', 'P-3'].map((identity) => known.get(identity)?.account?.id);
  };
  expect(await told(batch)).toEqual([phone(1), phone(1), undefined]);
  await update(tenant, [aPerson('P-1', 2)]);
  await send(tenant, 'DELETE', `${path}/P-2`);
  await register(tenant, [aPerson('P-3', 3)]);
  expect(await told(batch)).toEqual([phone(1), phone(1), undefined]);
  expect(await told(next)).toEqual([phone(2), undefined, phone(3)]);
});

test('a hundred thousand are registered in one request, and of those that fail the first are told', {
  timeout: 120_000,
}, async () => {
  const tenant = await stand.tenant();
  const bodyOf = (total: number) =>
    `{"beneficiaries":[${Array.from({ length: total }, (_, i) => JSON.stringify(aPerson(`P-${i}`, i))).join(',')}]}`;
  expect((await send(tenant, 'POST', path, bodyOf(100_000))).json).toEqual({ done: 100_000, failed: 0, failures: [] });
  expect(await accountOf(tenant, 'P-99999')).toBe(phone(99_999));
  const again = await send(tenant, 'POST', path, bodyOf(10_500));
  expect(again.json).toMatchObject({ done: 0, failed: 10_500 });
  expect(again.json.failures).toHaveLength(10_000);
  const many = {
    requestID: 'r',
    beneficiaries: Array.from({ length: 10_001 }, (_, i) => ({ payeeIdentity: `P-${i}` })),
  };
  const refused = await send(tenant, 'POST', '/accountLookup', many, { 'X-CallbackURL': 'https://example.com/told' });
  expect(refused.json.detail).toContain('1 to 10000');
});

test('nothing in the database says in the open who is paid where, and what nobody uses is erased', async () => {
  const tenant = await stand.tenant({ personalDataKeep: '30d' });
  await register(tenant, [aPerson('SECRET-1', 42), aPerson('SECRET-2', 42)]);
  const { c, mongo, objects } = stand.deps;
  for (const name of ['beneficiaries', 'mapper_requests', 'mapper_results', 'outbox', 'audit_entries']) {
    const raw = await mongo.collection(name).find({ tenantId: tenant }).toArray();
    expect(JSON.stringify(raw, (_, each) => (typeof each === 'bigint' ? String(each) : each))).not.toMatch(
      new RegExp(`SECRET|${phone(42)}`),
    );
  }
  const day = 86_400_000;
  const later = () => new Date(Date.now() + 20 * day);
  // Named by a batch twenty days from now.
  await createBeneficiaries(c, later).knownTo(randomUUID(), { tenantId: tenant, institution: 'welfare' }, ['SECRET-1']);
  const failures: unknown[] = [];
  const eraser = createEraser(mongo, c, objects, {
    keepMs: 10_000 * day,
    now: () => new Date(Date.now() + 40 * day),
    onFailure: (about) => about.tenantId === tenant && failures.push(about),
  });
  await eraser.sweep();
  expect(failures).toEqual([]);
  expect(await accountOf(tenant, 'SECRET-1')).toBe(phone(42));
  expect(await accountOf(tenant, 'SECRET-2')).toBeUndefined();
});

test('a file is checked with the accounts of the institution that it names', async () => {
  const tenant = await stand.tenant();
  await register(tenant, [aPerson('P-1')]);
  const named = (id: string, payee: string, type = 'beneficiaryId') =>
    aRow({ id, payment_mode: '', payee_identifier_type: type, payee_identifier: payee });
  const file = `${[header, named('1', 'P-1'), named('2', 'P-2'), named('3', 'P-1', '')].join('\n')}\n`;
  const dry = (headers: Record<string, string>) =>
    stand.call(tenant, 'POST', '/batchtransactions?type=csv&dryRun=true', { headers, body: formOf(file) });
  const { json } = await dry(welfare);
  expect(json).toMatchObject({ accepted: 2, refused: 1, rowErrors: [{ row: 2, code: 'beneficiary_unknown' }] });
  expect((await dry({})).json).toMatchObject({ accepted: 0, refused: 3 });
});

test('the calls of Payment Hub EE’s mapper are done, and told sealed', async () => {
  const tenant = await stand.tenant({ allowPrivateAddresses: true });
  const url = 'http://127.0.0.1:9/told';
  const callback = { 'X-CallbackURL': url };
  const person = {
    payeeIdentity: '3001',
    paymentModality: '01',
    financialAddress: phone(1),
    bankingInstitutionCode: 'Orange',
  };
  const ask = (
    method: string,
    to: string,
    beneficiaries: unknown[],
    over: { requestID?: string; sourceBBID?: string } = {},
    headers = {},
  ) =>
    send(
      tenant,
      method,
      to,
      { requestID: randomUUID(), sourceBBID: 'welfare', beneficiaries, ...over },
      { ...callback, ...headers },
    );
  const told = async (event: string) => {
    const filter = { tenantId: tenant, 'entry.event': event } as object;
    const [doc] = await stand.deps.c.outbox.find(filter).sort({ createdAt: -1 }).limit(1).toArray();
    expect(doc!.entry).toMatchObject({ method: 'PUT', url, body: '' });
    return JSON.parse(await webhookBody(stand.deps.c, doc as OutboxDoc & { entry: { kind: 'webhook' } } as never));
  };
  // Nobody has said yet how a phone number is paid.
  await ask('POST', '/beneficiary', [person]);
  expect(await told('beneficiaries.register')).toMatchObject({
    failedCases: [{ failureReason: expect.stringContaining('/mapper') }],
  });
  const modes = { orange: 'gsma', ACCOUNT_ID: 'slcb', VIRTUAL_ADDRESS: 'slcb' };
  const settings = await send(tenant, 'PUT', `/api/v1/tenants/${tenant}/mapper`, { modes });
  expect(settings.json).toEqual({ modes: { ORANGE: 'gsma', accountNumber: 'slcb', alias: 'slcb' } });
  expect(
    (await send(tenant, 'PUT', `/api/v1/tenants/${tenant}/mapper`, { modes: { msisdn: 'pigeon', 'a.b': 'gsma' } })).json
      .errors,
  ).toHaveLength(2);
  const requestID = randomUUID();
  const people = [
    person,
    { payeeIdentity: '3002', paymentModality: '04' },
    { payeeIdentity: '3003', paymentModality: 'ACCOUNT_ID', financialAddress: '' },
    { payeeIdentity: '3004' },
  ];
  const answer = await ask('POST', '/beneficiary', people, { requestID });
  expect(answer).toMatchObject({ status: 202, json: { responseCode: '00', requestID } });
  expect(await told('beneficiaries.register')).toMatchObject({
    registerRequestID: requestID,
    numberFailedCases: 2,
    failedCases: [
      { payeeIdentity: '3002', paymentModality: '04', failureReason: expect.stringMatching(/^paymentModality/) },
      {
        payeeIdentity: '3003',
        paymentModality: 'ACCOUNT_ID',
        failureReason: expect.stringMatching(/^financialAddress/),
      },
    ],
  });
  await ask('POST', '/paymentModality', [person, { ...person, payeeIdentity: '3004', financialAddress: phone(4) }]);
  expect(await told('beneficiaries.add-account')).toMatchObject({
    numberFailedCases: 1,
    failedCases: [{ payeeIdentity: '3001' }],
  });
  await ask('PUT', '/paymentModality', [{ ...person, financialAddress: phone(7) }]);
  expect(await told('beneficiaries.update')).toMatchObject({ numberFailedCases: 0, failedCases: [] });
  await ask(
    'POST',
    '/accountLookup',
    ['3001', '3004', '3009'].map((payeeIdentity) => ({ payeeIdentity })),
  );
  expect(await told('accounts.looked-up')).toMatchObject({
    registeringInstitutionId: 'welfare',
    beneficiaryDTOList: [
      { ...person, financialAddress: phone(7) },
      { ...person, payeeIdentity: '3004', financialAddress: phone(4) },
    ],
  });
  const one = (query: string, headers = {}) =>
    send(tenant, 'GET', `/beneficiary?${query}`, undefined, { ...callback, ...headers });
  expect((await one('payeeIdentity=3001&requestId=r-9&paymentModality=01')).status).toBe(202);
  expect(await told('account.looked-up')).toEqual({
    requestId: 'r-9',
    payeeIdentity: '3001',
    paymentModalityList: [{ paymentModality: '01', financialAddress: phone(7), bankingInstitutionCode: 'Orange' }],
    isValidated: true,
  });
  const { json: audit } = await stand.call(tenant, 'GET', '/api/v1/audit?action=beneficiaries.look-up', {
    headers: { 'X-User': 'ada' },
  });
  const seen = audit.entries.map(({ after }: { after: unknown }) => after);
  expect(seen).toEqual([
    { institution: 'welfare', asked: 1, found: 1, to: url },
    { institution: 'welfare', asked: 3, found: 2, to: url },
  ]);
  const list = (await send(tenant, 'GET', '/beneficiaries?page=1&pageSize=1')).json;
  expect(list).toMatchObject({ totalElements: 2, totalPages: 2, number: 1, last: true, numberOfElements: 1 });
  const shownPerson = (await send(tenant, 'GET', '/beneficiaries/3001')).json;
  expect(shownPerson).toEqual({ registeringInstitutionId: 'welfare', ...person, financialAddress: phone(7) });
  expect((await send(tenant, 'GET', '/beneficiaries/3009')).status).toBe(404);
  // Bad requests are refused at once.
  expect((await one('payeeIdentity=3001')).json.detail).toContain('requestId');
  expect((await one('payeeIdentity=3001&requestId=1', { 'X-CallbackURL': 'ftp://x' })).json.type).toMatch(
    /callback-address-refused$/,
  );
  expect((await ask('POST', '/accountLookup', [person], { sourceBBID: 'army' })).json.detail).toContain('sourceBBID');
  expect((await ask('POST', '/beneficiary', [person], { requestID: '' })).json.detail).toContain('requestID');
  const closed = await stand.tenant();
  const inside = { requestID: 'r', beneficiaries: [person] };
  expect((await send(closed, 'POST', '/beneficiary', inside, callback)).json.type).toMatch(/callback-address-refused$/);
  expect((await send(tenant, 'POST', '/accountLookup', inside)).json.detail).toContain('X-CallbackURL');
  // Deliveries are listed, and say nothing of accounts.
  const deliveries = await stand.call(tenant, 'GET', '/api/v1/webhook-deliveries', { headers: { 'X-User': 'olga' } });
  const { id } = deliveries.json.webhook_deliveries[0];
  const shown = await stand.call(tenant, 'GET', `/api/v1/webhook-deliveries/${id}`, { headers: { 'X-User': 'olga' } });
  expect(shown.json.body).toBeNull();
});
