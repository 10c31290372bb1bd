import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { gsmaTransactionOf } from '../../domain/gsma-format.ts';
import { uuidOf } from '../../domain/ids.ts';
import { parseMoney } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';
import { createRailHttp } from '../../platform/http.ts';
import { silentLog } from '../../platform/log.ts';
import { checkedHttp, openSpec } from '../../test/specs/check-openapi.ts';
import { describeRail } from '../conformance.ts';
import type { Call, Exchange, Rail } from '../rail.ts';
import type { LedgerEntry, Simulator } from '../simulator.ts';
import { linkOf } from './answers.ts';
import { classesByCategory, classesByCode } from './codes.ts';
import { classOf, readError } from './mapping.ts';
import { gsma } from './rail.ts';
import { transactionFor } from './single.ts';

describeRail(gsma, { looksUp: true, partyType: 'msisdn' });

const spec = openSpec('gsma-mobile-money-1.2.yaml');
const shared = gsma.localConfig!();

let dir: string;
let simulator: Simulator;
let rail: Rail;
let callbackUrl: string;
let heard: ReturnType<typeof checkedHttp>['heard'];
let told: Exchange[];
const closers: (() => Promise<unknown>)[] = [];

function open(url: string, config: Record<string, string> = shared): Rail {
  const http = checkedHttp(createRailHttp({ baseUrl: url, name: 'gsma', limits: gsma.limits, log: silentLog }), spec);
  heard = http.heard;
  const opened = gsma.open({
    http,
    config: { url, ...config },
    callbackUrlOf: () => callbackUrl,
    now: () => new Date(),
    log: silentLog,
  });
  closers.push(opened.close);
  return opened;
}

async function simulate(config: Record<string, string> = {}): Promise<Simulator> {
  const started = await gsma.simulate({ port: 0, dir, config: { ...shared, callback_ms: '20', ...config } });
  closers.push(started.close);
  return started;
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gsma-'));
  told = [];
  callbackUrl = 'http://127.0.0.1:9/nobody';
  simulator = await simulate();
  rail = open(simulator.url);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await rm(dir, { recursive: true });
});

let made = 0;
function aPayment(more: Partial<Payment> & { amountText?: string; to?: string } = {}): Payment {
  const { amountText = '850', to = '8837461856', ...rest } = more;
  made += 1;
  return {
    tenantId: 'ibank-usa',
    batchId: uuidOf('batch'),
    row: made,
    endToEndId: uuidOf(`payment ${made}`),
    rail: 'gsma',
    payer: { type: 'accountNumber', id: '003001003874120160' },
    payee: { type: 'msisdn', id: to },
    amount: parseMoney(amountText, 'USD'),
    note: 'Test Payee Payment',
    clientId: '8',
    requestId: 'f1e22fe3',
    extra: {},
    ...rest,
  };
}

const call = (): Call => ({ signal: AbortSignal.timeout(5_000), tell: (exchange) => told.push(exchange) });
const send = (payment: Payment) => rail.send!(payment, call());
const ask = (payment: Payment, asked = rail) => asked.query(payment, { at: new Date() }, call());
const comesTo = (payment: Payment, answer: object) =>
  vi.waitFor(async () => expect(await ask(payment)).toMatchObject(answer), { timeout: 3_000 });

async function ledger(): Promise<LedgerEntry[]> {
  const lines = await (await fetch(`${simulator.url}/_ledger`)).text();
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LedgerEntry);
}

type Received = { method?: string; url?: string; headers: IncomingHttpHeaders; body: unknown };

