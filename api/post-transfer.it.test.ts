import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aFile, formOf, openStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const path = '/channel/transfer';
const asJson = { 'Content-Type': 'application/json' };
const mojaloop = { 'X-Payment-Scheme': 'mojaloop' };
const party = (partyIdType: string, partyIdentifier: string) => ({ partyIdInfo: { partyIdType, partyIdentifier } });
const good = {
  clientRefId: 'invoice-4711',
  payer: party('MSISDN', '27710101999'),
  payee: party('MSISDN', '27710102999'),
  amount: { amount: '230.00', currency: 'USD' },
  note: 'Invoice 4711',
};

function post(tenant: string, body: unknown, headers: Readonly<Record<string, string>> = mojaloop) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return stand.call(tenant, 'POST', path, { headers: { ...asJson, ...headers }, body: text });
}

async function made(tenant: string): Promise<number> {
  const { c } = stand.deps;
  const [transfers, payments] = await Promise.all([
    c.transfers.countDocuments({ tenantId: tenant }),
    c.payments.countDocuments({ tenantId: tenant }),
  ]);
  expect(payments).toBe(transfers);
  return transfers;
}

test('a payment is in the books with the start of its process, whose variables name no person and no amount', async () => {
  const tenant = await stand.tenant();
  const { status, json } = await post(tenant, good);
  expect(status).toBe(202);
  const [start] = await stand.deps.outbox.ofBatch(json.transactionId);
  expect(start).toMatchObject({
    _id: `start/${json.transactionId}`,
    entry: {
      kind: 'start',
      process: 'transfer-mojaloop',
      variables: { tenantId: tenant, batchId: json.transactionId },
    },
  });
  expect(JSON.stringify(start)).not.toMatch(/2771010|230/);
  const state = await stand.call(tenant, 'GET', `${path}/${json.transactionId}`);
  expect(state.json).toMatchObject({ status: 'IN_PROGRESS', transferState: 'RECEIVED', amount: '230.00', error: null });
});

test('what a client of Payment Hub EE also writes is taken: nulls, words in capitals, types in their spelling', async () => {
  const tenant = await stand.tenant();
  const body = {
    ...good,
    clientRefId: null,
    geoCode: null,
    expiration: null,
    extensionList: null,
    amountType: 'SEND',
    transactionType: { scenario: 'TRANSFER', initiator: 'PAYER', initiatorType: 'CONSUMER', subScenario: null },
    payer: { ...party('ACCOUNT_ID', '003001003874120160'), name: null, personalInfo: null },
    payee: {
      partyIdInfo: { partyIdType: 'msisdn', partyIdentifier: '27710102999', fspId: null, partySubIdOrType: null },
    },
  };
  const answer = await post(tenant, body, { ...mojaloop, 'X-PayeeDFSP-ID': 'bluebank', 'X-BatchID': 'b' });
  expect(answer.status, answer.text).toBe(202);
  const payment = await stand.deps.c.payments.findOne({ tenantId: tenant });
  expect(payment).toMatchObject({
    payer: { type: 'accountId', id: '003001003874120160' },
    payee: { type: 'msisdn', id: '27710102999', dfsp: 'bluebank' },
    minor: 23000n,
  });
});

