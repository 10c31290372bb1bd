import { describe, expect, test, vi } from 'vitest';
import type { Payment } from '../../domain/payment.ts';
import { createRailHttp } from '../../platform/http.ts';
import { silentLog } from '../../platform/log.ts';
import { type Bench, describeRail } from '../conformance.ts';
import type { Rail } from '../rail.ts';
import { bankFile } from './rail.ts';

const config: Readonly<Record<string, string>> = { ...bankFile.localConfig!(), latems: '150', reread_ms: '0' };

describeRail(bankFile, {
  looksUp: false,
  ownConnections: true,
  config,
  more(bench) {
    const untilAsked = (rail: Rail, payments: readonly Payment[], kinds: readonly string[]) =>
      vi.waitFor(async () => expect((await bench.ask(rail, payments)).map(({ kind }) => kind)).toEqual(kinds), {
        timeout: 10_000,
        interval: 20,
      });

    test('five thousand payments go in one file, each paid once', async () => {
      const rail = bench.open();
      const payments = Array.from({ length: 5_000 }, () => bench.aPayment());
      const answers = await bench.pay(rail, payments);
      expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['accepted']));
      const asked = await bench.ask(rail, payments);
      expect(new Set(asked.map(({ kind }) => kind))).toEqual(new Set(['completed']));
      const summary = await (await fetch(`${bench.simulator().url}/_ledger/summary`)).json();
      expect(summary).toMatchObject({
        payments: 5_000,
        doubles: 0,
        states: { completed: { sums: { USD: '62500.00' } } },
      });
    });

    test('a message that is sent again is not left again, whether the bank has taken it or not', async () => {
      const rail = bench.open();
      const payment = bench.aPayment();
      expect(await bench.pay(rail, [payment])).toMatchObject([{ kind: 'accepted' }]);
      expect(await bench.pay(rail, [payment])).toMatchObject([{ kind: 'accepted' }]);
      await untilAsked(rail, [payment], ['completed']);
      expect(await bench.pay(bench.open(), [payment])).toMatchObject([{ kind: 'accepted' }]);
      expect(await bench.ledger(payment)).toMatchObject({ executed: 1 });
    });

    test('what the file cannot carry is refused, and the rest is paid', async () => {
      const rail = bench.open();
      const payments = [
        bench.aPayment(),
        { ...bench.aPayment(), extra: { payee_name: 'محمد' } },
        { ...bench.aPayment(), note: 'x'.repeat(141) },
        { ...bench.aPayment(), extra: { payee_name: 'Jürgen Müller', payee_bic: 'SLCBSLFR' } },
      ];
      const kinds = (await bench.pay(rail, payments)).map(({ kind }) => kind);
      expect(kinds).toEqual(['accepted', 'rejected', 'rejected', 'accepted']);
      await untilAsked(rail, [payments[0]!, payments[3]!], ['completed', 'completed']);
      expect(await bench.ledger(payments[1]!)).toBeUndefined();
      expect(await bench.pay(rail, [{ ...bench.aPayment(), note: '谢谢' }], 'another')).toMatchObject([
        { kind: 'rejected', code: 400, railCode: 'note' },
      ]);
    });

    test('where the bank removes what it took, a file that is not there proves nothing', async () => {
      const { archive: _, ...without } = config;
      const rail = aRail(bench, without);
      const payment = bench.aPayment({ payee: '0505' });
      const messageId = `${payment.subBatchId}-1`;
      expect(await rail.sendBatch!([payment], messageId, bench.call())).toMatchObject([{ kind: 'unknown' }]);
      const asked = await rail.queryBatch!([payment], { at: new Date(0), messageId }, bench.call());
      expect(asked).toMatchObject([{ kind: 'unknown' }]);
    });

    test('there too, a message that the bank has reported is not left again', async () => {
      const { archive: _, ...without } = config;
      const rail = aRail(bench, without);
      const payment = bench.aPayment();
      await rail.sendBatch!([payment], 'message', bench.call());
      expect(await rail.sendBatch!([payment], 'message', bench.call())).toMatchObject([{ kind: 'accepted' }]);
      expect(await bench.ledger(payment)).toMatchObject({ executed: 1 });
    });

    test('a message is of one payer and one currency, and of five thousand payments at most', async () => {
      const rail = bench.open();
      await expect(bench.pay(rail, [bench.aPayment(), bench.aPayment({ payer: '0161' })])).rejects.toThrow(RangeError);
      await expect(bench.pay(rail, [bench.aPayment(), bench.aPayment({ currency: 'EUR' })])).rejects.toThrow(
        RangeError,
      );
      const many = Array.from({ length: 5_001 }, () => bench.aPayment());
      await expect(bench.pay(rail, many)).rejects.toThrow(RangeError);
      expect(await rail.sendBatch!([], 'm', bench.call())).toEqual([]);
    });

    test('a sum that the schema has no digits for is refused before anything is left', async () => {
      const payments = Array.from({ length: 1_001 }, () => bench.aPayment({ amount: '9999999999999.99' }));
      const answers = await bench.pay(bench.open(), payments);
      expect(answers[0]).toMatchObject({ kind: 'rejected', code: 400, railCode: 'CtrlSum' });
      expect(await bench.ledger(payments[0]!)).toBeUndefined();
    });
  },
});

