/** An operator pauses, resumes and cancels batches: nothing new is sent, what was sent settles, and every book says the same. */
import { expect, test, vi } from 'vitest';
import { attemptRange, batchRange } from '../../store/row-keys.ts';
import { type BatchStatus, control, json, ledgerOf, openHub, type Problem, type TenantClient } from '../hub.ts';
import { anIdentifier, aRow, csvOf, type Row } from '../rows.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();
const modes = ['slcb', 'mojaloop', 'gsma'] as const;

type Commanded = Problem & { hold: string | null; command: string; by: string; reason: string; given_at: string };

test.concurrent('paused before anything is sent, a batch waits at the doors of the rails, and goes on when resumed', async () => {
  const { tenant, batchId } = await aWaitingBatch(modes.map((payment_mode) => aRow({ payment_mode })));
  expect(await command(tenant, batchId, 'pause')).toMatchObject({ status: 200, body: { hold: 'paused', by: 'olga' } });
  await approve(tenant, batchId);
  const isAtTheDoors = (seen: BatchStatus) => seen.status === 'processing' && seen.sub_batches.ready === 3;
  const paused = await tenant.until(batchId, isAtTheDoors);
  expect(paused).toMatchObject({ hold: 'paused', pending: 3, sub_batches: { dispatched: 0 } });
  expect((await ledgerOf(batchId, [1, 2, 3])).size).toBe(0);
  expect(await command(tenant, batchId, 'resume')).toMatchObject({ status: 200, body: { hold: null } });
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed', successful: 3, hold: null });
});

test.concurrent('paused while it is paid, what is on its way settles and nothing else is claimed; resumed, all are paid once', async () => {
  const tenant = await hub.aTenant();
  const rows = aMixedFile(60);
  const batchId = await tenant.accepted(csvOf(rows), { switches: { 'splitting.sub-batch-size': 5 } });
  await tenant.until(batchId, ({ successful }) => successful >= 3);
  await command(tenant, batchId, 'pause');
  const claimed = await untilNothingIsOnItsWay(batchId);
  const { status, pending, successful } = await tenant.until(batchId, (seen) => seen.successful === claimed);
  expect({ status, pending, successful }).toEqual({
    status: 'processing',
    pending: 60 - claimed,
    successful: claimed,
  });
  expect(pending).toBeGreaterThan(0);
  await command(tenant, batchId, 'resume');
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed', successful: 60 });
  expect(await executedOf(batchId, rows)).toEqual(rows.map(() => 1));
});

test.concurrent('cancelled while it is paid: what was paid stays paid, the rest is cancelled, result and ledgers agree', async () => {
  const tenant = await hub.aTenant();
  const rows = aMixedFile(60);
  const batchId = await tenant.accepted(csvOf(rows), { switches: { 'splitting.sub-batch-size': 5 } });
  await tenant.until(batchId, ({ successful }) => successful >= 3);
  const first = await command(tenant, batchId, 'cancel', 'wrong month');
  expect(first).toMatchObject({ status: 202, body: { hold: 'cancelled', command: 'cancel', reason: 'wrong month' } });
  expect(first.headers.get('Location')).toBe(`/api/v1/batchtransactions/${batchId}`);
  const second = await command(tenant, batchId, 'cancel', 'once more');
  expect(second.body, 'the first command stands').toMatchObject({
    given_at: first.body.given_at,
    reason: 'wrong month',
  });
  const { status, successful, reasons, pending } = await tenant.final(batchId);
  expect({ status, pending, all: successful + reasons.cancelled }).toEqual({
    status: 'completed',
    pending: 0,
    all: 60,
  });
  expect(reasons.cancelled).toBeGreaterThan(0);
  const lines = await tenant.lines(batchId);
  const executed = await executedOf(batchId, rows);
  expect(lines.map((line) => (line.status === 'SUCCESS' ? 1 : 0))).toEqual(executed);
  for (const line of lines.filter(({ status: word }) => word === 'FAILURE')) {
    expect(line).toMatchObject({ code: '410', description: 'Cancelled: wrong month' });
  }
  expect(await command(tenant, batchId, 'cancel')).toMatchObject({ status: 200, body: { reason: 'wrong month' } });
  expect(await command(tenant, batchId, 'pause')).toMatchObject({
    status: 409,
    body: { type: 'urn:tributary:problem:command-not-applicable', batch_status: 'completed', hold: 'cancelled' },
  });
  expect(await hub.c.conflicts.countDocuments({ tenantId: tenant.id })).toBe(0);
});

