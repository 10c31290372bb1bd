/** kill -9 of the hub's processes while routes are paid, credited and withdrawn: nothing is lost and nothing is paid twice. */
import { randomUUID } from 'node:crypto';
import { afterAll, expect, test, vi } from 'vitest';
import { createStack } from '../../local/stack.ts';
import { reversalIdOf } from '../../store/route-standing.ts';
import { ledgerOf, openHub, simulatorOf } from '../hub.ts';
import { aRoutingWorld } from '../routing.ts';
import { haveStackAlone } from '../turn.ts';

haveStackAlone();
const hub = openHub();
const stack = createStack({ profile: 'test' });
afterAll(() => stack.up());

test('api, workers and connectors are killed while routes are posted; ledger, books and statements agree', async () => {
  const world = await aRoutingWorld(hub, '100000.00');
  const ends = ['0001', '0422', '0504', '0203', '0505'];
  const accounts: string[] = [];
  for (const [i, end] of ends.entries())
    accounts.push(await world.anAccount(`acc${i}-${end}`, ['gsma', 'mojaloop', 'slcb'][i % 3]));
  const wishes = Array.from({ length: 12 }, (_, at) => ({
    headers: { 'Idempotency-Key': randomUUID() },
    body: {
      amount: `${accounts.length * (at + 1)}.00`,
      currency: 'USD',
      autoPayout: at % 2 === 0,
      transfers: accounts.map((account) => ({ account, amount: `${at + 1}.00` })),
    },
  }));
  const ids = new Map<number, string>();
  const post = async (at: number): Promise<void> => {
    const { body, headers } = wishes[at]!;
    const id = await world.route(body, headers);
    expect(ids.get(at) ?? id).toBe(id);
    ids.set(at, id);
  };
  const all = wishes.map((_, at) => at);
  for (const victims of [['connectors'], ['api', 'workers'], ['workers', 'connectors']]) {
    const posts = all.map((at) => post(at).catch(() => undefined));
    await expect.poll(() => ids.size, { timeout: 60_000, interval: 5 }).toBeGreaterThan(2);
    for (const name of victims) await stack.kill(name);
    await Promise.all(posts);
    for (const name of victims) await stack.start(name);
  }
  for (const at of all) await post(at);
  expect(await hub.c.routes.countDocuments({ tenantId: world.tenant.id })).toBe(wishes.length);

  let outside = 0;
  const credited = new Map<string, number>();
  for (const at of all) {
    const { parts } = await world.routeThatIs(ids.get(at)!);
    for (const [i, part] of parts.entries()) {
      const isPaid = part.state === 'paid_out' || part.state === 'credited';
      expect(isPaid, `route ${at}, ${part.account}: ${part.state}`).toBe(
        at % 2 === 1 || !part.account.endsWith('0422'),
      );
      if (at % 2 === 1) credited.set(part.account, (credited.get(part.account) ?? 0) + at + 1);
      else {
        const entry = (await ledgerOf(part.batch_id, [i + 1])).get(i + 1);
        expect(entry?.executed ?? 0, `route ${at}, ${part.account}`).toBe(isPaid ? 1 : 0);
        if (isPaid) outside += at + 1;
      }
    }
  }
  const inside = [...credited.values()].reduce((sum, n) => sum + n, 0);
  const receivers = Object.fromEntries([...credited].map(([account, n]) => [account, `${n}.00`]));
  await vi.waitFor(() => world.expectBooks(`${100_000 - outside - inside}.00`, receivers), {
    timeout: 60_000,
    interval: 500,
  });
  const payouts = await hub.c.journal.find({ tenantId: world.tenant.id, kind: 'payout' }).toArray();
  expect(payouts.reduce((sum, { lines }) => sum + lines[1]!.minor, 0n)).toBe(BigInt(outside) * 100n);
  expect(await hub.c.conflicts.countDocuments({ tenantId: world.tenant.id })).toBe(0);

  // What the rails can bring back comes back once, whoever dies while it is asked for.
  const reversed = all.filter((at) => at % 2 === 0);
  for (const at of reversed) {
    await world.done('POST', `/api/v1/routes/${ids.get(at)}/reversal`, { reason: 'wrong month' });
  }
  for (const victims of [['connectors'], ['workers', 'connectors']]) {
    for (const name of victims) await stack.kill(name);
    for (const name of victims) await stack.start(name);
  }
  let back = 0;
  for (const at of reversed) {
    const { parts } = await world.routeThatIs(ids.get(at)!, ({ reversal }) => reversal?.done_at != null);
    for (const { account, reversal, end_to_end_id: paidId } of parts) {
      const isBack = /^acc[03]-/.test(account);
      const otherwise = account.endsWith('0422') ? 'not_paid' : 'paid_out';
      expect(reversal, `route ${at}, ${account}`).toBe(isBack ? 'reversed' : otherwise);
      if (!isBack) continue;
      const text = await (await fetch(`${simulatorOf('gsma')}/_ledger?ids=${reversalIdOf(paidId, 1)}`)).text();
      expect(JSON.parse(text), account).toMatchObject({ executed: 1, state: 'completed' });
      back += at + 1;
    }
  }
  await world.expectBooks(`${100_000 - outside - inside + back}.00`, receivers);
});
