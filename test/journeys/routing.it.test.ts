/** An amount that goes to many: credited inside the loop or paid out over the rails, repaired, reversed, withdrawn and spent. */
import { randomUUID } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { requiredColumns } from '../../domain/batch-file.ts';
import { ledgerOf, openHub } from '../hub.ts';
import { aRoutingWorld, isSettled, type Wallet } from '../routing.ts';

const hub = openHub();
const states = (route: { parts: readonly { account: string; state: string }[] }) =>
  Object.fromEntries(route.parts.map(({ account, state }) => [account, state]));

test('without auto payout, shares and fees are credited to wallets, to the unit, once for however many posts', async () => {
  const world = await aRoutingWorld(hub, '10000.00');
  for (const id of ['north', 'south', 'platform']) await world.anAccount(id, 'gsma', '0001');
  const body = {
    amount: 2000.01,
    currency: 'USD',
    transfers: [
      { account: 'north', share: '33.3333', notes: { branch: 'Acme North' } },
      { account: 'south', share: '66.6667' },
    ],
    fees: [{ account: 'platform', share: '2.5' }],
  };
  const key = { 'Idempotency-Key': randomUUID() };
  const id = await world.route(body, key);
  expect(await world.route(body, key)).toBe(id);
  const route = await world.routeThatIs(id);
  expect(route).toMatchObject({ status: 'completed' });
  expect(route.parts.map(({ account, amount, state }) => [account, amount, state])).toEqual([
    ['north', '650.00', 'credited'],
    ['south', '1300.01', 'credited'],
    ['platform', '50.00', 'credited'],
  ]);
  await world.expectBooks('7999.99', { north: '650.00', south: '1300.01', platform: '50.00' });
  const { lines } = await world.done<{ lines: { kind: string; amount: string }[] }>(
    'GET',
    `/api/v1/wallets/${world.receiverId('north')}/statement`,
  );
  expect(lines).toMatchObject([{ kind: 'payment', amount: '650.00', available: '650.00' }]);
});

test('with auto payout each part leaves by its account’s rail; what failed comes back, is repaired and paid again', async () => {
  const world = await aRoutingWorld(hub, '1000.00');
  const accounts = [
    await world.anAccount('a-0001'),
    await world.anAccount('b-0422', 'mojaloop'),
    await world.anAccount('c-0001', 'slcb'),
  ];
  const transfers = accounts.map((account) => ({ account, amount: '100.00', currency: 'USD' }));
  const id = await world.route({ amount: '300.00', currency: 'USD', autoPayout: true, transfers });
  const first = await world.routeThatIs(id);
  expect(states(first)).toEqual({ 'a-0001': 'paid_out', 'b-0422': 'failed', 'c-0001': 'paid_out' });
  expect(first).toMatchObject({ status: 'partly_failed' });
  await world.expectBooks('800.00');
  const retry = (reason: string) => world.call('POST', `/api/v1/routes/${id}/retry`, { reason });
  const batchRetry = await world.call('POST', `/api/v1/batches/${first.parts[1]!.batch_id}/retry`, { reason: 'x' });
  expect(batchRetry.status).toBe(409);
  // The number was wrong.
  await world.anAccount('b-0422', 'mojaloop', '0001');
  expect((await retry('the number was corrected')).status).toBe(202);
  const second = await world.routeThatIs(id, (route) => route.status === 'completed' && isSettled(route));
  expect(states(second)).toEqual({ 'a-0001': 'paid_out', 'b-0422': 'paid_out', 'c-0001': 'paid_out' });
  await world.expectBooks('700.00');
  expect(await retry('again')).toMatchObject({ status: 409 });
  const [round1, round2] = second.rounds;
  const executed = await ledgerOf(round1!.batch_id, [1, 2, 3]);
  expect([1, 3].map((row) => executed.get(row)?.executed)).toEqual([1, 1]);
  expect((await ledgerOf(round2!.batch_id, [1])).get(1)).toMatchObject({ executed: 1, payer: '27710101999' });
});

test('a route is reversed: who still has it gives it back, the other is told and tried again later', async () => {
  const world = await aRoutingWorld(hub, '100.00');
  await world.anAccount('keeps-0001');
  await world.anAccount('spends-0001');
  const transfers = ['keeps-0001', 'spends-0001'].map((account) => ({ account, amount: 30 }));
  const id = await world.route({ amount: 60, currency: 'USD', transfers });
  await world.routeThatIs(id);
  const spender = world.receiverId('spends-0001');
  await world.done('POST', `/api/v1/wallets/${spender}/fundings`, { amount: 1, direction: 'out', reason: 'cash' });
  const reverse = () => world.done('POST', `/api/v1/routes/${id}/reversal`, { reason: 'wrong month' });
  await reverse();
  const isDone = ({ reversal }: { reversal: { done_at: string | null } | null }) => reversal?.done_at != null;
  const partly = await world.routeThatIs(id, isDone);
  expect(partly.parts.map(({ reversal }) => reversal)).toEqual(['reversed', 'insufficient']);
  expect(partly.status).toBe('partly_reversed');
  await world.expectBooks('70.00', { 'keeps-0001': '0.00', 'spends-0001': '29.00' });
  await world.done('POST', `/api/v1/wallets/${spender}/fundings`, { amount: 1, reason: 'cash' });
  await reverse();
  expect(await world.routeThatIs(id, ({ status }) => status === 'reversed')).toMatchObject({ status: 'reversed' });
  await world.expectBooks('100.00', { 'keeps-0001': '0.00', 'spends-0001': '0.00' });
  expect(await world.call('POST', `/api/v1/routes/${id}/reversal`, { reason: 'again' })).toMatchObject({ status: 409 });
});