/** A server that answers each request with what `say` makes of it, and keeps what it heard. */
async function aServer(say: (request: Received) => { status: number; body?: unknown }) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const { method, url, headers } = request;
      received.push({ method, url, headers, body: text ? JSON.parse(text) : undefined });
      const { status, body } = say(received.at(-1)!);
      response.writeHead(status).end(body === undefined ? '' : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

describe('a payment', () => {
  test('is accepted at once and completed a moment later, each word as the specification says', async () => {
    const payment = aPayment({ amountText: '850.50' });
    expect(await send(payment)).toMatchObject({ kind: 'accepted', reference: expect.any(String) });
    await comesTo(payment, { kind: 'completed', reference: expect.stringMatching(/^MM/) });
    expect(await ledger()).toMatchObject([{ id: payment.endToEndId, executed: 1, amount: '850.50', currency: 'USD' }]);
    expect(heard).toEqual([]);
  });

  test('carries our id as correlation id and reference, and where to call back', async () => {
    const { url, received } = await aServer(() => ({ status: 500 }));
    const payment = aPayment({ payee: { type: 'msisdn', id: '8837461856', dfspId: 'wallet-7' } });
    expect(await open(url).send!(payment, call())).toMatchObject({ kind: 'unknown' });
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      method: 'POST',
      url: '/transactions/type/disbursement',
      headers: {
        'x-correlationid': payment.endToEndId,
        'x-callback-url': callbackUrl,
        'x-account-holding-institution-identifier': 'wallet-7',
      },
      body: {
        amount: '850.00',
        requestingOrganisationTransactionReference: payment.endToEndId,
        debitParty: [{ key: 'accountid', value: '003001003874120160' }],
        creditParty: [{ key: 'msisdn', value: '8837461856' }],
      },
    });
  });

  test('sent twice is a duplicate that is asked about, and is paid once', async () => {
    const payment = aPayment();
    await send(payment);
    expect(await send(payment)).toMatchObject({ kind: expect.stringMatching(/accepted|completed/) });
    await comesTo(payment, { kind: 'completed' });
    expect(await send(payment)).toMatchObject({ kind: 'completed' });
    expect(await ledger()).toMatchObject([{ executed: 1 }]);
  });

  test('that the payee refuses is taken first and told as failed when asked about', async () => {
    const payment = aPayment({ to: '8837460422' });
    expect(await send(payment)).toMatchObject({ kind: 'accepted' });
    await comesTo(payment, { kind: 'rejected', code: 422, railCode: 'businessRule/maxBalanceExceeded' });
    expect(await ledger()).toMatchObject([{ executed: 0, state: 'rejected' }]);
  });

  test('to an unknown payee, or above the limit, is refused at once', async () => {
    expect(await send(aPayment({ to: '8837460404' }))).toMatchObject({ kind: 'rejected', code: 404 });
    expect(await send(aPayment({ amountText: '7.13' }))).toMatchObject({
      kind: 'rejected',
      code: 422,
      railCode: 'businessRule/greaterThanTransactionMaxValue',
    });
    expect(heard).toEqual([]);
  });

  test('of a payer without funds blocks the payer until funded', async () => {
    const payment = aPayment({ payer: { type: 'accountNumber', id: '003001003870402' } });
    expect(await send(payment)).toMatchObject({ kind: 'payerBlocked', railCode: 'businessRule/insufficientFunds' });
    await fetch(`${simulator.url}/_control`, { method: 'POST', body: JSON.stringify({ fund: payment.payer.id }) });
    expect(await send(payment)).toMatchObject({ kind: 'accepted' });
  });

  test('asked for with a wrong key blocks the payer', async () => {
    const stranger = open(simulator.url, { api_key: 'wrong' });
    expect(await stranger.send!(aPayment(), call())).toMatchObject({ kind: 'payerBlocked' });
    expect(await ledger()).toEqual([]);
  });

  test('that stays pending is pending whenever it is asked about', async () => {
    const payment = aPayment({ to: '8837460202' });
    await send(payment);
    expect(await ask(payment)).toMatchObject({ kind: 'accepted' });
  });

  test('that is late completes late', async () => {
    const slow = await simulate({ latems: '60' });
    const late = open(slow.url);
    const payment = aPayment({ to: '8837460203' });
    await late.send!(payment, call());
    expect(await ask(payment, late)).toMatchObject({ kind: 'accepted' });
    await vi.waitFor(async () => expect(await ask(payment, late)).toMatchObject({ kind: 'completed' }));
  });

  test('is told to the books by states and amounts, and nobody’s identifier', async () => {
    const payment = aPayment();
    await send(payment);
    await comesTo(payment, { kind: 'completed' });
    await rail.lookup(payment.payee, call());
    const text = JSON.stringify(told);
    expect(text).toContain('…1856');
    expect(text).not.toContain(payment.payee.id);
    expect(text).not.toContain(payment.payer.id);
    expect(text).not.toContain(shared.api_key);
    expect(Math.max(...told.map((exchange) => JSON.stringify(exchange).length))).toBeLessThan(2_048);
  });
});