function aRail(bench: Bench, settings: Readonly<Record<string, string>>): Rail {
  const { url } = bench.simulator();
  const http = createRailHttp({ baseUrl: url, name: 'bank-file', limits: bankFile.limits, log: silentLog });
  return bankFile.open({
    http,
    config: { ...settings, url },
    callbackUrlOf: String,
    now: () => new Date(),
    log: silentLog,
  });
}

describe('bank-file', () => {
  const account = { type: 'accountNumber', id: '927549027483' };
  const plain = { note: 'March', extra: {} };
  const check = (like: Partial<typeof plain>, settings = {}) =>
    bankFile.checkRow!({ payer: account, payee: account, ...plain, ...like }, settings);

  test('a row is refused at its check for what no file could carry, with the column and the cure', () => {
    expect(check({ note: 'x'.repeat(141) })).toMatchObject({ column: 'note', message: expect.stringContaining('140') });
    expect(check({ note: 'спасибо' })?.column).toBe('note');
    expect(check({ note: 'спасибо' }, { character_set: 'utf-8' })).toBeUndefined();
    expect(check({ extra: { payee_name: 'محمد' } })?.column).toBe('payee_name');
    expect(check({ extra: { payee_first_name: 'محمد', payee_last_name: 'Kay' } })?.column).toBe('payee_first_name');
    expect(check({ extra: { payee_bic: 'SLCB' } })?.column).toBe('payee_bic');
    expect(check({ note: '', extra: { payee_name: 'José Núñez', payee_bic: 'slcbslfr' } })).toBeUndefined();
  });

  test('pays from an account to an account, named by IBAN or by the bank’s own number', () => {
    const iban = { type: 'IBAN', id: 'DE89 3704 0044 0532 0130 00' };
    expect(bankFile.checkRow!({ payer: account, payee: iban, ...plain })).toBeUndefined();
    expect(bankFile.checkRow!({ payer: iban, payee: account, ...plain })).toBeUndefined();
    const phone = { type: 'msisdn', id: '23276123456' };
    expect(bankFile.checkRow!({ payer: phone, payee: account, ...plain })?.column).toBe('payer_identifier');
    expect(bankFile.checkRow!({ payer: account, payee: phone, ...plain })?.column).toBe('payee_identifier');
  });

  test.for([
    [{ bic: 'SLCB' }, 'bic'],
    [{ debtor_name: '财政部' }, 'debtor_name'],
    [{ debtor_name: 'x'.repeat(71) }, 'debtor_name'],
    [{ character_set: 'ebcdic' }, 'character_set'],
    [{ cut_off: 'noon' }, 'cut_off'],
    [{ bucket: '' }, 'RAIL_BANK_FILE_BUCKET'],
    [{ url: 'sftp://hub@bank.example/' }, 'RAIL_BANK_FILE_PRIVATE_KEY, RAIL_BANK_FILE_HOST_KEY'],
  ] as const)('%j is refused at start', ([settings, name]) => {
    const url = 'http://127.0.0.1:9';
    const http = createRailHttp({ baseUrl: url, name: 'bank-file', limits: bankFile.limits, log: silentLog });
    const tools = { http, callbackUrlOf: String, now: () => new Date(), log: silentLog };
    expect(() =>
      bankFile.open({ ...tools, config: { ...config, url, ...settings } as Record<string, string> }),
    ).toThrow(name);
  });
});
