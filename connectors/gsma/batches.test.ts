/** Instances of the gsma rail, those of type BULK above all: one batch transaction for many payments, one or two steps, pages of results. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { endToEndIdOf, subBatchIdOf, uuidOf } from '../../domain/ids.ts';
import { parseMoney } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';
import { createRailHttp } from '../../platform/http.ts';
import { silentLog } from '../../platform/log.ts';
import { checkedHttp, openSpec } from '../../test/specs/check-openapi.ts';
import { describeRail } from '../conformance.ts';
import { instancesOf } from '../instances.ts';
import type { Answer, Call, Exchange, Rail } from '../rail.ts';
import type { LedgerEntry, Simulator } from '../simulator.ts';
import { batchOf, rowAnswerOf } from './batch-answers.ts';
import { gsma } from './rail.ts';

const shared = gsma.localConfig!();
const [afrimoney, bulk, twoStep] = instancesOf(
  [gsma],
  [
    { id: 'afrimoney', rail: 'gsma' },
    { id: 'gsma-bulk', rail: 'gsma', type: 'BULK' },
    { id: 'gsma-two-step', rail: 'gsma', type: 'BULK' },
  ],
  'the test',
);

describeRail(afrimoney!, { looksUp: true, partyType: 'msisdn' });
describeRail(bulk!, { looksUp: true, partyType: 'msisdn' });
describeRail(twoStep!, { looksUp: true, partyType: 'msisdn', config: { ...shared, approval: 'two-step' } });

const spec = openSpec('gsma-mobile-money-1.2.yaml');
const batchId = uuidOf('batch');
const messageId = `${subBatchIdOf(batchId, 1)}-1`;

let dir: string;
let simulator: Simulator;
let told: Exchange[];
let heard: readonly unknown[];
const closers: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'gsma-bulk-'));
  told = [];
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await rm(dir, { recursive: true });
});

async function openWith(config: Record<string, string> = {}): Promise<Rail> {
  const all = { ...shared, callback_ms: '20', ...config };
  simulator = await gsma.simulate({ port: 0, dir, config: all });
  const plain = createRailHttp({ baseUrl: simulator.url, name: 'bulk', limits: bulk!.limits, log: silentLog });
  const http = checkedHttp(plain, spec);
  heard = http.heard;
  const callbackUrlOf = () => 'http://127.0.0.1:9/nobody';
  const rail = bulk!.open({ http, config: all, callbackUrlOf, now: () => new Date(), log: silentLog });
  closers.push(simulator.close, rail.close);
  return rail;
}

function aPayment(row: number, ends = '1856', amount = '12.50'): Payment {
  return {
    ...{ tenantId: 'ibank-usa', batchId, row, endToEndId: endToEndIdOf(batchId, row), rail: 'gsma-bulk' },
    payer: { type: 'accountNumber', id: '003001003874120160' },
    payee: { type: 'msisdn', id: `23276${String(row).padStart(4, '0')}${ends}` },
    amount: parseMoney(amount, 'USD'),
    ...{ note: 'Salary', clientId: String(row), requestId: 'r', extra: {} },
  };
}

const call = (): Call => ({ signal: AbortSignal.timeout(10_000), tell: (exchange) => told.push(exchange) });
const ask = (rail: Rail, payments: readonly Payment[]) =>
  rail.queryBatch!(payments, { at: new Date(), messageId }, call());
const kinds = (answers: readonly Answer[]) => answers.map(({ kind }) => kind);

async function ledger(): Promise<LedgerEntry[]> {
  const text = await (await fetch(`${simulator.url}/_ledger`)).text();
  return text.split('\n').flatMap((line) => (line ? [JSON.parse(line) as LedgerEntry] : []));
}

describe('a batch', () => {
  test('is taken once, and told row by row, over several pages, as the specification says', async () => {
    const rail = await openWith({ page_size: '3', page_max: '2' });
    const ends = ['1856', '0422', '1856', '0404', '1856', '0202', '1856', '0422', '0422'];
    const payments = ends.map((end, at) => aPayment(at + 1, end, at === 8 ? '9.13' : '12.50'));
    expect(new Set(kinds(await rail.sendBatch!(payments, messageId, call())))).toEqual(new Set(['accepted']));
    await vi.waitFor(async () =>
      expect(await ask(rail, payments)).toMatchObject([
        { kind: 'completed', reference: expect.stringMatching(/^MM/) },
        { kind: 'rejected', code: 422, railCode: 'maxBalanceExceeded' },
        { kind: 'completed' },
        { kind: 'rejected', code: 404, railCode: 'identifierError' },
        { kind: 'completed' },
        { kind: 'accepted' },
        { kind: 'completed' },
        { kind: 'rejected', code: 422 },
        { kind: 'rejected', code: 422, railCode: 'greaterThanTransactionMaxValue' },
      ]),
    );
    expect(heard).toEqual([]);
    const executed = (await ledger()).reduce((sum, entry) => sum + entry.executed, 0);
    expect(executed).toBe(4);
    expect(told.filter(({ summary }) => / \d+ completions|^\d+ completions/.test(summary)).length).toBeGreaterThan(1);
    for (const exchange of told) expect(JSON.stringify(exchange)).not.toContain('23276');
  });

  test('sent twice is a duplicate that is asked about', async () => {
    const rail = await openWith();
    const payments = [aPayment(1), aPayment(2)];
    await rail.sendBatch!(payments, messageId, call());
    await vi.waitFor(async () =>
      expect(kinds(await rail.sendBatch!(payments, messageId, call()))).toEqual(['completed', 'completed']),
    );
    expect((await ledger()).map(({ executed }) => executed)).toEqual([1, 1]);
  });

  test('of two steps waits for our approval, which is given once it is there, and again without harm', async () => {
    const rail = await openWith({ approval: 'two-step', callback_ms: '300' });
    const payments = [aPayment(1), aPayment(2)];
    expect(kinds(await rail.sendBatch!(payments, messageId, call()))).toEqual(['accepted', 'accepted']);
    expect((await ledger()).map(({ state }) => state)).toEqual(['pending', 'pending']);
    const [first] = await ask(rail, payments);
    expect(first).toMatchObject({ kind: 'accepted', text: 'approved' });
    await ask(rail, payments);
    await vi.waitFor(async () => expect(kinds(await ask(rail, payments))).toEqual(['completed', 'completed']));
    expect(heard).toEqual([]);
    expect((await ledger()).map(({ executed }) => executed)).toEqual([1, 1]);
  });

  test('that waits for somebody else’s approval is accepted, and never approved by us', async () => {
    const rail = await openWith({ approval: 'two-step' });
    await rail.sendBatch!([aPayment(1)], messageId, call());
    const http = createRailHttp({ baseUrl: simulator.url, name: 'x', limits: bulk!.limits, log: silentLog });
    const config = { ...shared };
    const oneStep = bulk!.open({ http, config, callbackUrlOf: String, now: () => new Date(), log: silentLog });
    closers.push(oneStep.close);
    expect(await ask(oneStep, [aPayment(1)])).toMatchObject([
      { kind: 'accepted', text: 'the batch waits for its approval' },
    ]);
    expect(await ledger()).toMatchObject([{ state: 'pending', executed: 0 }]);
  });

  test('with a row that the provider finds malformed is refused as a whole, with its words', async () => {
    const rail = await openWith();
    const long = { ...aPayment(1), formatted: undefined, payee: { type: 'msisdn', id: 'x'.repeat(300) } };
    expect(await rail.sendBatch!([long, aPayment(2)], messageId, call())).toMatchObject([
      { kind: 'rejected', code: 422, railCode: 'validation/formatError', text: expect.stringContaining('[0]') },
      { kind: 'rejected' },
    ]);
    expect(await ledger()).toEqual([]);
  });
});

describe('what a batch says of a row', () => {
  const payment = aPayment(1);
  const ours = {
    transactionReference: 'T1',
    creditParty: [{ key: 'msisdn', value: payment.payee.id }],
    debitParty: [{ key: 'accountid', value: payment.payer.id }],
  };
  const completion = (more: object = {}) => ({ which: 'completions' as const, result: { ...ours, ...more } });
  const rejection = (rejectionReason: string) => ({
    which: 'rejections' as const,
    result: { ...ours, rejectionReason },
  });

  test.each([
    ['once among the completions', [completion()], { kind: 'completed', reference: 'T1' }],
    ['twice among them', [completion(), completion()], { kind: 'completed' }],
    ['on both lists', [completion(), rejection('no')], { kind: 'unknown' }],
    ['with another payee', [completion({ creditParty: [{ key: 'msisdn', value: '1' }] })], { kind: 'unknown' }],
    ['with another payer', [completion({ debitParty: [] })], { kind: 'unknown' }],
    ['without a reference', [completion({ transactionReference: '' })], { kind: 'unknown' }],
    ['refused for want of funds', [rejection('InsufficientFunds')], { kind: 'rejected', code: 402 }],
    ['refused without a reason', [rejection('')], { kind: 'rejected', code: 422, railCode: 'rejected' }],
    ['nowhere, in the end', [], { kind: 'unknown' }],
  ])('%s', (_, results, answer) => {
    expect(rowAnswerOf(payment, results, 'completed', 'B1')).toMatchObject(answer);
  });

  test('nothing is concluded while it is under way, nor from another batch', () => {
    expect(rowAnswerOf(payment, [], 'approved', 'B1')).toMatchObject({ kind: 'accepted' });
    const said = (body: object) => batchOf({ kind: 'answered', status: 200, body }, 'B1');
    expect(said({ batchId: 'B1', batchStatus: 'Completed' })).toEqual({ kind: 'batch', status: 'completed' });
    expect(said({ batchId: 'B2', batchStatus: 'completed' })).toMatchObject({ kind: 'unknown' });
    expect(said({ batchId: 'B1', batchStatus: 'odd' })).toMatchObject({ kind: 'unknown' });
  });
});

test.each<Record<string, string>>([{ approval: 'three' }, { page_size: '0' }, { page_size: 'x' }])(
  '%j is refused at start',
  async (config) => {
    await expect(openWith(config)).rejects.toThrow(RangeError);
  },
);
