/** kill -9 of the hub's processes while single payments come in: each is accepted once, ends, and moved its money once. */
import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { createStack } from '../../local/stack.ts';
import { ledgerOf, openHub } from '../hub.ts';
import { aTransfer, postTransfer, transferThatIs } from '../transfers.ts';
import { haveStackAlone } from '../turn.ts';

haveStackAlone();
const hub = openHub();
const stack = createStack({ profile: 'test' });
afterAll(() => stack.up());

test('api, workers and connectors are killed while forty payments are posted, and whoever got no answer posts again', async () => {
  const tenant = await hub.aTenant();
  const wishes = Array.from({ length: 40 }, (_, at) => ({
    body: aTransfer({ amount: `${at + 1}.25`, ends: at % 10 === 7 ? '0422' : '0001' }),
    headers: { 'Idempotency-Key': randomUUID(), 'X-Payment-Scheme': at % 2 === 0 ? 'mojaloop' : 'gsma' },
  }));
  let answered = 0;
  const ids = new Map<number, string>();
  const post = async (at: number): Promise<void> => {
    const { status, text, body } = await postTransfer(tenant, wishes[at]!.body, wishes[at]!.headers);
    expect(status, text).toBe(202);
    // A payment that was answered before is the same one now.
    expect(ids.get(at) ?? body.transactionId).toBe(body.transactionId);
    ids.set(at, body.transactionId);
    answered += 1;
  };
  const all = wishes.map((_, at) => at);
  for (const victims of [['api'], ['connectors'], ['api', 'workers'], ['workers', 'connectors']]) {
    answered = 0;
    const posts = all.map((at) => post(at).catch(() => undefined));
    await expect.poll(() => answered, { timeout: 30_000, interval: 5 }).toBeGreaterThan(3);
    for (const name of victims) await stack.kill(name);
    await Promise.all(posts);
    for (const name of victims) await stack.start(name);
  }
  await Promise.all(all.map(post));

  expect(await hub.c.transfers.countDocuments({ tenantId: tenant.id })).toBe(wishes.length);
  for (const at of all) {
    const transactionId = ids.get(at)!;
    const isRefused = at % 10 === 7;
    const { status, amount } = await transferThatIs(tenant, transactionId);
    expect({ status, amount }, `payment ${at}`).toEqual({
      status: isRefused ? 'FAILED' : 'COMPLETED',
      amount: `${at + 1}.25`,
    });
    const entry = (await ledgerOf(transactionId, [1])).get(1);
    expect(entry?.executed ?? 0, `payment ${at}`).toBe(isRefused ? 0 : 1);
    if (!isRefused) expect(Number(entry!.amount)).toBe(at + 1.25);
  }
  expect(await hub.c.conflicts.countDocuments({ tenantId: tenant.id })).toBe(0);
});

test('a payment that came while nothing of the hub but its API was up is made when the rest is there', async () => {
  const tenant = await hub.aTenant();
  for (const name of ['workers', 'connectors', 'zeebe']) await stack.kill(name);
  const { status, text, body } = await postTransfer(tenant, aTransfer(), { 'X-Payment-Scheme': 'mojaloop' });
  expect(status, text).toBe(202);
  await stack.up();
  expect(await transferThatIs(tenant, body.transactionId)).toMatchObject({ status: 'COMPLETED' });
  expect((await ledgerOf(body.transactionId, [1])).get(1)).toMatchObject({ executed: 1 });
});