describe('an answer that is lost', () => {
  test('after the payment was taken is found by our correlation id', async () => {
    const payment = aPayment({ to: '8837460504' });
    expect(await send(payment)).toMatchObject({ kind: 'unknown' });
    await comesTo(payment, { kind: 'completed' });
  });

  test('before it was taken leaves no trace, and the payment may be sent again', async () => {
    const payment = aPayment({ to: '8837460505' });
    expect(await send(payment)).toMatchObject({ kind: 'unknown' });
    expect(await ask(payment)).toMatchObject({ kind: 'neverReceived' });
    expect(await send(payment)).toMatchObject({ kind: 'accepted' });
  });

  test('or nonsense is unknown, a 503 was not sent', async () => {
    expect(await send(aPayment({ to: '8837460502' }))).toMatchObject({ kind: 'unknown' });
    const busy = aPayment({ to: '8837460503' });
    expect(await send(busy)).toMatchObject({ kind: 'notSent' });
    expect(await send(busy)).toMatchObject({ kind: 'notSent' });
    expect(await send(busy)).toMatchObject({ kind: 'accepted' });
  });
});

describe('a callback', () => {
  test('is a PUT of the final transaction, as the specification says, and comes again until it is taken', async () => {
    let times = 0;
    const { url, received } = await aServer(() => ({ status: ++times === 1 ? 500 : 204 }));
    callbackUrl = `${url}/callbacks/token`;
    const payment = aPayment();
    await send(payment);
    await vi.waitFor(() => expect(received).toHaveLength(2), { timeout: 3_000 });
    expect(received[1]).toMatchObject({ method: 'PUT', url: '/callbacks/token' });
    expect(spec.schema('responseTransaction', received[1]!.body)).toBeUndefined();
    const { summary } = rail.readCallback!(received[1]!.body);
    expect(summary).toMatch(/^completed MM\w+ 850.00 USD$/);
  });

  test('of a failure is an error object, whose extract names nobody', async () => {
    const { url, received } = await aServer(() => ({ status: 204 }));
    callbackUrl = url;
    await send(aPayment({ to: '8837460422' }));
    await vi.waitFor(() => expect(received).toHaveLength(1));
    expect(spec.schema('errorObject', received[0]!.body)).toBeUndefined();
    expect(rail.readCallback!(received[0]!.body).summary).toBe(
      'businessRule maxBalanceExceeded: the payee may hold no more',
    );
    const rude = { ErrorCategory: 'validation', ErrorCode: 'formatError', ErrorDescription: 'bad +8837461856' };
    expect(rail.readCallback!(rude).summary).toBe('validation formatError: bad …1856');
  });

  test('that is nonsense is refused', () => {
    for (const body of [undefined, null, 'x', 7, [], {}, { amount: 7 }]) {
      expect(() => rail.readCallback!(body)).toThrow(RangeError);
    }
  });
});

describe('a payee', () => {
  test('that is available is found with a name', async () => {
    expect(await rail.lookup({ type: 'msisdn', id: '8837461856' }, call())).toEqual({
      kind: 'found',
      name: 'Sample Payee',
    });
    expect(heard).toEqual([]);
  });

  test('that is unregistered, or not there, is not found', async () => {
    expect(await rail.lookup({ type: 'msisdn', id: '8837460404' }, call())).toMatchObject({
      kind: 'notFound',
      railCode: 'unregistered',
    });
    expect(await rail.lookup({ type: 'iban', id: 'GB820404' }, call())).toMatchObject({ kind: 'notFound' });
    expect(heard).toEqual([]);
  });

  test('of a type that the API does not know is refused while the file is read', () => {
    const payer = { type: 'accountNumber', id: '1' };
    expect(gsma.checkRow!({ payer, payee: { type: 'MSISDN', id: '1' } })).toBeUndefined();
    expect(gsma.checkRow!({ payer, payee: { type: 'mosip', id: '1' } })).toMatchObject({
      column: 'payee_identifier_type',
    });
  });
});

