/** Operators on the running hub: a rail that does not answer, asked again and marked by hand by two people; a rail that is paused; events. */
import { afterAll, expect, test, vi } from 'vitest';
import { endToEndIdOf } from '../../domain/ids.ts';
import { control, json, ledgerOf, openHub, type TenantClient } from '../hub.ts';
import { aRow, csvOf } from '../rows.ts';
import { haveStackAlone } from '../turn.ts';

haveStackAlone();
const hub = openHub();
const patience = { timeout: 90_000, interval: 200 };
afterAll(() => control('gsma', { mute: false }));

type Life = {
  readonly state: string;
  readonly outcome: { readonly stage: string; readonly status: string } | null;
  readonly conflicts: readonly { readonly got: string }[];
  readonly timeline: readonly { readonly kind: string; readonly direction?: string; readonly by?: string }[];
};

test('a payment whose rail is mute is unknown until it is asked again, marked by hand, or both; a contradiction is a conflict', async () => {
  const tenant = await hub.aTenant();
  await control('gsma', { mute: true });
  const rows = [1, 2, 3].map(() => aRow({ payment_mode: 'gsma' }));
  const batchId = await tenant.accepted(csvOf(rows), { switches: { 'settlement.deadline': '1h' } });
  const id = (row: number) => endToEndIdOf(batchId, row);
  await vi.waitUntil(async () => (await unknownsOf(tenant, batchId)).length === 3, patience);
  expect(await lifeOf(tenant, id(1))).toMatchObject({ state: 'unknown', outcome: null });

  await mark(tenant, id(1), 'completed');
  await mark(tenant, id(2), 'rejected');
  expect((await lifeOf(tenant, id(1))).outcome).toMatchObject({ stage: 'manual', status: 'completed' });
  expect((await lifeOf(tenant, id(2))).outcome).toMatchObject({ stage: 'manual', status: 'rejected' });
  expect((await tenant.status(batchId)).pending).toBe(1);

  // Asked while it is still mute: once it speaks, the hub's own question may be faster than an operator.
  await command(tenant, `/payments/${id(3)}/ask`, { reason: 'the rail said that it is back' });
  await control('gsma', { mute: false });
  await vi.waitUntil(async () => (await lifeOf(tenant, id(3))).state === 'done', patience);
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed', successful: 2, failed: 1 });
  expect(await unknownsOf(tenant, batchId)).toEqual([]);
  expect([...(await ledgerOf(batchId, [1, 2, 3], ['gsma'])).values()].map(({ executed }) => executed)).toEqual([
    1, 1, 1,
  ]);

  // The rail did pay row 2: asked once more, it says so, and the books keep what two people wrote.
  await command(tenant, `/payments/${id(2)}/ask`, { reason: 'to be sure' });
  await vi.waitUntil(async () => (await lifeOf(tenant, id(2))).conflicts.length === 1, patience);
  const life = await lifeOf(tenant, id(2));
  expect(life).toMatchObject({ state: 'failed', conflicts: [{ got: 'completed' }] });
  expect(new Set(life.timeline.map(({ kind }) => kind))).toEqual(
    new Set(['accepted', 'dispatched', 'claimed', 'exchange', 'hand_mark', 'outcome', 'command', 'conflict']),
  );
  expect(life.timeline.some(({ direction }) => direction === 'query')).toBe(true);
});

test('over a paused rail nothing new is sent, other rails go on, and resumed it is paid', async () => {
  const tenant = await hub.aTenant();
  await command(tenant, '/rails/slcb/pause', { reason: 'the bank called' }, 200);
  const batchId = await tenant.accepted(csvOf([aRow({ payment_mode: 'slcb' }), aRow({ payment_mode: 'mojaloop' })]));
  const waiting = await tenant.until(batchId, ({ successful }) => successful === 1);
  expect(waiting).toMatchObject({ status: 'processing', pending: 1 });
  const { body } = await tenant.call<{ rails: { rail: string; state: string; counts: object }[] }>(
    `/api/v1/batches/${batchId}/progress`,
  );
  expect(body.rails).toMatchObject([
    { rail: 'mojaloop', state: 'up', counts: { done: 1 } },
    { rail: 'slcb', state: 'paused', counts: { done: 0, waiting: 1 } },
  ]);
  expect((await ledgerOf(batchId, [1], ['slcb'])).size).toBe(0);
  await command(tenant, '/rails/slcb/resume', { reason: 'they are back' }, 200);
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed', successful: 2 });
});

async function command(tenant: TenantClient, path: string, body: object, status = 202, by = 'olga'): Promise<void> {
  const answer = await tenant.call(`/api/v1${path}`, json('POST', body, { 'X-User': by }));
  expect(answer.status, answer.text).toBe(status);
}

async function mark(tenant: TenantClient, id: string, outcome: 'completed' | 'rejected'): Promise<void> {
  const path = `/payments/${id}/hand-mark`;
  await command(tenant, path, { outcome, evidence: 'the statement', reason: 'it is mute' });
  const seen = { outcome, amount: '12.50', currency: 'USD', reason: 'I saw it' };
  await command(tenant, `${path}/confirm`, seen, 200, 'paul');
}

async function lifeOf(tenant: TenantClient, id: string): Promise<Life> {
  const { status, text, body } = await tenant.call<Life>(`/api/v1/payments/${id}`);
  expect(status, text).toBe(200);
  return body;
}

async function unknownsOf(tenant: TenantClient, batchId: string) {
  const { body } = await tenant.call<{ unknowns: { row: number }[] }>(`/api/v1/unknowns?batch=${batchId}`);
  return body.unknowns;
}