const amount = (value: unknown, currency: unknown = 'USD') => ({ ...good, amount: { amount: value, currency } });
describe('a body that is wrong is refused, names the field and makes nothing', () => {
  test.each([
    ['no payer', { ...good, payer: undefined }, 'payer.partyIdInfo.partyIdType'],
    ['no payee', { ...good, payee: undefined }, 'payee.partyIdInfo.partyIdentifier'],
    ['a payer that is text', { ...good, payer: '27710101999' }, 'payer'],
    ['a type that is none', { ...good, payee: party('SHOE_SIZE', '44') }, 'payee.partyIdInfo.partyIdType'],
    [
      'an identifier that is a number',
      { ...good, payee: party('MSISDN', 27710102999 as never) },
      'payee.partyIdInfo.partyIdentifier',
    ],
    ['a phone number that is none', { ...good, payee: party('MSISDN', '+12a') }, 'payee.partyIdInfo.partyIdentifier'],
    [
      'an IBAN with wrong digits',
      { ...good, payer: party('IBAN', 'DE00500105175407324931') },
      'payer.partyIdInfo.partyIdentifier',
    ],
    ['no amount', { ...good, amount: undefined }, 'amount.amount'],
    ['an amount that is a number', amount(230), 'amount.amount'],
    ['an amount with a comma', amount('230,00'), 'amount.amount'],
    ['an amount of zero', amount('0.00'), 'amount.amount'],
    ['a negative amount', amount('-1'), 'amount.amount'],
    ['more digits than the currency has', amount('1.001'), 'amount.amount'],
    ['more than one payment may be', amount('100000000000000'), 'amount.amount'],
    ['no currency', amount('1', null), 'amount.currency'],
    ['a currency that is none', amount('1', 'DOLLARS'), 'amount.currency'],
    ['a note that is too long', { ...good, note: 'x'.repeat(1_001) }, 'note'],
    ['a reference that is too long', { ...good, clientRefId: 'x'.repeat(129) }, 'clientRefId'],
    ['an amount type that we do not do', { ...good, amountType: 'RECEIVE' }, 'amountType'],
    ['a scenario that we do not do', { ...good, transactionType: { scenario: 'REFUND' } }, 'transactionType.scenario'],
    ['an expiry, which we do not watch', { ...good, expiration: '2030-01-01' }, 'expiration'],
    ['a field that nobody knows', { ...good, amuont: '1' }, 'amuont'],
    ['a field within that nobody knows', { ...good, amount: { ...good.amount, amnt: '1' } }, 'amount.amnt'],
    ['custom data that is no list', { ...good, customData: { key: 'a' } }, 'customData'],
    ['custom data without a key', { ...good, customData: [{ value: 'a' }] }, 'customData[0].key'],
  ])('%s', async (_, body, name) => {
    const tenant = await stand.tenant();
    const { status, json } = await post(tenant, body);
    expect({ status, type: json.type }).toEqual({ status: 400, type: 'urn:tributary:problem:invalid-request' });
    expect(json.errors.map((error: { name: string }) => error.name)).toContain(name);
    expect(await made(tenant)).toBe(0);
  });

  test('all that is wrong is said at once, and no value is repeated', async () => {
    const { json } = await post(await stand.tenant(), {
      ...amount('12,5', 'usd'),
      payee: party('MSISDN', 'secret7788'),
    });
    expect(json.errors.map((error: { name: string }) => error.name).sort()).toEqual([
      'amount.amount',
      'amount.currency',
      'payee.partyIdInfo.partyIdentifier',
    ]);
    expect(JSON.stringify(json)).not.toMatch(/12,5|7788|payee_identifier/);
  });

  test.each([
    ['no JSON', '{"payer":', 'malformed-json'],
    ['a list', '[]', 'invalid-request'],
    ['nothing', '', 'malformed-json'],
    ['more than a payment needs', JSON.stringify({ note: 'x'.repeat(70_000) }), 'body-too-large'],
  ])('%s', async (_, body, code) => {
    const tenant = await stand.tenant();
    expect((await post(tenant, body)).json.type).toBe(`urn:tributary:problem:${code}`);
    expect(await made(tenant)).toBe(0);
  });

  test('a type of body, a query, a callback address and a second payee bank that are wrong', async () => {
    const tenant = await stand.tenant();
    expect((await post(tenant, good, { ...mojaloop, 'Content-Type': 'text/plain' })).status).toBe(415);
    expect((await stand.call(tenant, 'POST', `${path}?dryRun=true`, { headers: mojaloop, body: '{}' })).status).toBe(
      400,
    );
    const inside = await post(tenant, good, { ...mojaloop, 'X-CallbackURL': 'http://127.0.0.1:9/' });
    expect(inside.json.type).toBe('urn:tributary:problem:callback-address-refused');
    const payee = { partyIdInfo: { ...good.payee.partyIdInfo, fspId: 'greenbank' } };
    const two = await post(tenant, { ...good, payee }, { ...mojaloop, 'X-PayeeDFSP-ID': 'bluebank' });
    expect(two.json.errors).toMatchObject([{ name: 'X-PayeeDFSP-ID' }]);
    expect(await made(tenant)).toBe(0);
  });
});

