import { expect, test, vi } from 'vitest';
import { uuidOf } from '../../domain/ids.ts';
import { createRailHttp } from '../../platform/http.ts';
import { silentLog } from '../../platform/log.ts';
import { describeRail } from '../conformance.ts';
import { closedLoop } from './rail.ts';

const config = {
  ledger: 'fineract',
  username: 'mifos',
  password: 'password',
  fineract_tenant: 'default',
  office_id: '1',
  savings_products: 'USD:3',
};

/** Over Fineract; what the same rail does over the hub's own ledger is in embedded.it.test.ts. */
describeRail(closedLoop, {
  looksUp: true,
  config: { ...config, never_received_ms: '1000' },
  partyType: 'walletId',
  settlesAtOnce: true,
  steps: true,
  more(bench) {
    const bookings = async () => {
      const text = await (await fetch(`${bench.simulator().url}/_ledger`)).text();
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { id: string; amount: string; payer: string; payee: string });
    };

    test('a message is held and taken from the payer once, however many payees it has', async () => {
      const rail = bench.open();
      const payments = Array.from({ length: 20 }, () => bench.aPayment({ amount: '10.00' }));
      const answers = await bench.pay(rail, payments);
      expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['completed']));
      const taken = (await bookings()).filter(({ payee }) => payee === '');
      expect(taken.map(({ amount }) => Number(amount))).toEqual([200, 200]);
    });

    test('what was taken for a payee who is refused goes back to the payer, once', async () => {
      const rail = bench.open();
      const payments = ['0001', '0404', '0422'].map((payee) => bench.aPayment({ payee, amount: '10.00' }));
      const kinds = async () => (await bench.pay(rail, payments)).map(({ kind }) => kind);
      expect(await kinds()).toEqual(['completed', 'rejected', 'rejected']);
      expect(await kinds()).toEqual(['completed', 'rejected', 'rejected']);
      const back = (await bookings()).filter(({ payee }) => payee === payments[0]!.payer.id);
      expect(back.map(({ amount }) => Number(amount))).toEqual([10, 10]);
    });

    test('a payee without an account gets one, once, also where whoever made it died halfway; then it is paid', async () => {
      const rail = bench.open();
      const payments = [
        bench.aPayment({ payee: '0404' }),
        bench.aPayment({ payee: '0001' }),
        bench.aPayment({ payee: '0404' }),
      ];
      const create = () => rail.beneficiaries!.make([...payments, { ...payments[0]! }], bench.call());
      const { url } = bench.simulator();
      const json = { method: 'POST', headers: { 'content-type': 'application/json' } };
      const client = { externalId: uuidOf(`fineract/client/${payments[2]!.payee.id}`) };
      const made = await fetch(`${url}/clients`, { ...json, body: JSON.stringify(client) });
      const { clientId } = (await made.json()) as { clientId: number };
      const account = { clientId, externalId: payments[2]!.payee.id };
      await fetch(`${url}/savingsaccounts`, { ...json, body: JSON.stringify(account) });
      expect((await create()).map(({ kind }) => kind)).toEqual(['there', 'there', 'created', 'created']);
      expect((await create()).map(({ kind }) => kind)).toEqual(['there', 'there', 'there', 'there']);
      expect((await bench.pay(rail, payments)).map(({ kind }) => kind)).toEqual([
        'completed',
        'completed',
        'completed',
      ]);
    });

    test('a currency without a savings product makes no account, and says so', async () => {
      const payment = bench.aPayment({ payee: '0404', currency: 'JPY', amount: '100' });
      expect(await bench.open().beneficiaries!.make([payment], bench.call())).toMatchObject([
        { kind: 'refused', railCode: 'no-product' },
      ]);
    });

    test('a request that Fineract still carries out is accepted, and asking finds it when it has ended', async () => {
      const rail = bench.open();
      const payment = bench.aPayment({ payee: '0203' });
      expect(await bench.pay(rail, [payment])).toMatchObject([{ kind: 'accepted' }]);
      expect(await bench.pay(rail, [payment])).toMatchObject([{ kind: 'completed' }]);
      expect(await bench.ask(rail, [payment])).toMatchObject([{ kind: 'completed' }]);
      expect(await bench.ledger(payment)).toMatchObject({ executed: 1 });
    });

    test('sent twice, a payment is refused by its code, which is that of a hold, and is completed all the same', async () => {
      const rail = bench.open();
      const payment = bench.aPayment();
      expect(await bench.pay(rail, [payment])).toMatchObject([{ kind: 'completed' }]);
      expect(await bench.pay(rail, [payment])).toMatchObject([{ kind: 'completed' }]);
      expect(await bench.ledger(payment)).toMatchObject({ executed: 1 });
    });

    test('a payment that may still come is not given back before its time', async () => {
      const rail = bench.open();
      const payment = bench.aPayment({ payee: '0505' });
      const messageId = `${payment.subBatchId}-${payment.row}`;
      expect(await bench.pay(rail, [payment], messageId)).toMatchObject([{ kind: 'unknown' }]);
      const ask = () => rail.queryBatch!([payment], { at: new Date(), messageId }, bench.call());
      expect(await ask()).toMatchObject([{ kind: 'unknown' }]);
      expect(await bench.ask(rail, [payment])).toMatchObject([{ kind: 'neverReceived' }]);
      expect(await bench.decided(rail, payment)).toMatchObject({ kind: 'completed' });
      const mine = (await bookings()).filter(({ id, payee }) => payee === '' && !id.startsWith('hold/'));
      const back = (await bookings()).filter(({ payee }) => payee === payment.payer.id);
      expect([mine.length, back.length]).toEqual([2, 1]);
      await vi.waitFor(async () => expect(await bench.ledger(payment)).toMatchObject({ executed: 1 }));
    });
  },
});

test('a configuration that lacks what Fineract needs is told by the names of its variables', () => {
  const limits = closedLoop.limits;
  const http = createRailHttp({ baseUrl: 'http://127.0.0.1:9', name: 'closed-loop', limits, log: silentLog });
  const tools = { http, callbackUrlOf: () => '', now: () => new Date(), log: silentLog };
  expect(() => closedLoop.open({ ...tools, config: { ledger: 'fineract', url: 'http://127.0.0.1:9' } })).toThrow(
    'RAIL_CLOSED_LOOP_USERNAME, RAIL_CLOSED_LOOP_PASSWORD, RAIL_CLOSED_LOOP_FINERACT_TENANT',
  );
  expect(() => closedLoop.open({ ...tools, config: { ledger: 'paper' } })).toThrow('neither embedded nor fineract');
  const half = { ...config, url: 'http://127.0.0.1:9', savings_products: 'USD' };
  expect(() => closedLoop.open({ ...tools, config: half })).toThrow('RAIL_CLOSED_LOOP_SAVINGS_PRODUCTS, such as');
});