describe('an error of the provider', () => {
  const answeredBy = async (status: number, body?: unknown) => {
    const { url } = await aServer(() => ({ status, body }));
    return open(url).send!(aPayment(), call());
  };
  const error = (errorCategory: string, errorCode: string) => ({ errorCategory, errorCode, errordescription: 'why' });

  test.each([
    [400, 'businessRule', 'dailyVolumeLimitExceeded', 'rejected'],
    [400, 'BusinessRule', 'InsufficientFunds', 'payerBlocked'],
    [400, 'businessRule', 'rateLimitError', 'notSent'],
    [400, 'validation', 'formatError', 'rejected'],
    [401, 'authorisation', 'clientAuthorisationError', 'payerBlocked'],
    [401, 'authorisation', 'requestDeclined', 'rejected'],
    [404, 'identification', 'identifierError', 'rejected'],
    [500, 'internal', 'genericError', 'unknown'],
    [500, 'businessRule', 'insufficientFunds', 'unknown'],
    [503, 'serviceUnavailable', 'genericError', 'notSent'],
    [504, 'serviceUnavailable', 'genericError', 'unknown'],
    [400, 'odd', 'odd', 'unknown'],
  ])('with %i %s/%s after a payment is %s', async (status, category, code, kind) => {
    expect(await answeredBy(status, error(category, code))).toMatchObject({ kind });
  });

  test.each([
    [403, 'payerBlocked'],
    [404, 'unknown'],
    [429, 'notSent'],
    [500, 'unknown'],
    [502, 'unknown'],
    [302, 'unknown'],
    [200, 'unknown'],
    [202, 'unknown'],
  ])('without an error object, status %i is %s', async (status, kind) => {
    expect(await answeredBy(status)).toMatchObject({ kind });
  });

  test('is read in any spelling', () => {
    const spellings = ['errordescription', 'errorDescription', 'ErrorDescription'];
    for (const name of spellings) {
      expect(readError({ ErrorCategory: 'Validation', errorcode: 'formatError', [name]: 'why' })?.text).toBe('why');
    }
    expect(classOf({ category: 'BUSINESSRULE', code: 'DuplicateRequest', text: '' })).toBe('duplicate');
  });

  test('that calls a request a duplicate which cannot be found leaves it open', async () => {
    const { url } = await aServer(({ method }) =>
      method === 'POST'
        ? { status: 400, body: error('businessRule', 'duplicateRequest') }
        : { status: 404, body: error('identification', 'identifierError') },
    );
    expect(await open(url).send!(aPayment(), call())).toMatchObject({ kind: 'unknown' });
  });
});

describe('a transaction is believed', () => {
  const answered = async (payment: Payment, more: object) => {
    const transaction = {
      ...gsmaTransactionOf(payment),
      transactionReference: 'REF1',
      transactionStatus: 'completed',
      ...more,
    };
    const { url } = await aServer(({ url: path }) =>
      path?.startsWith('/responses/')
        ? { status: 200, body: { link: 'https://elsewhere.example/v1.2/transactions/REF1' } }
        : { status: 200, body: transaction },
    );
    return ask(payment, open(url));
  };

  test.each([
    [{}, { kind: 'completed', reference: 'REF1' }],
    [{ amount: '850' }, { kind: 'completed' }],
    [{ transactionStatus: 'Completed' }, { kind: 'completed' }],
    [{ amount: '850.01' }, { kind: 'unknown' }],
    [{ currency: 'EUR' }, { kind: 'unknown' }],
    [{ requestingOrganisationTransactionReference: 'other' }, { kind: 'unknown' }],
    [{ requestingOrganisationTransactionReference: undefined }, { kind: 'unknown' }],
    [{ transactionStatus: 'failed' }, { kind: 'rejected' }],
    [{ transactionStatus: 'failed', amount: '1' }, { kind: 'unknown' }],
    [{ transactionStatus: 'reversed' }, { kind: 'unknown' }],
    [{ transactionStatus: 'in progress' }, { kind: 'accepted' }],
  ])('where reference, amount and currency are ours: %j', async (more, answer) => {
    expect(await answered(aPayment(), more)).toMatchObject(answer);
  });

  test('never by a link that leads elsewhere', () => {
    const answer = (link: unknown) => linkOf({ kind: 'answered', status: 200, body: { link } });
    expect(answer('/v1/mm/requeststates/a-1')).toEqual({ kind: 'requeststates', id: 'a-1' });
    for (const link of ['/transactions/..%2f..', '/accounts/msisdn/1', '', 7]) {
      expect(answer(link)).toMatchObject({ kind: 'unknown' });
    }
  });
});

