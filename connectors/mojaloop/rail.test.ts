import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { uuidOf } from '../../domain/ids.ts';
import { parseMoney } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';
import { createRailHttp } from '../../platform/http.ts';
import { silentLog } from '../../platform/log.ts';
import { checkedHttp, openSpec } from '../../test/specs/check-openapi.ts';
import { describeRail } from '../conformance.ts';
import type { Call, Exchange, Rail } from '../rail.ts';
import type { LedgerEntry, Simulator } from '../simulator.ts';
import { classOf, schemeCodes } from './codes.ts';
import { feeLimitOf } from './fee-limit.ts';
import { partyPathOf, transferRequestOf } from './mapping.ts';
import { mojaloop } from './rail.ts';

describeRail(mojaloop, { looksUp: true });

const spec = openSpec('sdk-scheme-adapter-outbound-2.1.yaml');

let dir: string;
let simulator: Simulator;
let rail: Rail;
let heard: ReturnType<typeof checkedHttp>['heard'];
let told: Exchange[];
const closers: (() => Promise<unknown>)[] = [];

function open(url: string, config: Record<string, string> = {}): Rail {
  const http = checkedHttp(
    createRailHttp({ baseUrl: url, name: 'mojaloop', limits: mojaloop.limits, log: silentLog }),
    spec,
  );
  heard = http.heard;
  const opened = mojaloop.open({
    http,
    config: { url, never_received_ms: '0', ...config },
    callbackUrlOf: () => 'http://127.0.0.1/none',
    now: () => new Date(),
    log: silentLog,
  });
  closers.push(opened.close);
  return opened;
}

async function simulate(config: Record<string, string> = {}): Promise<Simulator> {
  const started = await mojaloop.simulate({ port: 0, dir, config });
  closers.push(started.close);
  return started;
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mojaloop-'));
  told = [];
  simulator = await simulate();
  rail = open(simulator.url);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await rm(dir, { recursive: true });
});

let made = 0;
function aPayment(more: Partial<Payment> & { amountText?: string; to?: string } = {}): Payment {
  const { amountText = '850', to = '437892675228', ...rest } = more;
  made += 1;
  return {
    tenantId: 'ibank-usa',
    batchId: uuidOf('batch'),
    row: made,
    endToEndId: uuidOf(`payment ${made}`),
    rail: 'mojaloop',
    payer: { type: 'accountNumber', id: '003001003874120160' },
    payee: { type: 'mosip', id: to },
    amount: parseMoney(amountText, 'USD'),
    note: 'Test Payee Payment',
    clientId: '4',
    requestId: 'f1e22fe3',
    extra: {},
    ...rest,
  };
}

const call = (): Call => ({ signal: AbortSignal.timeout(5_000), tell: (exchange) => told.push(exchange) });
const send = (payment: Payment) => rail.send!(payment, call());
const ask = (payment: Payment) => rail.query(payment, { at: new Date() }, call());

async function ledger(): Promise<LedgerEntry[]> {
  const lines = await (await fetch(`${simulator.url}/_ledger`)).text();
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LedgerEntry);
}

