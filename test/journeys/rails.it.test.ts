/** Every rail in one file, and everything that can become of a payment on each of them (docs/simulators.md). */
import { expect, test, vi } from 'vitest';
import { control, ledgerOf, openHub, type ResultLine, type TenantClient } from '../hub.ts';
import { anIdentifier, aRow, csvOf, type Row } from '../rows.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();

/** What becomes of a row, and what the rail's own books say of it then. */
type Fate = { readonly row: Row; readonly line: Partial<ResultLine>; readonly executed?: number };

const paid = { status: 'SUCCESS', code: '', description: '' };

/** Where one call carries many payments, a payee that spoils the call spoils it for all of its payer. */
const ownPayer = () => ({ payer_identifier: anIdentifier('7777') });

test.concurrent('refused, unknown, late and bad rows of every rail in one file: each ends once, as its rail has it', async () => {
  const tenant = await hub.aTenant();
  const fates = ['slcb', 'mojaloop', 'gsma', 'bank-file'].flatMap((payment_mode): Fate[] => [
    { row: aRow({ payment_mode }), line: paid, executed: 1 },
    { row: aRow({ payment_mode, ends: '0404' }), line: { status: 'FAILURE', code: '404' } },
    { row: aRow({ payment_mode, ends: '0422' }), line: { status: 'FAILURE', code: '422' } },
    { row: aRow({ payment_mode, amount: '99.13' }), line: { status: 'FAILURE', code: '422' } },
    { row: aRow({ payment_mode, ends: '0203' }), line: paid, executed: 1 },
    { row: aRow({ payment_mode, amount: '0' }), line: { status: 'FAILURE', code: '400' } },
    // Paid, and the answer lost: unknown until the rail is asked.
    { row: aRow({ payment_mode, ends: '0504', ...ownPayer() }), line: paid, executed: 1 },
    // Never received: believed only after lease, time-out and the rail's own expiry, and then paid once.
    { row: aRow({ payment_mode, ends: '0505', ...ownPayer() }), line: paid, executed: 1 },
    { row: aRow({ payment_mode, ends: '0502', ...ownPayer() }), line: paid, executed: 1 },
    { row: aRow({ payment_mode, ends: '0503', ...ownPayer() }), line: paid, executed: 1 },
  ]);
  const { batch_id: batchId, ...status } = await tenant.paid(csvOf(fates.map(({ row }) => row)));
  expect(status).toMatchObject({ status: 'completed', total: 40, successful: 24, failed: 16, pending: 0 });
  expect(status.reasons).toMatchObject({ invalid: 4, rejected: 12 });
  const lines = await tenant.lines(batchId);
  expect(lines).toMatchObject(fates.map(({ line }) => line));
  const ledger = await ledgerOf(
    batchId,
    fates.map((_, at) => at + 1),
  );
  fates.forEach(({ row, executed = 0 }, at) => {
    const entry = ledger.get(at + 1);
    expect(entry?.executed ?? 0, `row ${at + 1} of ${row.payment_mode} to ${row.payee_identifier}`).toBe(executed);
    if (entry) expect(entry).toMatchObject({ rail: row.payment_mode, payee: row.payee_identifier });
    if (executed) expect(Number(entry?.amount)).toBe(Number(row.amount));
  });
});

test.concurrent("a refusal says the hub's sentence and then the rail's own words", async () => {
  const tenant = await hub.aTenant();
  const { batch_id: batchId } = await tenant.paid(csvOf([aRow({ ends: '0422' })]));
  expect(await tenant.lines(batchId)).toMatchObject([
    { code: '422', description: expect.stringMatching(/Inactive Account$/) },
  ]);
  const { body } = await tenant.call<{ status: string; errorInformation: string }[]>(
    `/api/v1/batchtransactions/${batchId}/detail?pageNo=0&pageSize=10&status=FAILED`,
  );
  expect(body).toMatchObject([{ status: 'FAILED', errorInformation: expect.stringContaining('Inactive Account') }]);
});

