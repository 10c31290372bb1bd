/** kill -9 in the middle of cancelling and of retrying: every row ends once, and there is one child. */
import { afterAll, expect, test, vi } from 'vitest';
import { createStack } from '../../local/stack.ts';
import { batchRange } from '../../store/row-keys.ts';
import { json, ledgerOf, openHub, type TenantClient } from '../hub.ts';
import { aRow, csvOf } from '../rows.ts';
import { haveStackAlone } from '../turn.ts';

haveStackAlone();
const hub = openHub();
const stack = createStack({ profile: 'test' });
afterAll(() => stack.up());

test('workers are killed while they cancel 20,000 rows: they are all cancelled, and no rail has heard of one', async () => {
  const tenant = await hub.aTenant();
  const rows = Array.from({ length: 20_000 }, (_, at) => aRow({ payment_mode: at % 2 === 0 ? 'slcb' : 'gsma' }));
  const batchId = await tenant.accepted(csvOf(rows));
  await command(tenant, batchId, 'pause');
  await tenant.until(batchId, ({ status, sub_batches: { ready } }) => status === 'processing' && ready > 0);
  await command(tenant, batchId, 'cancel');
  const cancelled = () => hub.c.outcomes.countDocuments({ _id: batchRange(batchId) });
  await vi.waitUntil(async () => (await cancelled()) > 0, { timeout: 60_000, interval: 5 });
  await stack.kill('workers');
  const then = await cancelled();
  expect(then, 'they are killed in the middle').toBeLessThan(20_000);
  await stack.start('workers');
  expect(await tenant.final(batchId)).toMatchObject({
    status: 'cancelled',
    failed: 20_000,
    reasons: { cancelled: 20_000 },
  });
  const lines = await tenant.lines(batchId);
  expect(new Set(lines.map(({ status, code }) => `${status} ${code}`))).toEqual(new Set(['FAILURE 410']));
  const sample = Array.from({ length: 200 }, (_, at) => at * 100 + 1);
  expect((await ledgerOf(batchId, sample)).size).toBe(0);
  expect(await hub.c.conflicts.countDocuments({ tenantId: tenant.id })).toBe(0);
});

test('api and workers are killed while a retry is made: asked again until it is answered, there is one child', async () => {
  const tenant = await hub.aTenant();
  const rows = Array.from({ length: 300 }, () => aRow({ ends: '0423' }));
  const { batch_id: parentId } = await tenant.paid(csvOf(rows));
  await stack.kill('workers');
  // Whether the first was heard, nobody knows.
  const unheard = retry(tenant, parentId).catch(() => undefined);
  await stack.kill('api');
  await unheard;
  await stack.start('api');
  const { status, body } = await retry(tenant, parentId);
  expect([202, 409]).toContain(status);
  await stack.start('workers');
  await vi.waitUntil(() => hub.c.outbox.findOne({ _id: `retry/${idOf(body.child)}`, doneAt: { $exists: true } }), {
    timeout: 60_000,
  });
  await stack.kill('workers');
  await stack.start('workers');
  expect(await tenant.final(idOf(body.child))).toMatchObject({ status: 'completed', total: 300, successful: 300 });
  expect(await tenant.status(parentId)).toMatchObject({ retries: [{ k: 1, child: idOf(body.child), rows: 300 }] });
  const numbers = rows.map((_, at) => at + 1);
  const executed = [...(await ledgerOf(idOf(body.child), numbers)).values()].map((entry) => entry.executed);
  expect(executed).toEqual(numbers.map(() => 1));
});

/** The answer to a retry names its child by id, the refusal of a second one by its path. */
function idOf(child: string): string {
  return child.split('/').at(-1)!;
}

function retry(tenant: TenantClient, batchId: string) {
  return command<{ child: string }>(tenant, batchId, 'retry');
}

function command<B>(tenant: TenantClient, batchId: string, word: string) {
  const init = json('POST', { reason: 'because' }, { 'X-User': 'olga' });
  return tenant.call<B>(`/api/v1/batches/${batchId}/${word}`, init);
}
