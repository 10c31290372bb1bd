import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { endToEndIdOf } from '../../domain/ids.ts';
import { formatMoney, type Money, parseMoney } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';
import { digitsOf, exactNumber, parseExact } from '../../platform/exact-json.ts';
import { createRailHttp } from '../../platform/http.ts';
import { silentLog } from '../../platform/log.ts';
import { describeRail } from '../conformance.ts';
import { instancesOf } from '../instances.ts';
import { magicOf } from '../magic.ts';
import type { Exchange, Rail } from '../rail.ts';
import { recordOf, type SimulatedAnswer, type SimulatedRequest, startSimulator } from '../simulator-kit.ts';
import { nonceOf, privateKeyOf } from './authorization.ts';
import { transactionRequestOf } from './mapping.ts';
import { slcb } from './rail.ts';

describeRail(slcb, {
  looksUp: false,
  more(bench) {
    test('a message of a thousand payments is paid in one call, each once', async () => {
      const payments = Array.from({ length: 1_000 }, () => bench.aPayment());
      const answers = await bench.pay(bench.open(), payments);
      expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['completed']));
      const summary = await (await fetch(`${bench.simulator().url}/_ledger/summary`)).json();
      expect(summary).toMatchObject({
        payments: 1_000,
        doubles: 0,
        states: { completed: { sums: { '': '12500.00' } } },
      });
    });

    test('a whole message is asked about in one call', async () => {
      const rail = bench.open();
      const payments = ['0001', '0404', '0504', '0202'].map((payee) => bench.aPayment({ payee }));
      expect((await bench.pay(rail, payments)).map(({ kind }) => kind)).toEqual(Array(4).fill('unknown'));
      const kinds = (await bench.ask(rail, payments)).map(({ kind }) => kind);
      expect(kinds).toEqual(['completed', 'rejected', 'completed', 'accepted']);
    });

    test('what was sent under another message id is another payment', async () => {
      const rail = bench.open();
      const payment = bench.aPayment();
      await bench.pay(rail, [payment]);
      const sent = { at: new Date(), messageId: `${payment.subBatchId}-2` };
      expect(await rail.query(payment, sent, bench.call())).toMatchObject({ kind: 'neverReceived' });
      expect(await rail.query(payment, { at: new Date() }, bench.call())).toMatchObject({ kind: 'completed' });
    });

    test('a simulator that was started again gives new tokens, and nothing is lost by the old one', async () => {
      const rail = bench.open();
      await bench.pay(rail, [bench.aPayment()], 'first');
      await bench.restart();
      expect(await bench.pay(rail, [bench.aPayment()], 'second')).toMatchObject([{ kind: 'completed' }]);
    });
  },
});

const [careful] = instancesOf([slcb], [{ id: 'second-bank', rail: 'slcb' }], 'the test');
describeRail(careful!, { looksUp: false, config: { ...slcb.localConfig!(), window_hours: '1' } });

const numberOf = (text: string) => (/^-?[\d.]+$/.test(text) ? exactNumber(text) : text);