describe('a formatted object', () => {
  test('is sent as it is where it asks for the same payment', () => {
    const payment = aPayment();
    const formatted = { ...gsmaTransactionOf(payment), subType: 'G2P' };
    expect(transactionFor({ ...payment, formatted })).toBe(formatted);
    expect(spec.schema('requestTransaction', formatted)).toBeUndefined();
  });

  test('that asks for another amount or payee is not sent', () => {
    const payment = aPayment();
    const ours = gsmaTransactionOf(payment);
    for (const other of [{ amount: '851' }, { creditParty: [{ key: 'msisdn', value: '1' }] }, { type: 'transfer' }]) {
      expect(() => transactionFor({ ...payment, formatted: { ...ours, ...other } })).toThrow('another payment');
    }
  });
});

test('the simulator forgets nothing when it is started anew, and then pays what was due', async () => {
  const slow = await simulate({ callback_ms: '300' });
  const payment = aPayment();
  await open(slow.url).send!(payment, call());
  await slow.close();
  closers.splice(closers.indexOf(slow.close), 1);
  const again = await simulate();
  const asked = open(again.url);
  await vi.waitFor(async () => expect(await ask(payment, asked)).toMatchObject({ kind: 'completed' }));
});

test.each(['1,50', '007', '-1', '1.00001', ''])('the simulator refuses the amount "%s"', async (amount) => {
  const { type, ...body } = { ...gsmaTransactionOf(aPayment()), amount };
  const headers = { 'x-correlationid': uuidOf(amount), 'x-api-key': shared.api_key! };
  const path = `${simulator.url}/transactions/type/${type}`;
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(response.status).toBe(400);
  expect(spec.schema('errorObject', await response.json())).toBeUndefined();
});

test('the provider is well by its heartbeat, and not when it is gone', async () => {
  expect(await rail.health(AbortSignal.timeout(1_000))).toEqual({ ok: true, state: 'available', text: 'available' });
  const gone = open('http://127.0.0.1:9');
  expect(await gone.health(AbortSignal.timeout(1_000))).toMatchObject({ ok: false });
  expect(await gone.send!(aPayment(), call())).toMatchObject({ kind: 'notSent' });
});

describe('a name', () => {
  const wary = () => open(simulator.url, { ...shared, name_match: '80' });
  const named = (payee_name: string) => aPayment({ extra: { payee_name } });

  test('that the account is in lets the payment pass, another one stops it before anything is sent', async () => {
    expect(await wary().send!(named('PAYEE, Sample'), call())).toMatchObject({ kind: 'accepted' });
    const refused = await wary().send!(named('Ibrahim Sesay'), call());
    expect(refused).toMatchObject({ kind: 'rejected', code: 422, railCode: 'nameMismatch' });
    expect(refused).not.toMatchObject({ text: expect.stringContaining('Sample') });
    expect(await ledger()).toHaveLength(1);
  });

  test('is compared when parties are looked up, and asked again where it could not be', async () => {
    const { payee } = aPayment();
    expect(await wary().lookup(payee, call(), { name: 'Sample Payee' })).toMatchObject({ kind: 'found' });
    expect(await wary().lookup(payee, call(), { name: 'Ada Kamara' })).toMatchObject({ kind: 'notFound', code: 422 });
    expect(await rail.lookup(payee, call(), { name: 'Ada Kamara' })).toMatchObject({ kind: 'found' });
    const { url } = await aServer(({ url: path }) =>
      path?.endsWith('/status') ? { status: 200, body: { accountStatus: 'available' } } : { status: 503 },
    );
    const dim = open(url, { ...shared, name_match: '80' });
    expect(await dim.lookup(payee, call(), { name: 'Ada Kamara' })).toMatchObject({ kind: 'retry' });
    expect(await dim.send!(named('Ada Kamara'), call())).toMatchObject({ kind: 'notSent' });
  });

  test.each(['0', '101', 'much'])('is never compared by "%s"', (name_match) => {
    expect(() => open(simulator.url, { name_match })).toThrow(RangeError);
  });
});

