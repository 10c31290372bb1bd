/** What is full or hangs slows what is behind it and nothing beside it, and nothing that was accepted is lost. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test, vi } from 'vitest';
import { rails } from '../../connectors/rails.ts';
import { createStack } from '../../local/stack.ts';
import { control, ledgerOf, openHub, type Problem, type TenantClient } from '../hub.ts';
import { anIdentifier, aRow, csvOf, type Mode } from '../rows.ts';
import { haveStackAlone } from '../turn.ts';

haveStackAlone();
const hub = openHub();
const stack = createStack({ profile: 'test' });

afterEach(async () => {
  await stack.up();
  for (const { id } of rails) await control(id, { mute: false, down: false });
});

test('a rail that hangs holds up no other rail, and pays each payment once when it is back', async () => {
  const tenant = await hub.aTenant();
  await control('mojaloop', { mute: true });
  const hanging = await tenant.accepted(fileOf('mojaloop', 300));
  // Its hands are full of calls that nobody answers.
  const calls = await vi.waitUntil(() => callsUnderWay('mojaloop'), { timeout: 60_000, interval: 200 });
  expect(calls).toBeGreaterThan(0);

  expect(await tenant.paid(fileOf('gsma', 40))).toMatchObject({ status: 'completed', successful: 40 });
  expect(await tenant.paid(fileOf('slcb', 2_000))).toMatchObject({ status: 'completed', successful: 2_000 });
  expect(await tenant.status(hanging)).toMatchObject({ successful: 0, failed: 0, pending: 300 });

  await control('mojaloop', { mute: false });
  expect(await tenant.final(hanging)).toMatchObject({ status: 'completed', successful: 300 });
  const ledger = await ledgerOf(hanging, rowNumbers(300));
  expect([...ledger.values()].map(({ executed }) => executed)).toEqual(rowNumbers(300).map(() => 1));
});

test.each(['mojaloop', 'slcb'] as const)(
  'a payer without funds stops what is theirs on %s, seen by all, and nothing of another payer of the same tenant',
  async (mode) => {
    const tenant = await hub.aTenant();
    const poor = anIdentifier('0402');
    const switches = { 'splitting.sub-batch-size': 10 };
    // More sub-batches than the window of the tenant holds.
    const stopped = await tenant.accepted(fileOf(mode, 150, poor), { switches });
    await tenant.until(stopped, ({ payer_blocks }) => payer_blocks.length > 0);
    expect(await tenant.paid(fileOf(mode, 60), { switches })).toMatchObject({ status: 'completed', successful: 60 });
    expect(await tenant.status(stopped)).toMatchObject({ successful: 0, failed: 0, pending: 150 });
    const isStopped = async () => (await tenant.subBatches(stopped)).some(({ stopped_at }) => stopped_at !== null);
    await vi.waitUntil(isStopped, { timeout: 60_000, interval: 200 });

    await control(mode, { fund: poor });
    const { body } = await tenant.call<{ payer_blocks: { id: string }[] }>('/api/v1/payer-blocks');
    const { id } = body.payer_blocks[0]!;
    const lifted = await tenant.call(`/api/v1/payer-blocks/${id}`, { method: 'DELETE', headers: { 'X-User': 'one' } });
    expect(lifted.status, lifted.text).toBe(200);
    expect(await tenant.final(stopped)).toMatchObject({ status: 'completed', successful: 150 });
    const ledger = await ledgerOf(stopped, rowNumbers(150), [mode]);
    expect([...ledger.values()].every(({ executed }) => executed === 1)).toBe(true);
  },
);

test('a hub that cannot begin what it has says 503, drops nothing of it, and takes more when it goes on', async () => {
  const [busy, other] = [await hub.aTenant(), await hub.aTenant()];
  await stack.kill('workers');
  const taken: string[] = [];
  let refused: Awaited<ReturnType<typeof post>> | undefined;
  const key = randomUUID();
  while (!refused) {
    const answer = await post(busy, key + taken.length);
    if (answer.status === 202) taken.push(answer.body.batch_id);
    else refused = answer;
    expect(taken.length).toBeLessThan(500);
  }
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
  expect((refused.body as unknown as Problem).type).toBe('urn:tributary:problem:hub-full');
  expect((await post(other, randomUUID())).status, 'another tenant has room').toBe(202);

  await stack.start('workers');
  for (const batchId of taken) expect(await busy.final(batchId)).toMatchObject({ successful: 1 });
  expect((await post(busy, key + taken.length)).status, 'the same request again').toBe(202);
});

test('without its object store or its database the API says 503 and when to come again, and the same request is then taken', async () => {
  const tenant = await hub.aTenant();
  for (const server of ['s3', 'mongo']) {
    const key = randomUUID();
    await stack.kill(server);
    const refused = await post(tenant, key);
    expect([server, refused.status, (refused.body as unknown as Problem).type]).toEqual([
      server,
      503,
      'urn:tributary:problem:unavailable',
    ]);
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    await stack.start(server);
    const again = await vi.waitUntil(
      async () => {
        const answer = await post(tenant, key);
        return answer.status === 202 && answer;
      },
      { timeout: 60_000, interval: 500 },
    );
    expect(await tenant.final(again.body.batch_id)).toMatchObject({ successful: 1 });
  }
});

test('whoever reads the numbers finds those of every rail', async () => {
  const text = await (await fetch(`http://127.0.0.1:${process.env.CONNECTORS_PORT}/metrics`)).text();
  for (const { id } of rails) {
    expect(text).toMatch(new RegExp(`^tributary_kafka_lag\\{topic="payments.${id}",.*\\} 0$`, 'm'));
    expect(text).toMatch(new RegExp(`^tributary_starts_limit\\{rail="${id}",.*\\} [1-9]`, 'm'));
  }
});

function post(tenant: TenantClient, key: string) {
  return tenant.post(fileOf('slcb', 1), { headers: { 'Idempotency-Key': key } });
}

function fileOf(payment_mode: Mode, count: number, payer_identifier?: string): string {
  const cells = { payment_mode, ...(payer_identifier && { payer_identifier }) };
  return csvOf(Array.from({ length: count }, () => aRow(cells)));
}

function rowNumbers(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}

async function callsUnderWay(rail: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${process.env.CONNECTORS_PORT}/metrics`)).text();
  return Number(new RegExp(`^tributary_rail_concurrency\\{rail="${rail}",.*\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}