describe('a payment step by step', () => {
  test('is looked up, quoted and paid, and each word of it is as the specification says', async () => {
    const payment = aPayment({ amountText: '850.50' });
    expect(await rail.resolvePayee!(payment, call())).toEqual({
      kind: 'found',
      name: 'Sample Payee',
      dfspId: 'simulatedfsp',
    });
    expect(await rail.quote!(payment, call())).toMatchObject({ kind: 'quoted', fee: '0', currency: 'USD' });
    expect(await ledger()).toEqual([]);
    expect(await send(payment)).toEqual({ kind: 'completed', reference: payment.endToEndId });
    expect(await ask(payment)).toEqual({ kind: 'completed', reference: payment.endToEndId });
    expect(await ledger()).toMatchObject([{ id: payment.endToEndId, executed: 1, amount: '850.5', currency: 'USD' }]);
    expect(heard).toEqual([]);
  });

  test('is sent as a whole where the adapter holds no quote, as after a restart', async () => {
    const payment = aPayment();
    expect(await send(payment)).toEqual({ kind: 'completed', reference: payment.endToEndId });
    expect(told.map(({ summary }) => summary)).toMatchObject(
      ['PUT', '500', 'POST', '200', 'PUT', '200', 'PUT', '200'].map((word) => expect.stringContaining(word)),
    );
    expect(await ledger()).toMatchObject([{ executed: 1 }]);
  });

  test('may be quoted twice, though the adapter aborts at a second acceptance', async () => {
    const payment = aPayment();
    await rail.resolvePayee!(payment, call());
    await rail.quote!(payment, call());
    expect(await rail.quote!(payment, call())).toMatchObject({ kind: 'quoted' });
    expect(await send(payment)).toMatchObject({ kind: 'completed' });
  });

  test('sent again after it was paid is paid once', async () => {
    const payment = aPayment();
    await send(payment);
    expect(await send(payment)).toMatchObject({ kind: 'completed' });
    await rail.resolvePayee!(payment, call());
    await rail.quote!(payment, call());
    expect(await send(payment)).toMatchObject({ kind: 'unknown', text: 'Modified request' });
    expect(await ask(payment)).toMatchObject({ kind: 'completed' });
    expect(await ledger()).toMatchObject([{ executed: 1 }]);
  });

  test('tells the books states and amounts, and nobody’s identifier', async () => {
    const payment = aPayment();
    await send(payment);
    await rail.lookup(payment.payee, call());
    const text = JSON.stringify(told);
    expect(text).toContain('…5228');
    expect(text).not.toContain(payment.payee.id);
    expect(text).not.toContain(payment.payer.id);
    expect(Math.max(...told.map((exchange) => JSON.stringify(exchange).length))).toBeLessThan(2_048);
  });
});

describe('a fee', () => {
  const withFee = async (fee: string, config: Record<string, string>) => {
    const costly = await simulate({ fee });
    return open(costly.url, config);
  };

  test('within the limit is told, one above it refuses the payment before any money moves', async () => {
    const payment = aPayment({ amountText: '100' });
    const dear = await withFee('2.01', {});
    await dear.resolvePayee!(payment, call());
    expect(await dear.quote!(payment, call())).toMatchObject({ kind: 'rejected', code: 422, railCode: 'QUOTE' });
    expect(await dear.send!(aPayment({ amountText: '100' }), call())).toMatchObject({
      kind: 'rejected',
      railCode: 'QUOTE',
    });
    const fair = await withFee('2', {});
    await fair.resolvePayee!(payment, call());
    expect(await fair.quote!(payment, call())).toMatchObject({ kind: 'quoted', fee: '2' });
  });

  test('comes on top where the payee is to receive the whole amount', async () => {
    const payment = aPayment({ amountText: '100' });
    const receive = await withFee('1.5', { amount_type: 'RECEIVE', fee_limit: '1.5' });
    expect(await receive.send!(payment, call())).toMatchObject({ kind: 'completed' });
    const strict = await withFee('1.5', { amount_type: 'RECEIVE', fee_limit: '1.49' });
    expect(await strict.send!(aPayment({ amountText: '100' }), call())).toMatchObject({ kind: 'rejected' });
  });

  test('limit rounds down to whole minor units', () => {
    expect(feeLimitOf('2%', parseMoney('0.99', 'USD'))).toBe(1n);
    expect(feeLimitOf('0.25 %', parseMoney('1000', 'KWD'))).toBe(2_500n);
    expect(feeLimitOf('1.99', parseMoney('100', 'JPY'))).toBe(1n);
    expect(() => feeLimitOf('two', parseMoney('1', 'USD'))).toThrow(RangeError);
  });
});