test.concurrent('cancelled while it awaits approval, every row ends with the reason, and nobody approves it any more', async () => {
  const { tenant, batchId } = await aWaitingBatch([aRow(), aRow({ payment_mode: 'gsma' })]);
  await command(tenant, batchId, 'cancel', 'sent by mistake');
  expect(await tenant.final(batchId)).toMatchObject({
    status: 'cancelled',
    failed: 2,
    reasons: { cancelled: 2 },
    approval: { state: 'cancelled', by: 'olga' },
  });
  for (const line of await tenant.lines(batchId)) {
    expect(line).toMatchObject({ status: 'FAILURE', code: '410', description: 'Cancelled: sent by mistake' });
  }
  expect((await ledgerOf(batchId, [1, 2])).size).toBe(0);
  const late = await tenant.call(
    `/api/v1/batches/${batchId}/approval`,
    json('POST', { decision: 'approve', count: 2, totals: { USD: '25.00' } }, { 'X-User': 'john' }),
  );
  expect(late.status).toBe(409);
});

test.concurrent('cancelled as soon as it was accepted, a batch is read, cancelled and closed, and no rail hears of it', async () => {
  const tenant = await hub.aTenant();
  const rows = [...aMixedFile(30), aRow({ amount: '0' })];
  const switches = { 'deduplication.enable': true, 'partylookup.enable': true, 'splitting.sub-batch-size': 5 };
  const batchId = await tenant.accepted(csvOf(rows), { switches });
  const { body } = await command(tenant, batchId, 'pause');
  expect(body.hold).toBe('paused');
  await command(tenant, batchId, 'cancel');
  const { status, failed, reasons } = await tenant.final(batchId);
  expect({ status, failed, reasons }).toMatchObject({
    status: 'cancelled',
    failed: 31,
    reasons: { cancelled: 30, invalid: 1 },
  });
  expect(await executedOf(batchId, rows)).toEqual(rows.map(() => 0));
  expect(await hub.c.conflicts.countDocuments({ tenantId: tenant.id })).toBe(0);
});

test.concurrent('payments that came back from the rail unsent are cancelled too', async () => {
  const tenant = await hub.aTenant();
  const rows = modes.map((payment_mode) => aRow({ payment_mode, payer_identifier: anIdentifier('0402') }));
  const batchId = await tenant.accepted(csvOf(rows));
  await tenant.until(batchId, ({ payer_blocks: blocks }) => blocks.length === 3);
  await command(tenant, batchId, 'cancel');
  expect(await tenant.final(batchId)).toMatchObject({ status: 'cancelled', reasons: { cancelled: 3 }, pending: 0 });
  for (const { payment_mode, payer_identifier: fund } of rows) await control(payment_mode, { fund });
  expect(await executedOf(batchId, rows)).toEqual([0, 0, 0]);
});

test.concurrent('paused beyond its settlement deadline a batch closes with PENDING lines; resumed, it is paid and has another result', async () => {
  const tenant = await hub.aTenant();
  const batchId = await tenant.accepted(csvOf([aRow(), aRow({ payment_mode: 'mojaloop' })]), {
    switches: { 'settlement.deadline': '3s' },
  });
  await command(tenant, batchId, 'pause');
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed_with_pending', hold: 'paused', pending: 2 });
  expect((await tenant.lines(batchId)).map(({ status }) => status)).toEqual(['PENDING', 'PENDING']);
  expect(await command(tenant, batchId, 'resume')).toMatchObject({ status: 200 });
  await tenant.until(batchId, ({ status, results }) => status === 'completed' && results.length > 1);
  const words = async () => (await tenant.lines(batchId)).map(({ status }) => status);
  await vi.waitFor(async () => expect(await words()).toEqual(['SUCCESS', 'SUCCESS']), { timeout: 60_000 });
});

