/** A route of a tenant that wants two people: it waits with its money held, and is paid or comes back as the second one decides. */
import { expect, test } from 'vitest';
import { json, ledgerOf, openHub, type Problem } from '../hub.ts';
import { aRoutingWorld, type RoutingWorld } from '../routing.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();
const saw = { count: 2, totals: { USD: '60.00' } };

test('approved by somebody else the parts are paid; until then the money is held and no rail has heard of it', async () => {
  const { world, routeId, batchId } = await aWaitingRoute(true);
  expect(await world.wallet(world.floatId)).toMatchObject({ available: '40.00', held: '60.00' });
  expect(await world.read(routeId)).toMatchObject({ status: 'processing', parts: [pending, pending] });
  expect((await ledgerOf(batchId, [1, 2])).size).toBe(0);
  const approve = { decision: 'approve', ...saw };
  expect(await decide(world, batchId, 'treasurer', approve)).toMatchObject({
    status: 403,
    body: { type: 'urn:tributary:problem:maker-is-checker' },
  });
  expect(await decide(world, batchId, 'john', { ...approve, count: 1 })).toMatchObject({ status: 409 });
  expect(await decide(world, batchId, 'john', approve)).toMatchObject({ status: 200 });
  const route = await world.routeThatIs(routeId);
  expect(route.parts.map(({ state }) => state)).toEqual(['paid_out', 'paid_out']);
  expect([...(await ledgerOf(batchId, [1, 2])).values()].map(({ executed }) => executed)).toEqual([1, 1]);
  await world.expectBooks('40.00');
});

test('refused nothing is credited, the money is back, and a retry asks for approval anew', async () => {
  const { world, routeId, batchId } = await aWaitingRoute(false);
  expect(await decide(world, batchId, 'john', { decision: 'refuse', comment: 'not this year' })).toMatchObject({
    status: 200,
  });
  const refused = await world.routeThatIs(routeId);
  expect(refused).toMatchObject({ status: 'failed', parts: [cancelled, cancelled] });
  await world.expectBooks('100.00', { 'north-0001': '0.00', 'south-0001': '0.00' });
  await world.done('POST', `/api/v1/routes/${routeId}/retry`, { reason: 'they thought again' });
  const again = await world.routeThatIs(routeId, ({ rounds }) => rounds.length === 2);
  const retryId = again.rounds[1]!.batch_id;
  await waitsFor(world, retryId);
  expect(await world.wallet(world.floatId)).toMatchObject({ available: '40.00', held: '60.00' });
  expect(await decide(world, retryId, 'john', { decision: 'approve', ...saw })).toMatchObject({ status: 200 });
  expect(await world.routeThatIs(routeId)).toMatchObject({ status: 'completed' });
  await world.expectBooks('40.00', { 'north-0001': '30.00', 'south-0001': '30.00' });
});

test('nobody decides: at the deadline the parts are cancelled and the money is back', async () => {
  const { world, routeId } = await aWaitingRoute(false, { 'approval.deadline': '1s' });
  expect(await world.routeThatIs(routeId)).toMatchObject({ status: 'failed', parts: [cancelled, cancelled] });
  await world.expectBooks('100.00');
});

const pending = expect.objectContaining({ state: 'pending' });
const cancelled = expect.objectContaining({ state: 'failed', error: expect.objectContaining({ code: 410 }) });

async function aWaitingRoute(autoPayout: boolean, switches: object = {}) {
  const world = await aRoutingWorld(hub, '100.00', 'USD', { switches: { 'approval.enable': true, ...switches } });
  const accounts = [await world.anAccount('north-0001'), await world.anAccount('south-0001')];
  const transfers = accounts.map((account) => ({ account, amount: '30.00' }));
  const routeId = await world.route({ amount: '60.00', currency: 'USD', autoPayout, transfers });
  const { batch_id: batchId } = (await world.read(routeId)).rounds[0]!;
  await waitsFor(world, batchId);
  return { world, routeId, batchId };
}

/** The batch is made by the route's process; a short deadline may have passed before we look. */
async function waitsFor(world: RoutingWorld, batchId: string): Promise<void> {
  await expect
    .poll(
      async () => {
        const { body } = await world.call<{ status?: string }>('GET', `/api/v1/batchtransactions/${batchId}`);
        return body.status;
      },
      { timeout: 60_000, interval: 100 },
    )
    .toMatch(/^(awaiting_approval|cancelled)$/);
}

function decide({ tenant }: RoutingWorld, batchId: string, person: string, decision: object) {
  return tenant.call<Problem>(`/api/v1/batches/${batchId}/approval`, json('POST', decision, { 'X-User': person }));
}