describe('a payee', () => {
  test('is looked up by its type and sub-type', async () => {
    expect(partyPathOf({ type: 'mosip', id: '12/3' })).toBe('/parties/PERSONAL_ID/12%2F3/MOSIP');
    expect(await rail.lookup({ type: 'MSISDN', id: '8837461856' }, call())).toMatchObject({ kind: 'found' });
    expect(await rail.lookup({ type: 'mosip', id: '437892675228' }, call())).toMatchObject({
      kind: 'found',
      name: 'Sample Payee',
    });
    expect(heard).toEqual([]);
  });

  test('is not found by a 404, nor by a 200 without a party', async () => {
    expect(await rail.lookup({ type: 'msisdn', id: '8837460404' }, call())).toMatchObject({
      kind: 'notFound',
      railCode: '3204',
    });
    expect(heard).toEqual([]);
    expect(await rail.lookup({ type: 'mosip', id: '437892670404' }, call())).toMatchObject({
      kind: 'notFound',
      railCode: '3204',
    });
  });

  test('that is not found refuses the payment, in its first step and as a whole', async () => {
    expect(await rail.resolvePayee!(aPayment({ to: '437892670404' }), call())).toMatchObject({
      kind: 'notFound',
      railCode: '3204',
    });
    expect(await send(aPayment({ to: '437892670404' }))).toMatchObject({
      kind: 'rejected',
      code: 404,
      railCode: '3204',
    });
  });

  test('that refuses is a final no, and stays one when asked about', async () => {
    const payment = aPayment({ to: '437892670422' });
    expect(await send(payment)).toMatchObject({ kind: 'rejected', code: 422, railCode: '5104' });
    expect(await ask(payment)).toMatchObject({ kind: 'rejected', code: 422, railCode: 'ABORTED' });
  });

  test('of an unknown type is refused while the file is read', () => {
    const payer = { type: 'accountNumber', id: '1' };
    expect(mojaloop.checkRow!({ payer, payee: { type: 'mosip', id: '1' } })).toBeUndefined();
    expect(mojaloop.checkRow!({ payer, payee: { type: 'passport', id: '1' } })).toMatchObject({
      column: 'payee_identifier_type',
    });
  });
});

describe('an outcome that is not told', () => {
  test('after the connection was cut is asked for: paid, or never received', async () => {
    const paid = aPayment({ to: '437892670504' });
    expect(await send(paid)).toMatchObject({ kind: 'unknown' });
    expect(await ask(paid)).toMatchObject({ kind: 'completed' });
    const never = aPayment({ to: '437892670505' });
    expect(await send(never)).toMatchObject({ kind: 'unknown' });
    expect(await ask(never)).toMatchObject({ kind: 'neverReceived' });
    expect(await send(never)).toMatchObject({ kind: 'completed' });
  });

  test('after nonsense is unknown, after a 503 was not sent', async () => {
    const odd = aPayment({ to: '437892670502' });
    expect(await send(odd)).toMatchObject({ kind: 'unknown' });
    const busy = aPayment({ to: '437892670503' });
    expect(await send(busy)).toMatchObject({ kind: 'notSent' });
    expect(await send(busy)).toMatchObject({ kind: 'notSent' });
    expect(await send(busy)).toMatchObject({ kind: 'completed' });
  });

  test('while the scheme reserves is pending, though the adapter says COMPLETED', async () => {
    const payment = aPayment({ to: '437892670202' });
    expect(await send(payment)).toMatchObject({ kind: 'accepted', text: 'transfer RESERVED' });
    expect(await ask(payment)).toMatchObject({ kind: 'accepted' });
    const text = await (await fetch(`${simulator.url}/transfers/${payment.endToEndId}`)).text();
    expect(JSON.parse(text)).toMatchObject({ currentState: 'COMPLETED' });
  });

  test('of a late payment comes when it is asked about', async () => {
    const slow = await simulate({ latems: '50' });
    const late = open(slow.url);
    const payment = aPayment({ to: '437892670203' });
    expect(await late.send!(payment, call())).toMatchObject({ kind: 'accepted' });
    await vi.waitFor(async () =>
      expect(await late.query(payment, { at: new Date() }, call())).toMatchObject({ kind: 'completed' }),
    );
  });

  test('of an abort is believed only once the prepare has expired', async () => {
    const patient = open(simulator.url, { never_received_ms: '60000' });
    const payment = aPayment({ to: '437892670422' });
    await send(payment);
    expect(await patient.query(payment, { at: new Date() }, call())).toMatchObject({ kind: 'accepted' });
    const aMinuteAgo = new Date(Date.now() - 60_000);
    expect(await patient.query(payment, { at: aMinuteAgo }, call())).toMatchObject({ kind: 'rejected' });
  });
});