describe('a reversal', () => {
  const reversalId = uuidOf('reversal');

  test('takes a paid payment back once, whoever asks again', async () => {
    const payment = aPayment();
    await send(payment);
    await comesTo(payment, { kind: 'completed' });
    const { reference } = (await ask(payment)) as { reference: string };
    const reverse = () => rail.reverse!(payment, { reference, reversalId }, call());
    expect(await reverse()).toMatchObject({ kind: 'accepted' });
    expect(await reverse()).toMatchObject({ kind: expect.stringMatching(/accepted|completed/) });
    await vi.waitFor(async () =>
      expect(await rail.queryReversal!(payment, { reference, reversalId }, call())).toMatchObject({
        kind: 'completed',
      }),
    );
    expect(await reverse()).toMatchObject({ kind: 'completed' });
    expect(heard).toEqual([]);
    expect(await ledger()).toMatchObject([
      { id: payment.endToEndId, executed: 1 },
      { id: reversalId, executed: 1, payer: payment.payee.id, payee: payment.payer.id, amount: '850.00' },
    ]);
    expect(await ask(payment), 'a person has to look').toMatchObject({ kind: 'unknown' });
  });

  test('of a payment that was not paid, or of another one, is not made', async () => {
    const payment = aPayment({ to: '8837460202' });
    await send(payment);
    const reference = `MM${payment.endToEndId.replaceAll('-', '').toUpperCase()}`;
    const reversal = { reference, reversalId };
    expect(await rail.reverse!(payment, reversal, call())).toMatchObject({
      kind: 'rejected',
      railCode: 'businessRule/incorrectState',
    });
    expect(await rail.reverse!(aPayment(), reversal, call())).toMatchObject({ kind: 'notSent' });
    expect(await rail.queryReversal!(payment, reversal, call())).toMatchObject({ kind: 'neverReceived' });
  });
});

test('every category and code of the specification is in the table, and nothing else is', () => {
  const text = readFileSync('test/specs/gsma-mobile-money-1.2.yaml', 'utf8');
  const { errorCategory, errorCode } = parse(text).components.schemas.errorObject.properties;
  expect(Object.keys(classesByCategory).sort()).toEqual([...errorCategory.enum].sort());
  expect(Object.keys(classesByCode).sort()).toEqual([...errorCode.enum].sort());
});

test('a request is polled as often as its provider allows, and not for ever', async () => {
  let polls = 0;
  const state = { serverCorrelationId: 'S1', status: 'pending', notificationMethod: 'polling', pollLimit: 2 };
  let expiryTime = '2099-01-01T00:00:00Z';
  const { url } = await aServer(({ url: path }) => {
    if (path?.startsWith('/responses/')) return { status: 200, body: { link: '/requeststates/S1' } };
    polls += 1;
    return { status: 200, body: { ...state, expiryTime } };
  });
  const polled = open(url);
  const payment = aPayment();
  for (let n = 0; n < 4; n++) expect(await ask(payment, polled)).toMatchObject({ kind: 'accepted' });
  expect(polls).toBe(2);
  expiryTime = '2020-01-01T00:00:00Z';
  expect(await ask(payment, open(url)), 'it may have been done all the same').toMatchObject({ kind: 'unknown' });
});

test.each([
  ['available', { ok: true, state: 'available' }],
  ['degraded', { ok: true, state: 'degraded' }],
  ['unavailable', { ok: false, state: 'unavailable' }],
])('a heartbeat of %s is told', async (serviceStatus, health) => {
  const { url } = await aServer(() => ({ status: 200, body: { serviceStatus, delay: 5 } }));
  expect(await open(url).health(AbortSignal.timeout(1_000))).toMatchObject(health);
});
