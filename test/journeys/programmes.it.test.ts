/** A batch that names its programme: who pays it, and what becomes of the programme's budget. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { checkLedger } from '../../store/ledger/check-ledger.ts';
import { control, json, ledgerOf, openHub, type TenantClient } from '../hub.ts';
import { aRoutingWorld } from '../routing.ts';
import { anIdentifier, aRow, csvOf } from '../rows.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();

const account = '003001003874120177';
const unpaid = { payer_identifier_type: '', payer_identifier: '' };

async function aProgramme(tenant: TenantClient, currencies: readonly object[], payer: string) {
  const id = `p-${randomUUID().slice(0, 8)}`;
  const programme = {
    institution_id: 'ministry-of-health',
    name: 'Nurses',
    payer: { type: 'accountNumber', id: payer },
    currencies,
    effective_from: '2026-01-01',
  };
  const { status, text } = await tenant.call(`/api/v1/programmes/${id}`, json('PUT', programme, { 'X-User': 'ada' }));
  expect(status, text).toBe(201);
  return { id, headers: { 'X-Registering-Institution-ID': 'ministry-of-health', 'X-Program-ID': id } };
}

test.concurrent('rows that name no payer are paid by the programme over every kind of rail; a row of another payer is not paid', async () => {
  const tenant = await hub.aTenant();
  const { headers } = await aProgramme(tenant, [{ currency: 'USD', payment_max: '100.00' }], account);
  const rows = [
    ...['slcb', 'mojaloop', 'gsma'].map((mode) => aRow({ ...unpaid, payment_mode: mode, amount: '3.50' })),
    aRow({ ...unpaid, amount: '100.01' }),
    aRow({ amount: '1.00' }),
  ];
  const batch = await tenant.paid(csvOf(rows), { headers });
  expect(batch).toMatchObject({ status: 'completed', successful: 3, failed: 2, reasons: { invalid: 2 } });
  const lines = await tenant.lines(batch.batch_id);
  expect(lines.map(({ status, code }) => status + code)).toEqual([
    ...['SUCCESS', 'SUCCESS', 'SUCCESS', 'FAILURE400', 'FAILURE400'],
  ]);
  const detail = await tenant.call<{ payerPartyId: string }[]>(`/batchtransactions/${batch.batch_id}/detail`);
  expect(detail.body.slice(0, 4).map(({ payerPartyId }) => payerPartyId)).toEqual([account, account, account, account]);
});

test.concurrent('a rail sees the programme’s account as payer; what waits for its funds stays held when the batch closes, and is consumed once it is paid', async () => {
  const payer = anIdentifier('0402');
  const { tenant, headers, left } = await aBudget('100.00', payer);
  const batchId = await tenant.accepted(csvOf([aRow(unpaid)]), {
    headers,
    switches: { ...switches, 'settlement.deadline': '2s' },
  });
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed_with_pending' });
  const { payer_blocks: blocks } = await tenant.until(batchId, (status) => status.payer_blocks.length > 0);
  expect(blocks.map(({ rail }) => rail)).toEqual(['slcb']);
  expect(await left()).toEqual({ available: '87.50', held: '12.50', consumed: '0.00' });
  await control('slcb', { fund: payer });
  const { body } = await tenant.call<{ payer_blocks: { id: string }[] }>('/api/v1/payer-blocks');
  for (const { id } of body.payer_blocks) {
    await tenant.call(`/api/v1/payer-blocks/${id}`, { method: 'DELETE', headers: { 'X-User': 'olga' } });
  }
  await tenant.until(batchId, ({ status }) => status === 'completed');
  expect(await left()).toEqual({ available: '87.50', held: '0.00', consumed: '12.50' });
});

test.concurrent('a batch above the budget is refused before anything is paid, with the reason in status, result and webhook', async () => {
  const receiver = await hub.aReceiver();
  const { tenant, headers, left } = await aBudget('20.00');
  const rows = [1, 2].map(() => aRow({ ...unpaid, amount: '10.01' }));
  const callback = { 'X-CallbackURL': receiver.url };
  const batch = await tenant.paid(csvOf(rows), { headers: { ...headers, ...callback }, switches });
  expect(batch).toMatchObject({
    status: 'rejected',
    failed: 2,
    reasons: { cancelled: 2 },
    problem: { title: 'The budget has not enough', detail: expect.stringContaining('20.02 USD') },
  });
  const lines = await tenant.lines(batch.batch_id);
  for (const line of lines) {
    expect(line).toMatchObject({
      status: 'FAILURE',
      code: '410',
      description: expect.stringContaining('20.00 USD left'),
    });
  }
  expect((await ledgerOf(batch.batch_id, [1, 2])).size).toBe(0);
  const told = await receiver.next('batch.rejected', batch.batch_id);
  expect(told).toMatchObject({ isSigned: true, body: { problem: { title: 'The budget has not enough' } } });
  expect(await left()).toEqual({ available: '20.00', held: '0.00', consumed: '0.00' });
  const none = await tenant.post(csvOf([aRow()]), { switches });
  expect(none).toMatchObject({ status: 400, body: { type: 'urn:tributary:problem:programme-required' } });
});

test.concurrent('what is held is there before anybody approves; paid rows consume it, failed ones give back, and a retry holds again', async () => {
  const { tenant, headers, left, id } = await aBudget('100.00');
  const rows = [
    aRow({ ...unpaid, amount: '30.00' }),
    aRow({ ...unpaid, amount: '20.00', ends: '0423' }),
    aRow({ ...unpaid, amount: '0' }),
  ];
  const posted = {
    headers: { ...headers, 'X-User': 'mary', 'Idempotency-Key': randomUUID() },
    switches: { ...switches, 'approval.enable': true },
  };
  const batchId = await tenant.accepted(csvOf(rows), posted);
  expect(await tenant.accepted(csvOf(rows), posted)).toBe(batchId);
  await tenant.until(batchId, ({ status }) => status === 'awaiting_approval');
  expect(await left()).toEqual({ available: '50.00', held: '50.00', consumed: '0.00' });
  const { body: seen } = await tenant.call<{ programme: object }>(`/api/v1/batchtransactions/${batchId}`);
  const holds = [{ currency: 'USD', period: 'total', held: '50.00', consumed: '0.00' }];
  expect(seen.programme).toMatchObject({ id, budget: holds });
  await decide(tenant, batchId, { decision: 'approve', count: 2, totals: { USD: '50.00' } });
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed', successful: 1, failed: 2 });
  expect(await left()).toEqual({ available: '70.00', held: '0.00', consumed: '30.00' });
  const retried = await tenant.call<{ child: string }>(
    `/api/v1/batches/${batchId}/retry`,
    json('POST', { reason: 'active again' }, { 'X-User': 'olga' }),
  );
  const { child } = retried.body;
  await tenant.until(child, ({ status }) => status === 'awaiting_approval');
  expect(await left()).toEqual({ available: '50.00', held: '20.00', consumed: '30.00' });
  await decide(tenant, child, { decision: 'approve', count: 1, totals: { USD: '20.00' } });
  expect(await tenant.final(child)).toMatchObject({ status: 'completed', successful: 1 });
  expect(await left()).toEqual({ available: '50.00', held: '0.00', consumed: '50.00' });
  const { body } = await tenant.call<{ entries: { kind: string; batch_id: string | null; amount: string }[] }>(
    `/api/v1/programmes/${id}/entries`,
  );
  const kindsOf = (of: string) =>
    body.entries.filter(({ batch_id: b }) => b === of).map(({ kind, amount }) => [kind, amount]);
  expect(kindsOf(batchId).sort()).toEqual([
    ['consumption', '30.00'],
    ['hold', '50.00'],
    ['release', '20.00'],
  ]);
  expect(kindsOf(child).sort()).toEqual([
    ['consumption', '20.00'],
    ['hold', '20.00'],
  ]);
  expect(await checkLedger(hub.c, tenant.id)).toEqual([]);
});

test.concurrent('refused by the approver or cancelled, a batch gives everything back', async () => {
  const { tenant, headers, left } = await aBudget('100.00');
  const approval = { ...switches, 'approval.enable': true };
  const post = () =>
    tenant.accepted(csvOf([aRow(unpaid)]), { headers: { ...headers, 'X-User': 'mary' }, switches: approval });
  const [refused, cancelled] = await Promise.all([post(), post()]);
  for (const id of [refused, cancelled]) await tenant.until(id, ({ status }) => status === 'awaiting_approval');
  expect(await left()).toEqual({ available: '75.00', held: '25.00', consumed: '0.00' });
  await decide(tenant, refused, { decision: 'refuse', comment: 'not now' });
  const command = json('POST', { reason: 'sent by mistake' }, { 'X-User': 'olga' });
  await tenant.call(`/api/v1/batches/${cancelled}/cancel`, command);
  for (const id of [refused, cancelled]) expect(await tenant.final(id)).toMatchObject({ status: 'cancelled' });
  expect(await left()).toEqual({ available: '100.00', held: '0.00', consumed: '0.00' });
});

test.concurrent('a batch from before there were budgets is retried as it was', async () => {
  const tenant = await hub.aTenant();
  const parent = await tenant.paid(csvOf([aRow({ ends: '0423' })]));
  await hub.c.batches.updateOne({ _id: parent.batch_id }, { $unset: { 'switches.budget': '' } });
  const again = json('POST', { reason: 'active again' }, { 'X-User': 'olga' });
  const { body } = await tenant.call<{ child: string }>(`/api/v1/batches/${parent.batch_id}/retry`, again);
  expect(await tenant.final(body.child)).toMatchObject({ status: 'completed', successful: 1 });
});

test.concurrent('a route is paid from its wallet, whatever is said of budgets', async () => {
  const world = await aRoutingWorld(hub, '100.00');
  await hub.c.tenants.updateOne({ _id: world.tenant.id }, { $set: { switches } });
  const account = await world.anAccount('a-0001');
  const transfers = [{ account, amount: '40.00', currency: 'USD' }];
  const id = await world.route({ amount: '40.00', currency: 'USD', autoPayout: true, transfers });
  expect(await world.routeThatIs(id)).toMatchObject({ status: 'completed' });
  await world.expectBooks('60.00');
});

test.concurrent('of two batches that race for the last money, exactly one gets it', async () => {
  const { tenant, headers, left } = await aBudget('15.00');
  const race = () => tenant.paid(csvOf([aRow({ ...unpaid, amount: '10.00' })]), { headers, switches });
  const ended = await Promise.all([race(), race()]);
  expect(ended.map(({ status }) => status).sort()).toEqual(['completed', 'rejected']);
  expect(await left()).toEqual({ available: '5.00', held: '0.00', consumed: '10.00' });
});

const switches = { 'budget.enable': true };

/** A tenant with a programme that has `amount` in all, and what is left of it. */
async function aBudget(amount: string, payer = account) {
  const tenant = await hub.aTenant();
  const programme = await aProgramme(tenant, [{ currency: 'USD', budget: { period: 'total', amount } }], payer);
  const left = async () => {
    const { body } = await tenant.call<{ budgets: Record<'available' | 'held' | 'consumed', string>[] }>(
      `/api/v1/programmes/${programme.id}/budgets`,
    );
    const { available, held, consumed } = body.budgets[0]!;
    return { available, held, consumed };
  };
  return { tenant, ...programme, left };
}

async function decide(tenant: TenantClient, batchId: string, decision: object): Promise<void> {
  const path = `/api/v1/batches/${batchId}/approval`;
  const { status, text } = await tenant.call(path, json('POST', decision, { 'X-User': 'john' }));
  expect(status, text).toBe(200);
}