test('a payer without funds is blocked until funded, then the same payment passes', async () => {
  const payment = aPayment({ payer: { type: 'accountNumber', id: '003001003870402' } });
  expect(await send(payment)).toMatchObject({ kind: 'payerBlocked', railCode: '4001' });
  await fetch(`${simulator.url}/_control`, { method: 'POST', body: JSON.stringify({ fund: payment.payer.id }) });
  expect(await send(payment)).toMatchObject({ kind: 'completed' });
});

test('an amount above the limit is refused when quoted', async () => {
  const payment = aPayment({ amountText: '7.13' });
  await rail.resolvePayee!(payment, call());
  expect(await rail.quote!(payment, call())).toMatchObject({ kind: 'rejected', code: 422, railCode: '5200' });
});

test('the simulator forgets nothing of the ledger when it is started anew', async () => {
  const payment = aPayment();
  await send(payment);
  await closers.splice(0, 1)[0]!();
  const again = await simulate();
  expect(await open(again.url).query(payment, { at: new Date() }, call())).toMatchObject({ kind: 'completed' });
});

test.each([
  ['100.50', 400],
  ['010', 400],
  ['1e3', 400],
  ['0.00', 400],
  ['1.00001', 400],
  ['100.5', 200],
])('the simulator takes canonical amounts only: %s answers %i', async (amount, status) => {
  const body = { ...transferRequestOf(aPayment(), { amountType: 'SEND' }), amount };
  const response = await fetch(`${simulator.url}/transfers`, { method: 'POST', body: JSON.stringify(body) });
  expect(response.status).toBe(status);
});

test('a request fits the specification, whatever the note and the names', () => {
  const payment = aPayment({ note: `  ${'é'.repeat(200)}` });
  const options = { amountType: 'SEND', dfspId: 'userdfsp', payerName: 'Gov Treasury' } as const;
  expect(spec.schema('transferRequest', transferRequestOf(payment, options))).toBeUndefined();
  expect(transferRequestOf(aPayment({ note: ' ' }), options)).not.toHaveProperty('note');
});

test('whatever the amount, it is written as the specification wants it and means the same', () => {
  const money = fc.record({
    minor: fc.bigInt({ min: 1n, max: 10n ** 17n }),
    currency: fc.constantFrom('USD', 'JPY', 'KWD', 'CLF'),
  });
  fc.assert(
    fc.property(money, (amount) => {
      const request = transferRequestOf({ ...aPayment(), amount }, { amountType: 'SEND' });
      expect(spec.schema('Amount', request.amount)).toBeUndefined();
      expect(parseMoney(request.amount, request.currency)).toEqual(amount);
    }),
  );
});

