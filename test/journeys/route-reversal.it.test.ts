/** A paid out route is taken back: the rail is asked once for each part, also where its answer is lost, and the float has just what came back. */
import { expect, test } from 'vitest';
import { railVariable } from '../../connectors/rail-variables.ts';
import type { LedgerEntry } from '../../connectors/simulator.ts';
import { reversalIdOf } from '../../store/route-standing.ts';
import { openHub, simulatorOf } from '../hub.ts';
import { aRoutingWorld, type Route, type RoutePart } from '../routing.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();

test('rails that can bring parts back, once each; the others, and what was refused, are told by part', async () => {
  const world = await aRoutingWorld(hub, '100.00');
  const accounts = [
    await world.anAccount('paid-0001'),
    await world.anAccount('cut-0504'),
    await world.anAccount('lost-0505'),
    await world.anAccount('failed-0422'),
    await world.anAccount('bank-0001', 'slcb'),
    await world.anAccount('taken-0001'),
  ];
  const transfers = accounts.map((account) => ({ account, amount: '10.00' }));
  const id = await world.route({ amount: '60.00', currency: 'USD', autoPayout: true, transfers });
  const paid = await world.routeThatIs(id);
  expect(paid).toMatchObject({ status: 'partly_failed' });
  await world.expectBooks('50.00');
  const part = partOf(paid);
  await takeBackAtTheRail(part('taken-0001'));

  const reverse = (reason: string) => world.call<Route>('POST', `/api/v1/routes/${id}/reversal`, { reason });
  expect(await reverse('wrong month')).toMatchObject({ status: 202, body: { reversal: { done_at: null } } });
  expect(await reverse('twice'), 'one that is under way is the same').toMatchObject({ status: 202 });
  const reversed = await world.routeThatIs(id, isReversed);
  expect(reversed).toMatchObject({ status: 'partly_reversed' });
  expect(resultsOf(reversed)).toEqual({
    'paid-0001': 'reversed',
    'cut-0504': 'reversed',
    'lost-0505': 'reversed',
    'failed-0422': 'not_paid',
    'bank-0001': 'paid_out',
    'taken-0001': 'reversal_refused',
  });
  expect(partOf(reversed)('taken-0001').reversal_error).toMatchObject({ rail_code: 'businessRule/incorrectState' });
  expect(partOf(reversed)('bank-0001')).toMatchObject({ state: 'paid_out', reversal_error: { rail_code: null } });
  await world.expectBooks('80.00');
  for (const account of ['paid-0001', 'cut-0504', 'lost-0505']) {
    const { end_to_end_id: paidId } = part(account);
    expect(await atTheRail(paidId), account).toMatchObject([{ executed: 1 }]);
    const [payment] = await atTheRail(paidId);
    expect(await atTheRail(reversalIdOf(paidId, 1)), account).toMatchObject([
      { executed: 1, payer: payment!.payee, payee: payment!.payer, amount: '10.00' },
    ]);
  }

  // Only what was refused is asked for anew, under an id of its own.
  expect(await reverse('the rail may think again')).toMatchObject({ status: 202 });
  const again = await world.routeThatIs(id, ({ reversal, parts }) => {
    const { reversal: result } = parts.find(({ account }) => account === 'taken-0001')!;
    return reversal?.done_at != null && reversal.done_at !== reversed.reversal!.done_at && result !== 'asked';
  });
  expect(resultsOf(again)).toMatchObject({ 'paid-0001': 'reversed', 'taken-0001': 'reversal_refused' });
  expect(await atTheRail(reversalIdOf(part('paid-0001').end_to_end_id, 2))).toEqual([]);
  await world.expectBooks('80.00');
});

test('a route by a rail that brings nothing back says so, also to its caller, and cannot be asked for again', async () => {
  const world = await aRoutingWorld(hub, '10.00');
  const receiver = await hub.aReceiver();
  const account = await world.anAccount('bank-0001', 'slcb');
  const transfers = [{ account, amount: '10.00' }];
  const body = { amount: '10.00', currency: 'USD', autoPayout: true, transfers };
  const id = await world.route(body, { 'X-CallbackURL': receiver.url });
  await world.routeThatIs(id);
  const reverse = () => world.call<Route>('POST', `/api/v1/routes/${id}/reversal`, { reason: 'wrong bank' });
  expect(await reverse()).toMatchObject({ status: 202 });
  const told = await world.routeThatIs(id, isReversed);
  expect(told).toMatchObject({ status: 'completed', parts: [{ state: 'paid_out', reversal: 'paid_out' }] });
  expect(await reverse()).toMatchObject({ status: 409 });
  await expect.poll(() => receiver.events.map(({ event }) => event), { timeout: 30_000 }).toContain('route.reversed');
  const heard = receiver.events.filter(({ event }) => event === 'route.reversed');
  expect(heard).toMatchObject([{ isSigned: true, body: { route_id: id, status: 'completed', reversal: 1 } }]);
  await world.expectBooks('0.00');
});

const isReversed = ({ reversal }: Route) => reversal?.done_at != null;

function partOf({ parts }: Route): (account: string) => RoutePart {
  return (account) => parts.find((part) => part.account === account)!;
}

function resultsOf({ parts }: Route) {
  return Object.fromEntries(parts.map(({ account, reversal }) => [account, reversal]));
}

/** Somebody else has the provider reverse it, so that it is not there to be reversed any more. */
async function takeBackAtTheRail({ end_to_end_id: id, reference }: RoutePart): Promise<void> {
  const reversalId = reversalIdOf(id, 99);
  const response = await fetch(`${simulatorOf('gsma')}/transactions/${reference}/reversals`, {
    method: 'POST',
    headers: { 'X-API-Key': process.env[railVariable('gsma', 'api_key')]!, 'X-CorrelationID': reversalId },
    body: JSON.stringify({ type: 'reversal', requestingOrganisationTransactionReference: reversalId }),
  });
  expect(response.status, await response.text()).toBe(202);
}

async function atTheRail(id: string): Promise<LedgerEntry[]> {
  const text = await (await fetch(`${simulatorOf('gsma')}/_ledger?ids=${id}`)).text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LedgerEntry);
}