test.concurrent('what is pending past the settlement deadline closes as PENDING, and stays so', async () => {
  const tenant = await hub.aTenant();
  const rows = ['slcb', 'mojaloop', 'gsma'].flatMap((payment_mode) => [
    aRow({ payment_mode }),
    aRow({ payment_mode, ends: '0202', ...ownPayer() }),
  ]);
  const batchId = await tenant.accepted(csvOf(rows), { switches: { 'settlement.deadline': '5s' } });
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed_with_pending', total: 6, failed: 0 });
  await tenant.until(batchId, ({ successful }) => successful === 3);
  await untilResultSays(tenant, batchId, ['SUCCESS', 'PENDING', 'SUCCESS', 'PENDING', 'SUCCESS', 'PENDING']);
  expect(await tenant.status(batchId)).toMatchObject({ status: 'completed_with_pending', successful: 3, pending: 3 });
  const detail = await tenant.call<{ id: number }[]>(
    `/api/v1/batchtransactions/${batchId}/detail?pageSize=10&status=IN_PROGRESS`,
  );
  expect(detail.body.map(({ id }) => id)).toEqual([2, 4, 6]);
});

test.concurrent('what comes after the closing makes another result, new counts and a signed batch.updated', async () => {
  const tenant = await hub.aTenant();
  const receiver = await hub.aReceiver();
  // A payer without funds is held until somebody acts, however long that takes: the batch closes before.
  const [payer, payee] = [anIdentifier('0402'), anIdentifier()];
  const rows = [aRow(), aRow({ payer_identifier: payer, payee_identifier: payee })];
  const batchId = await tenant.accepted(csvOf(rows), {
    headers: { 'X-CallbackURL': receiver.url },
    switches: { 'settlement.deadline': '3s' },
  });
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed_with_pending' });
  expect(await receiver.next('batch.closed', batchId)).toMatchObject({ body: { status: 'completed_with_pending' } });
  await tenant.until(batchId, ({ payer_blocks: blocks }) => blocks.some(({ rail }) => rail === 'slcb'));
  expect((await tenant.lines(batchId, 1))[1]).toMatchObject({ status: 'PENDING' });
  expect((await ledgerOf(batchId, [2])).size, 'nothing was sent').toBe(0);

  await control('slcb', { fund: payer });
  await liftBlocks(tenant);
  await untilResultSays(tenant, batchId, ['SUCCESS', 'SUCCESS']);
  const { results, ...updated } = await tenant.until(batchId, ({ status }) => status === 'completed');
  expect(updated).toMatchObject({ successful: 2, pending: 0, payer_blocks: [] });
  expect(results.length).toBeGreaterThan(1);
  expect((await tenant.lines(batchId, 1))[1], 'the first result stays as it was').toMatchObject({ status: 'PENDING' });
  const event = await receiver.next('batch.updated', batchId, ({ successful }) => successful === 2);
  expect(event).toMatchObject({ isSigned: true, body: { status: 'completed', pending: 0 } });
  expect((await ledgerOf(batchId, [2])).get(2)).toMatchObject({ executed: 1, payer, payee });
});

test.concurrent('late payments that outlive their batch are found by asking, and the newest result has them', async () => {
  const tenant = await hub.aTenant();
  const rows = ['slcb', 'mojaloop', 'gsma'].map((payment_mode) => aRow({ payment_mode, ends: '0203' }));
  const batchId = await tenant.accepted(csvOf(rows), { switches: { 'settlement.deadline': '1s' } });
  const closed = await tenant.final(batchId);
  const done = await tenant.until(batchId, ({ successful }) => successful === 3);
  expect(done).toMatchObject({ status: 'completed', pending: 0 });
  await untilResultSays(tenant, batchId, ['SUCCESS', 'SUCCESS', 'SUCCESS']);
  // On a machine so slow that nothing was late, there is one result.
  const { results } = await tenant.status(batchId);
  expect(results.length).toBeGreaterThan(closed.pending > 0 ? 1 : 0);
  const ledger = await ledgerOf(batchId, [1, 2, 3]);
  expect([...ledger.values()].map(({ executed }) => executed)).toEqual([1, 1, 1]);
});

/** A result that was being written when a payment ended is followed by another: the newest is the one that counts. */
async function untilResultSays(tenant: TenantClient, batchId: string, words: readonly string[]): Promise<void> {
  const seen = async () => (await tenant.lines(batchId)).map(({ status }) => status);
  await vi.waitFor(async () => expect(await seen()).toEqual(words), { timeout: 90_000, interval: 100 });
}

/** What an operator does once the payer has funds again. */
async function liftBlocks(tenant: TenantClient): Promise<void> {
  const { body } = await tenant.call<{ payer_blocks: { id: string }[] }>('/api/v1/payer-blocks');
  expect(body.payer_blocks).toHaveLength(1);
  const path = `/api/v1/payer-blocks/${body.payer_blocks[0]?.id}`;
  expect(await tenant.call(path, { method: 'DELETE', headers: { 'X-User': 'olga' } })).toMatchObject({ status: 200 });
}