test.concurrent('commands are kept with who, when and why; bad ones and those of strangers are refused', async () => {
  const [tenant, stranger] = [await hub.aTenant(), await hub.aTenant()];
  const { batchId } = await aWaitingBatch([aRow()], tenant);
  const path = `/api/v1/batches/${batchId}`;
  const olga = { 'X-User': 'olga' };
  for (const body of [{}, { reason: ' ' }, { reason: 7 }, { reason: 'two\nlines' }, { reason: 'x', force: true }]) {
    const refused = await tenant.call<Problem>(`${path}/pause`, json('POST', body, olga));
    expect(refused, JSON.stringify(body)).toMatchObject({ status: 400 });
  }
  expect(await tenant.call(`${path}/pause`, json('POST', { reason: 'why' }))).toMatchObject({ status: 401 });
  expect(await command(stranger, batchId, 'cancel')).toMatchObject({ status: 404 });
  expect(await stranger.call(`${path}/commands`)).toMatchObject({ status: 404 });
  expect(await command(tenant, batchId, 'resume')).toMatchObject({ status: 409, body: { hold: null } });
  const paused = await command(tenant, batchId, 'pause', 'first');
  expect(await command(tenant, batchId, 'pause', 'second')).toMatchObject({
    status: 200,
    body: { reason: 'first', given_at: paused.body.given_at },
  });
  await command(tenant, batchId, 'resume', 'third');
  expect(await command(tenant, batchId, 'resume', 'fourth')).toMatchObject({ status: 200, body: { reason: 'third' } });
  await command(tenant, batchId, 'cancel', 'fifth');
  await tenant.final(batchId);
  const { body } = await tenant.call(`${path}/commands`);
  expect(body).toMatchObject({
    commands: [
      { command: 'pause', by: 'olga', reason: 'first', before: { status: 'awaiting_approval', hold: null } },
      { command: 'resume', reason: 'third', before: { hold: 'paused' } },
      { command: 'cancel', reason: 'fifth', before: { hold: null } },
    ],
  });
});

function command(tenant: TenantClient, batchId: string, word: string, reason = 'because') {
  return tenant.call<Commanded>(`/api/v1/batches/${batchId}/${word}`, json('POST', { reason }, { 'X-User': 'olga' }));
}

function aMixedFile(count: number): Row[] {
  return Array.from({ length: count }, (_, at) => aRow({ payment_mode: modes[at % 3] }));
}

async function aWaitingBatch(rows: readonly Row[], of?: TenantClient) {
  const tenant = of ?? (await hub.aTenant());
  const options = { headers: { 'X-User': 'mary' }, switches: { 'approval.enable': true } };
  const batchId = await tenant.accepted(csvOf(rows), options);
  await tenant.until(batchId, ({ status }) => status === 'awaiting_approval');
  return { tenant, batchId };
}

async function approve(tenant: TenantClient, batchId: string): Promise<void> {
  const { approval } = await tenant.status(batchId);
  const decision = { decision: 'approve', count: approval?.count, totals: approval?.totals };
  const { status } = await tenant.call(
    `/api/v1/batches/${batchId}/approval`,
    json('POST', decision, { 'X-User': 'john' }),
  );
  expect(status).toBe(200);
}

/** Every claimed payment has its outcome; answers how many there are. */
async function untilNothingIsOnItsWay(batchId: string): Promise<number> {
  const books = async () => ({
    claimed: await hub.c.attempts.countDocuments({ _id: attemptRange(batchId, 0, 0xffffffff) }),
    ended: await hub.c.outcomes.countDocuments({ _id: batchRange(batchId) }),
  });
  let before = await books();
  return vi.waitUntil(
    async () => {
      const now = await books();
      const isStill = now.claimed === before.claimed && now.claimed === now.ended;
      before = now;
      return isStill && now.claimed;
    },
    { timeout: 60_000, interval: 1_000 },
  );
}

/** How often each row was carried out, by its rail's own books. */
async function executedOf(batchId: string, rows: readonly Row[]): Promise<number[]> {
  const numbers = rows.map((_, at) => at + 1);
  const ledger = await ledgerOf(batchId, numbers);
  return numbers.map((row) => ledger.get(row)?.executed ?? 0);
}