describe('an error of the adapter', () => {
  let server: Server;
  let status: number;
  let body: unknown;
  let odd: Rail;

  beforeEach(async () => {
    server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(body)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => server.close(resolve)));
    odd = open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });

  const schemeSays = (errorCode: string, httpStatus = 500) => {
    status = httpStatus;
    body = {
      message: 'Got an error response',
      statusCode: errorCode,
      transferState: { lastError: { mojaloopError: { errorInformation: { errorCode, errorDescription: 'why' } } } },
    };
  };

  test.each([
    ['1001', 'unknown'],
    ['2001', 'unknown'],
    ['2004', 'unknown'],
    ['3001', 'rejected'],
    ['3106', 'unknown'],
    ['3203', 'rejected'],
    ['3208', 'unknown'],
    ['3303', 'unknown'],
    ['4001', 'payerBlocked'],
    ['4200', 'rejected'],
    ['5106', 'rejected'],
    ['5400', 'rejected'],
  ])('with code %s after the quote was accepted is %s', async (code, kind) => {
    schemeSays(code);
    expect(await odd.send!(aPayment(), call())).toMatchObject({ kind });
  });

  test.each([
    ['2003', 'notSent'],
    ['3302', 'notSent'],
    ['4001', 'payerBlocked'],
    ['5101', 'rejected'],
  ])('with code %s while quoting is %s', async (code, kind) => {
    schemeSays(code);
    expect(await odd.quote!(aPayment(), call())).toMatchObject({ kind });
  });

  test.each([
    ['2001', 'retry'],
    ['3204', 'notFound'],
    ['3100', 'notFound'],
  ])('with code %s while looking up is %s', async (code, kind) => {
    schemeSays(code);
    expect(await odd.resolvePayee!(aPayment(), call())).toMatchObject({ kind });
  });

  test('that is a time-out says nothing about the money', async () => {
    status = 504;
    body = { message: 'Timeout waiting for fulfil for transfer', statusCode: '504', transferState: { prepare: {} } };
    expect(await odd.send!(aPayment(), call())).toMatchObject({ kind: 'unknown' });
    expect(await ask504(odd)).toMatchObject({ kind: 'unknown' });
  });
  const ask504 = (asked: Rail) => asked.query(aPayment(), { at: new Date(0) }, call());

  test('that quotes the payee is passed on without the identifier', async () => {
    status = 500;
    body = { message: 'Party MSISDN 8837461856 is odd', statusCode: '5400', transferState: {} };
    expect(await odd.send!(aPayment(), call())).toMatchObject({ kind: 'rejected', text: 'Party MSISDN …1856 is odd' });
    expect(JSON.stringify(told)).not.toContain('8837461856');
  });

  test('that is its own mistake says nothing about the money', async () => {
    status = 500;
    body = { message: "Cannot read properties of undefined (reading 'body')", transferState: {}, statusCode: '500' };
    expect(await odd.send!(aPayment(), call())).toMatchObject({ kind: 'unknown' });
  });

  test('that completed without a committed transfer is no payment', async () => {
    const payment = aPayment();
    status = 200;
    body = { transferId: payment.endToEndId, currentState: 'COMPLETED' };
    expect(await odd.send!(payment, call())).toMatchObject({ kind: 'unknown' });
    body = { transferId: uuidOf('other'), currentState: 'COMPLETED', fulfil: { body: { transferState: 'COMMITTED' } } };
    expect(await odd.query(payment, { at: new Date(0) }, call())).toMatchObject({ kind: 'unknown' });
  });
});

test('each code of the specification has its place, and codes that a scheme adds have that of their chapter', () => {
  const of = (codeClass: string) =>
    Object.keys(schemeCodes).filter((code) => schemeCodes[code as keyof typeof schemeCodes].codeClass === codeClass);
  expect(Object.keys(schemeCodes)).toHaveLength(56);
  expect(of('noFunds')).toEqual(['4001']);
  expect(of('ask')).toEqual(['3106']);
  expect(of('neverReceived')).toEqual(['3208']);
  expect(of('expired')).toEqual(['3300', '3301', '3302', '3303']);
  expect(of('notFound')).toEqual(['3200', '3201', '3202', '3203', '3204']);
  expect(['3150', '3250', '3350', '4250', '5999'].map(classOf)).toEqual([
    'ours',
    'refused',
    'expired',
    'refused',
    'refused',
  ]);
});

test('a quote that has run out is asked for anew before it is accepted, within the same fee limit', async () => {
  const hasty = await simulate({ quote_ms: '1' });
  const opened = open(hasty.url);
  const payment = aPayment();
  expect(await opened.quote!(payment, call())).toMatchObject({ kind: 'quoted' });
  await opened.send!(payment, call());
  const puts = told.filter(({ body }) => (body as { acceptParty?: boolean } | undefined)?.acceptParty);
  // The first finds no look-up, the second quotes, the third quotes anew.
  expect(puts).toHaveLength(3);
  const slow = open(simulator.url);
  const next = aPayment();
  await slow.quote!(next, call());
  expect(await slow.send!(next, call())).toMatchObject({ kind: 'completed' });
});

test('a code that nobody knows says nothing final', () => {
  expect(['7001', '0400', '504', '', undefined].map(classOf)).toEqual(Array(5).fill('transient'));
});

test('the adapter is well when it answers, and not when it is gone', async () => {
  expect(await rail.health(AbortSignal.timeout(1_000))).toMatchObject({ ok: true });
  const gone = open('http://127.0.0.1:9');
  expect(await gone.health(AbortSignal.timeout(1_000))).toMatchObject({ ok: false });
  expect(await gone.send!(aPayment(), call())).toMatchObject({ kind: 'notSent' });
});