describe('the rail of a payment', () => {
  test('is the one that it names, in any case', async () => {
    const tenant = await stand.tenant();
    const { json } = await post(tenant, good, { 'X-Payment-Scheme': 'GSMA' });
    expect((await stand.call(tenant, 'GET', `${path}/${json.transactionId}`)).json.paymentMode).toBe('gsma');
  });

  test('is the default of its tenant, which is set and read and taken away', async () => {
    const tenant = await stand.tenant();
    const defaults = `/api/v1/tenants/${tenant}/transfers`;
    const put = (payment_mode: unknown) =>
      stand.call(tenant, 'PUT', defaults, { headers: asJson, body: JSON.stringify({ payment_mode }) });
    expect((await stand.call(tenant, 'GET', defaults)).json).toEqual({ payment_mode: null });
    expect((await put('GSMA')).json).toEqual({ payment_mode: 'gsma' });
    expect((await post(tenant, good, {})).status).toBe(202);
    expect(await stand.deps.c.payments.findOne({ tenantId: tenant })).toMatchObject({ rail: 'gsma' });
    for (const wrong of ['slcb', 'carrier-pigeon', 7]) expect((await put(wrong)).status).toBe(400);
    expect((await stand.call(tenant, 'GET', defaults)).json).toEqual({ payment_mode: 'gsma' });
    await put(null);
    expect((await post(tenant, good, {})).status).toBe(400);
  });

  test('is the only one that takes both identifiers, where neither says', async () => {
    const tenant = await stand.tenant();
    const { status } = await post(tenant, { ...good, payee: party('MOSIP', '5556667778') }, {});
    expect(status).toBe(202);
    expect(await stand.deps.c.payments.findOne({ tenantId: tenant })).toMatchObject({ rail: 'mojaloop' });
  });

  test.each([
    ['several could carry it', good, {}, /several.*mojaloop, gsma/],
    ['none could carry it', { ...good, payee: party('PASSPORT', 'X1') }, {}, /no rail/],
    ['it is not known', good, { 'X-Payment-Scheme': 'carrier-pigeon' }, /mojaloop, gsma/],
    ['it takes files only', good, { 'X-Payment-Scheme': 'slcb' }, /files only.*batchtransactions/],
  ])('is asked for where %s', async (_, body, headers, said) => {
    const tenant = await stand.tenant();
    const { status, json } = await post(tenant, body, headers);
    expect(status).toBe(400);
    expect(json.errors).toMatchObject([{ name: 'X-Payment-Scheme', message: expect.stringMatching(said) }]);
    expect(await made(tenant)).toBe(0);
  });

  test('refuses identifiers that it cannot carry', async () => {
    const { json } = await post(await stand.tenant(), { ...good, payee: party('PASSPORT', 'X1') });
    expect(json.errors).toMatchObject([{ name: 'payee.partyIdInfo.partyIdType' }]);
  });
});

describe('the same request', () => {
  test('is known by what it asks for, not by how it is written', async () => {
    const tenant = await stand.tenant();
    const headers = { ...mojaloop, 'Idempotency-Key': 'one' };
    const { note, ...rest } = good;
    const [first, second] = [
      await post(tenant, good, headers),
      await post(tenant, { note, ...rest, amount: { currency: 'USD', amount: '230' } }, headers),
    ];
    expect(second.json).toEqual(first.json);
    expect(await made(tenant)).toBe(1);
  });

  test('is found by its correlation id where the key is left out the second time', async () => {
    const tenant = await stand.tenant();
    const correlated = { ...mojaloop, 'X-CorrelationID': 'c-1' };
    const first = await post(tenant, good, { ...correlated, 'Idempotency-Key': 'one' });
    expect((await post(tenant, good, correlated)).json).toEqual(first.json);
    expect((await post(tenant, amount('231'), correlated)).status).toBe(422);
    expect((await post(tenant, good, { ...correlated, 'Idempotency-Key': 'two' })).json).not.toEqual(first.json);
    expect(await made(tenant)).toBe(2);
  });

  test('of another tenant is another payment, and a key that a file has used is taken', async () => {
    const [one, other] = [await stand.tenant(), await stand.tenant()];
    const headers = { ...mojaloop, 'Idempotency-Key': 'shared' };
    const [first, second] = [await post(one, good, headers), await post(other, good, headers)];
    expect(second.json).not.toEqual(first.json);
    const file = await stand.call(one, 'POST', '/batchtransactions?type=csv', {
      headers: { 'Idempotency-Key': 'shared' },
      body: formOf(aFile(1)),
    });
    expect(file.json.type).toBe('urn:tributary:problem:idempotency-key-reused');
  });
});

test('a tenant whose payments need a second person pays nobody alone', async () => {
  const tenant = await stand.tenant({ switches: { 'approval.enable': true } });
  const { status, json } = await post(tenant, good);
  expect({ status, type: json.type }).toEqual({ status: 403, type: 'urn:tributary:problem:approval-required' });
  expect(await made(tenant)).toBe(0);
});