describe('slcb against a bank that answers what the test says', () => {
  const config = slcb.localConfig!() as Record<string, string>;
  const endings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  type Handler = (request: SimulatedRequest) => SimulatedAnswer;
  const body = ({ body }: SimulatedRequest) => recordOf(body);

  async function aBank(
    pay: Handler,
    more: {
      auth?: Handler;
      reconcile?: Handler;
      balance?: Handler;
      now?: () => Date;
      config?: Record<string, string>;
    } = {},
  ) {
    const asked: SimulatedRequest[] = [];
    const auth = more.auth ?? (() => ({ status: 200, body: { token: 'T', expiresIn: 3_600 } }));
    const dir = await mkdtemp(join(tmpdir(), 'slcb-'));
    const route = (path: string, handle: Handler) => ({
      method: 'POST' as const,
      path,
      handle(request: SimulatedRequest) {
        if (path !== '/api/auth') asked.push(request);
        return handle(request);
      },
    });
    const bank = await startSimulator({
      options: { port: 0, dir, config: {} },
      routes: () => [
        route('/api/auth', auth),
        route('/api/transactionRequest', pay),
        route('/api/reconciliation', more.reconcile ?? pay),
        route('/api/accountBalance', more.balance ?? pay),
      ],
    });
    const options = { baseUrl: bank.url, name: 'slcb', limits: slcb.limits, log: silentLog };
    const http = createRailHttp({ ...options, answerMaxBytes: 20_000 });
    const rail = slcb.open({
      http,
      config: { ...config, ...more.config, url: bank.url },
      callbackUrlOf: String,
      now: more.now ?? (() => new Date()),
      log: silentLog,
    });
    endings.push(() => rm(dir, { recursive: true }), bank.close, rail.close);
    return { rail, asked };
  }

  const call = () => {
    const told: Exchange[] = [];
    return { signal: new AbortController().signal, tell: (exchange: Exchange) => void told.push(exchange), told };
  };
  const pay = (rail: Rail, payments: readonly Payment[], at = call()) => rail.sendBatch!(payments, 'message-1', at);
  const paidPayee = (row: number, more: object = {}) => ({
    externalTransactionId: row,
    account: '927549027483',
    amount: exactNumber('850.00'),
    status: { code: 0, description: 'Paid' },
    transactionId: `SL${row}`,
    ...more,
  });
  const answers =
    (payees: readonly object[], more: object = {}): Handler =>
    () => ({
      status: 200,
      body: { batchID: 'message-1', status: { code: 0, description: 'Success' }, payees, ...more },
    });

  test.each([
    ['enough', 200, { amount: '850.00', status: { code: 0 } }, 'completed', 2],
    ['too little', 200, { amount: '849.99', status: { code: 0 } }, 'payerBlocked', 1],
    ['overdrawn', 200, { amount: '-5.00', status: { code: 0 } }, 'payerBlocked', 1],
    ['not to be seen', 200, { status: { code: -1, description: 'Invalid authorization code' } }, 'payerBlocked', 1],
    ['no number', 200, { amount: 'much', status: { code: 0 } }, 'notSent', 1],
    ['not there', 500, {}, 'notSent', 1],
  ])('with a balance that is %s a message is sent or not', async (_, status, said, kind, calls) => {
    const balance = () => ({ status, body: { ...said, ...('amount' in said && { amount: numberOf(said.amount!) }) } });
    const { rail, asked } = await aBank(answers([paidPayee(1)]), { balance, config: { balance_check: 'on' } });
    expect(await pay(rail, [aPayment(1)])).toMatchObject([{ kind }]);
    expect(asked).toHaveLength(calls);
    if (kind === 'payerBlocked') expect(asked[0]!.body).toMatchObject({ account: aPayment(1).payer.id });
  });

  test.each<Record<string, string>>([{ balance_check: 'yes' }, { window_hours: '0' }])(
    '%j is refused',
    async (wrong) => {
      await expect(aBank(answers([]), { config: wrong })).rejects.toThrow(RangeError);
    },
  );

  test('a long time is reconciled in windows that the bank takes, without a gap', async () => {
    const { rail, asked } = await aBank(answers([]), {
      reconcile: () => ({ status: 200, body: { status: { code: 0 }, payees: [] } }),
    });
    const at = new Date(Date.now() - 60 * 3_600_000);
    const [answer] = await rail.queryBatch!([aPayment(1)], { at, messageId: 'message-1' }, call());
    expect(answer).toMatchObject({ kind: 'neverReceived' });
    const windows = asked.map((request) => body(request) as { from: string; to: string });
    expect(windows).toHaveLength(3);
    for (const [n, { from, to }] of windows.entries()) {
      expect(Date.parse(to) - Date.parse(from)).toBeLessThan(24 * 3_600_000);
      if (n > 0) expect(Date.parse(from) - Date.parse(windows[n - 1]!.to)).toBe(1_000);
    }
    expect(Date.parse(windows[0]!.from)).toBeLessThan(at.getTime());
  });

  test('what is missing, differs or comes twice is not believed, and the rest is', async () => {
    const { rail } = await aBank(
      answers([
        paidPayee(6),
        paidPayee(6, { status: { code: 3, description: 'Inactive Account' } }),
        paidPayee(5, { status: undefined }),
        paidPayee(4, { account: '927549027484' }),
        paidPayee(3, { amount: exactNumber('850.01') }),
        paidPayee(1),
      ]),
    );
    const at = call();
    const kinds = (
      await pay(
        rail,
        [1, 2, 3, 4, 5, 6].map((row) => aPayment(row)),
        at,
      )
    ).map(({ kind }) => kind);
    expect(kinds).toEqual(['completed', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown']);
    expect(at.told.at(-1)).toMatchObject({ direction: 'answer', httpStatus: 200, body: { notBelieved: 5 } });
    expect(JSON.stringify(at.told)).not.toContain('927549027483');
  });

  test('an amount is the same with other zeros at its end', async () => {
    const { rail } = await aBank(
      answers([paidPayee(1, { amount: 850 }), paidPayee(2, { amount: exactNumber('850.0') })]),
    );
    expect(
      (
        await pay(
          rail,
          [1, 2].map((row) => aPayment(row)),
        )
      ).map(({ kind }) => kind),
    ).toEqual(['completed', 'completed']);
  });

  test.for([
    ['another message', { batchID: 'message-2', payees: [paidPayee(1)] }],
    ['no payees', { batchID: 'message-1', status: { code: 0 } }],
    ['a list', []],
    ['null', null],
  ] as const)('an answer of %s decides nothing', async ([, said]) => {
    const { rail } = await aBank(() => ({ status: 200, body: said }));
    expect(await pay(rail, [aPayment(1)])).toMatchObject([{ kind: 'unknown' }]);
  });

  test.for([
    [
      200,
      { status: { code: 9, description: 'Cut-off time' } },
      { kind: 'rejected', code: 422, railCode: '9', text: 'Cut-off time' },
    ],
    [200, { status: { code: 5, description: 'Insufficient funds' } }, { kind: 'payerBlocked', railCode: '5' }],
    [200, { status: { code: -1, description: 'Invalid authorization' } }, { kind: 'payerBlocked', railCode: '-1' }],
    [200, { batchID: 'message-1', status: { code: 1, description: 'Queued' }, payees: [] }, { kind: 'accepted' }],
    [400, { code: 1003, description: 'Bad date' }, { kind: 'rejected', code: 422, railCode: '1003', text: 'Bad date' }],
    [400, 'no', { kind: 'unknown' }],
    [403, {}, { kind: 'notSent' }],
    [429, {}, { kind: 'notSent' }],
    [500, { status: { code: 0 } }, { kind: 'unknown' }],
    [504, {}, { kind: 'unknown' }],
  ] as const)('HTTP %i with %j for the whole message', async ([status, said, answer]) => {
    const { rail } = await aBank(() => ({ status, body: said }));
    expect(await pay(rail, [aPayment(1), aPayment(2)])).toMatchObject([answer, answer]);
  });

  test('a 401 renews the token once and sends again; a second one was not taken either', async () => {
    let tokens = 0;
    const auth: Handler = () => ({ status: 200, body: { token: `T${++tokens}`, expiresIn: 3_600 } });
    const good: Handler = answers([paidPayee(1)]);
    const strict: Handler = (request) =>
      request.headers.authorization === 'Bearer T2' ? good(request) : { status: 401 };
    const first = await aBank(strict, { auth });
    expect(await pay(first.rail, [aPayment(1)])).toMatchObject([{ kind: 'completed' }]);
    expect(first.asked).toHaveLength(2);
    const second = await aBank(() => ({ status: 401 }), { auth });
    expect(await pay(second.rail, [aPayment(1)])).toMatchObject([{ kind: 'notSent' }]);
    expect(second.asked).toHaveLength(2);
  });

  test('a token is used until shortly before it ends, and many calls sign in once', async () => {
    let at = Date.parse('2026-01-01T00:00:00Z');
    let tokens = 0;
    const auth: Handler = () => ({ status: 200, body: { token: `T${++tokens}`, expiresIn: 100 } });
    const { rail, asked } = await aBank(answers([paidPayee(1)]), { auth, now: () => new Date(at) });
    await Promise.all([1, 2, 3].map(() => pay(rail, [aPayment(1)])));
    at += 89_000;
    await pay(rail, [aPayment(1)]);
    at += 2_000;
    await pay(rail, [aPayment(1)]);
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([...Array(4).fill('Bearer T1'), 'Bearer T2']);
  });

  test.for([
    [400, { code: 1001, description: 'Invalid username or password' }],
    [200, {}],
    [500, {}],
  ] as const)('who cannot sign in (%i) has sent nothing', async ([status, said]) => {
    const { rail, asked } = await aBank(answers([]), { auth: () => ({ status, body: said }) });
    expect(await pay(rail, [aPayment(1)])).toMatchObject([{ kind: 'notSent' }]);
    expect(asked).toHaveLength(0);
  });

  test('the bank reads exact digits, our ids, and a code that only our key can make', async () => {
    const { rail, asked } = await aBank(answers([]), { now: () => new Date('2026-03-01T10:20:30.999Z') });
    const payment = { ...aPayment(7), extra: { payee_first_name: 'Ada', payee_last_name: 'Kamara' } };
    await pay(rail, [payment, aPayment(8, '0.10')]);
    const { payees, totalAmountToBePaid, authorizationCode, ...rest } = body(asked[0]!);
    expect(rest).toEqual({
      id: 'message-1',
      batchID: 'message-1',
      accountType: 0,
      institutionCode: 'TRIBUTARY',
      purpose: 'Test Payee Payment',
      requestDate: '2026-03-01T10:20:30Z',
      sourceAccount: '003001003874120160',
    });
    expect(digitsOf(totalAmountToBePaid)).toBe('850.10');
    expect((payees as object[]).map((payee) => ({ ...payee, amount: digitsOf(recordOf(payee).amount) }))).toEqual([
      {
        id: 7,
        account: '927549027483',
        accountType: 0,
        amount: '850.00',
        externalTransactionId: 7,
        firstName: 'Ada',
        lastName: 'Kamara',
        purpose: 'Test Payee Payment',
      },
      expect.objectContaining({ externalTransactionId: 8, amount: '0.10', firstName: '', lastName: '' }),
    ]);
    expect(nonceOf(privateKeyOf(config.private_key!), String(authorizationCode))).toMatch(/^[0-9a-f-]{36}$/);
    expect(nonceOf(privateKeyOf(slcb.localConfig!().private_key!), String(authorizationCode))).toBeUndefined();
  });

  test('a message is of one payer and one currency, and of a thousand payments at most', async () => {
    const { rail } = await aBank(answers([]));
    const other = { ...aPayment(2), payer: { type: 'accountNumber', id: '003001003873110196' } };
    const euros = { ...aPayment(2), amount: parseMoney('1', 'EUR') };
    await expect(pay(rail, [aPayment(1), other])).rejects.toThrow(RangeError);
    await expect(pay(rail, [aPayment(1), euros])).rejects.toThrow(RangeError);
    await expect(
      pay(
        rail,
        Array.from({ length: 1_001 }, (_, i) => aPayment(i)),
      ),
    ).rejects.toThrow(RangeError);
    expect(await pay(rail, [])).toEqual([]);
  });

  test('a currency that the institution has no account in is refused without asking the bank', async () => {
    const { rail, asked } = await aBank(answers([]));
    const payment = { ...aPayment(1), amount: parseMoney('10', 'CHF') };
    expect(await pay(rail, [payment])).toMatchObject([{ kind: 'rejected', code: 422, railCode: 'currency' }]);
    expect(asked).toHaveLength(0);
  });

  describe('reconciliation', () => {
    const at = new Date('2026-03-01T10:00:00Z');
    const ask = (rail: Rail, payments: readonly Payment[]) =>
      rail.queryBatch!(payments, { at, messageId: 'message-1' }, call());

    test('asks for the payer’s account in a window that forgives both clocks', async () => {
      const { rail, asked } = await aBank(answers([]), { now: () => new Date('2026-03-01T10:01:00.500Z') });
      await ask(rail, [aPayment(1)]);
      expect(body(asked[0]!)).toMatchObject({
        from: '2026-03-01T09:55:00Z',
        to: '2026-03-01T10:06:01Z',
        bban: '003001003874120160',
      });
    });

    test('what is listed once or more under our ids decides; money that moved outweighs the rest', async () => {
      const ours = { batchID: 'message-1' };
      const refused = { status: { code: 2, description: 'Account not found' } };
      const { rail } = await aBank(
        answers(
          [
            paidPayee(1, ours),
            paidPayee(1, { batchID: 'message-2', ...refused }),
            paidPayee(2, { ...ours, ...refused }),
            paidPayee(3, { ...ours, status: { code: 1, description: 'Pending' } }),
            paidPayee(4, { ...ours, ...refused }),
            paidPayee(4, ours),
            paidPayee(5, { batchID: 'message-2' }),
            paidPayee(6, { ...ours, amount: 1 }),
          ],
          { batchID: undefined },
        ),
      );
      const kinds = (
        await ask(
          rail,
          [1, 2, 3, 4, 5, 6].map((row) => aPayment(row)),
        )
      ).map(({ kind }) => kind);
      expect(kinds).toEqual(['completed', 'rejected', 'accepted', 'completed', 'neverReceived', 'unknown']);
    });

    test.for([
      ['without message ids', { status: { code: 0 }, payees: [paidPayee(1)] }],
      ['with a payee that cannot be read', { status: { code: 0 }, payees: [{ externalTransactionId: '1' }] }],
      ['without a list', { status: { code: 0 } }],
      ['with a failure', { status: { code: 9 }, payees: [] }],
      ['of nonsense', 'no'],
    ] as const)('a list %s proves nothing', async ([, said]) => {
      const { rail } = await aBank(() => ({ status: 200, body: said }));
      expect(await ask(rail, [aPayment(1)])).toMatchObject([{ kind: 'unknown' }]);
    });

    test('a list that is too large is asked for in halves', async () => {
      const many = Array.from({ length: 400 }, (_, i) => ({ row: i + 1, at: at.getTime() - 200_000 + i * 1_000 }));
      const reconcile: Handler = (request) => {
        const { from, to } = body(request);
        const [first, last] = [Date.parse(String(from)), Date.parse(String(to))];
        const listed = many.filter((each) => each.at >= first && each.at <= last);
        return answers(listed.map(({ row }) => paidPayee(row, { batchID: 'message-1' })))(request);
      };
      const { rail, asked } = await aBank(answers([]), { reconcile, now: () => new Date('2026-03-01T10:01:00Z') });
      const told = await ask(rail, [aPayment(1), aPayment(200), aPayment(400), aPayment(401)]);
      expect(told.map(({ kind }) => kind)).toEqual(['completed', 'completed', 'completed', 'neverReceived']);
      expect(asked.length).toBeGreaterThan(2);
    });
  });
});

test('the total is the sum of the payees, in exact digits, whatever the amounts', () => {
  const minors = fc.array(fc.bigInt({ min: 1n, max: 999_999_999_999_999n }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(minors, fc.constantFrom('USD', 'JPY', 'KWD'), (amounts, currency) => {
      const payments = amounts.map((minor, i) => ({ ...aPayment(i + 1), amount: { minor, currency } satisfies Money }));
      const message = { id: 'm', at: new Date(0), institutionCode: 'I', authorizationCode: 'A' };
      const read = recordOf(parseExact(transactionRequestOf(payments, message)));
      const sum = amounts.reduce((a, b) => a + b, 0n);
      expect(digitsOf(read.totalAmountToBePaid)).toBe(formatMoney({ minor: sum, currency }));
      expect((read.payees as object[]).map((payee) => digitsOf(recordOf(payee).amount))).toEqual(
        payments.map(({ amount }) => formatMoney(amount)),
      );
    }),
  );
});

test('slcb pays from an account, to an account or a phone number', () => {
  const account = { type: 'accountNumber', id: '927549027483' };
  expect(slcb.checkRow!({ payer: account, payee: account })).toBeUndefined();
  const phone = { type: 'msisdn', id: '23276123456' };
  expect(slcb.checkRow!({ payer: account, payee: phone })).toBeUndefined();
  expect(slcb.checkRow!({ payer: phone, payee: account })?.column).toBe('payer_identifier');
  expect(slcb.checkRow!({ payer: account, payee: { type: 'email', id: 'a@b.example' } })?.column).toBe(
    'payee_identifier',
  );
  expect(slcb.checkRow!({ payer: { type: 'accountNumber', id: '1 2' }, payee: account })?.column).toBe(
    'payer_identifier',
  );
});

test('a key that is none is told without being shown', () => {
  expect(() => privateKeyOf('/no/such/secret.pem')).toThrow('private_key of slcb is no RSA private key');
  expect(() => privateKeyOf('-----BEGIN PRIVATE KEY-----\nsecret')).toThrow(/^(?!.*secret)/);
  const pem = slcb.localConfig!().private_key!;
  expect(privateKeyOf(pem.replaceAll('\n', '\\n')).asymmetricKeyType).toBe('rsa');
});

test('the parties of the seed’s file are not magic', () => {
  for (const id of ['927549027483', '437892675228', '8837461856', '003001003874120160', '003001003873110196']) {
    expect(magicOf(id)).toBeUndefined();
    expect(id.endsWith('0402')).toBe(false);
  }
});

function aPayment(row: number, amount = '850.00'): Payment {
  const batchId = '11111111-2222-4333-8444-555555555555';
  return {
    tenantId: 'ibank-usa',
    batchId,
    row,
    endToEndId: endToEndIdOf(batchId, row),
    rail: 'slcb',
    payer: { type: 'accountNumber', id: '003001003874120160' },
    payee: { type: 'accountNumber', id: '927549027483' },
    amount: parseMoney(amount, 'USD'),
    note: 'Test Payee Payment',
    clientId: String(row),
    requestId: randomUUID(),
    extra: {},
  };
}