test('a receiver withdraws: paid it is gone, refused it is back, and unknown it is held until the rail has said', async () => {
  const world = await aRoutingWorld(hub, '500.00');
  const ids = [
    await world.anAccount('w-0001'),
    await world.anAccount('x-0422'),
    await world.anAccount('y-0504', 'mojaloop'),
  ];
  const transfers = ids.map((account) => ({ account, amount: '100.00' }));
  await world.routeThatIs(await world.route({ amount: '300.00', currency: 'USD', transfers }));
  const withdraw = async (account: string, amount: string) => {
    const path = `/api/v1/wallets/${world.receiverId(account)}/withdrawals`;
    const { status_url } = await world.done<{ status_url: string }>('POST', path, { amount });
    return status_url;
  };
  const urls = await Promise.all(ids.map((account) => withdraw(account, '40.00')));
  for (const account of ids) {
    const { available, held } = await world.walletOf(account);
    expect(['40.00', '0.00']).toContain(held);
    expect(['60.00', '100.00']).toContain(available);
  }
  const ended = await Promise.all(
    urls.map((url) =>
      vi.waitUntil(
        async () => {
          const withdrawal = await world.done<{ status: string }>('GET', url);
          return withdrawal.status !== 'processing' && withdrawal.status;
        },
        { timeout: 150_000, interval: 100 },
      ),
    ),
  );
  expect(ended).toEqual(['completed', 'failed', 'completed']);
  await vi.waitFor(() => world.expectBooks('200.00', { 'w-0001': '60.00', 'x-0422': '100.00', 'y-0504': '60.00' }), {
    timeout: 60_000,
    interval: 250,
  });
  const tooMuch = await world.call('POST', `/api/v1/wallets/${world.receiverId('w-0001')}/withdrawals`, {
    amount: '60.01',
  });
  expect(tooMuch.status).toBe(409);
});

test('a payroll is run from a wallet, inside: rows of the file are posted, and what is wrong is told by row', async () => {
  const world = await aRoutingWorld(hub, '100.00');
  const employee = async (owner: string) =>
    (await world.done<Wallet>('POST', '/api/v1/wallets', { owner, currency: 'USD', kind: 'receiver' })).wallet_id;
  const [ann, ben, frozen] = [await employee('ann'), await employee('ben'), await employee('frozen')];
  await world.done('PUT', `/api/v1/wallets/${frozen}/status`, { status: 'frozen', reason: 'lost' });
  const rows = [
    [ann, '30.00'],
    [ben, '20.50'],
    [randomUUID(), '1.00'],
    [frozen, '1.00'],
  ];
  const lines = rows.map(([payee, amount], i) =>
    [i, '', 'closed-loop', 'walletId', world.floatId, 'walletId', payee, amount, 'USD', 'payroll'].join(','),
  );
  const batchId = await world.tenant.accepted(`${[requiredColumns.join(','), ...lines].join('\n')}\n`);
  await world.tenant.final(batchId);
  const results = await world.tenant.lines(batchId);
  expect(results.map(({ status, code }) => `${status} ${code}`.trim())).toEqual([
    'SUCCESS',
    'SUCCESS',
    'FAILURE 404',
    'FAILURE 422',
  ]);
  await world.expectBooks('49.50');
  expect(await world.wallet(ann)).toMatchObject({ available: '30.00' });
  expect(await world.wallet(ben)).toMatchObject({ available: '20.50' });
});

test('a payroll that a wallet cannot pay waits for money, and goes on when it is funded and resumed', async () => {
  const world = await aRoutingWorld(hub, '10.00');
  await world.anAccount('ann-0001');
  const id = await world.route({
    amount: '1.00',
    currency: 'USD',
    transfers: [{ account: 'ann-0001', amount: '1.00' }],
  });
  await world.routeThatIs(id);
  const line = ['1', '', 'wallet', 'walletId', world.floatId, 'accountId', 'ann-0001', '20.00', 'USD', 'payroll'].join(
    ',',
  );
  const batchId = await world.tenant.accepted(`${requiredColumns.join(',')}\n${line}\n`);
  const { payer_blocks: blocks } = await world.tenant.until(batchId, ({ payer_blocks }) => payer_blocks.length > 0);
  expect(blocks).toMatchObject([{ rail: 'closed-loop' }]);
  await world.done('POST', `/api/v1/wallets/${world.floatId}/fundings`, { amount: '50.00', reason: 'budget' });
  await world.tenant.final(batchId);
  await world.expectBooks('39.00', { 'ann-0001': '21.00' });
});
