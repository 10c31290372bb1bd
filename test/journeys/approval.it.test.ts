/** A second person decides: who may, on what they saw, once, and what becomes of the payments. */
import { expect, test, vi } from 'vitest';
import { json, ledgerOf, openHub, type Problem, type TenantClient } from '../hub.ts';
import { aRow, csvOf } from '../rows.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();
const rows = [1, 2, 3];

test('approved by a second person on what they saw, the batch goes on; nothing was sent before', async () => {
  const { tenant, batchId, seen } = await aWaitingBatch();
  expect(seen.approval).toMatchObject({ state: 'awaited', by: null, count: 3, totals: { USD: '37.50' } });
  expect((await ledgerOf(batchId, rows)).size).toBe(0);
  const { status, body } = await decide(tenant, batchId, 'john', { decision: 'approve', comment: 'as agreed', ...saw });
  expect({ status, body }).toMatchObject({ status: 200, body: { decision: 'approved', by: 'john' } });
  expect(await tenant.final(batchId)).toMatchObject({
    status: 'completed',
    successful: 3,
    maker: 'mary',
    approval: { state: 'approved', by: 'john', comment: 'as agreed' },
  });
  expect([...(await ledgerOf(batchId, rows)).values()].map(({ executed }) => executed)).toEqual([1, 1, 1]);
});

test('refused, every row is cancelled with the comment, and no rail hears of it', async () => {
  const { tenant, batchId } = await aWaitingBatch();
  const refuse = { decision: 'refuse', comment: 'wrong month' };
  expect(await decide(tenant, batchId, 'john', refuse)).toMatchObject({ status: 200 });
  expect(await tenant.final(batchId)).toMatchObject({ status: 'cancelled', failed: 3, reasons: { cancelled: 3 } });
  for (const line of await tenant.lines(batchId)) {
    expect(line).toMatchObject({ status: 'FAILURE', code: '410', description: expect.stringContaining('wrong month') });
  }
  expect((await ledgerOf(batchId, rows)).size).toBe(0);
  const late = await decide(tenant, batchId, 'john', { decision: 'approve', ...saw });
  expect(late.status, 'what is decided is decided').toBe(409);
});

test('who made the batch may not decide on it, nor may nobody', async () => {
  const { tenant, batchId } = await aWaitingBatch();
  const approve = { decision: 'approve', ...saw };
  expect(await decide(tenant, batchId, 'Mary', approve)).toMatchObject({
    status: 403,
    body: { type: 'urn:tributary:problem:maker-is-checker' },
  });
  expect(await decide(tenant, batchId, undefined, approve)).toMatchObject({ status: 401 });
  expect(await tenant.status(batchId)).toMatchObject({ status: 'awaiting_approval', approval: { state: 'awaited' } });
  expect(await decide(tenant, batchId, 'john', approve)).toMatchObject({ status: 200 });
  await tenant.final(batchId);
});

test('on other totals than those of the batch nobody can decide, and it goes on waiting', async () => {
  const { tenant, batchId } = await aWaitingBatch();
  for (const wrong of [
    { ...saw, totals: { USD: '37.51' } },
    { ...saw, count: 2 },
  ]) {
    expect(await decide(tenant, batchId, 'john', { decision: 'approve', ...wrong })).toMatchObject({
      status: 409,
      body: { type: 'urn:tributary:problem:totals-changed', count: 3, totals: { USD: '37.50' } },
    });
  }
  const unseen = await decide(tenant, batchId, 'john', { decision: 'approve' });
  expect(unseen.status, 'an approval names what was seen').toBe(400);
  expect(await decide(tenant, batchId, 'john', { decision: 'approve', ...saw })).toMatchObject({ status: 200 });
  await tenant.final(batchId);
});

test('nobody decides: the deadline cancels every row', async () => {
  const tenant = await hub.aTenant();
  const batchId = await tenant.accepted(aFile(), {
    switches: { 'approval.enable': true, 'approval.deadline': '1s' },
  });
  expect(await tenant.final(batchId)).toMatchObject({ status: 'cancelled', failed: 3, approval: { state: 'expired' } });
  expect((await tenant.lines(batchId)).map(({ code }) => code)).toEqual(['410', '410', '410']);
  expect((await ledgerOf(batchId, rows)).size).toBe(0);
});

test('two people and the deadline decide at the same time: one decision stands, and the batch ends by it', async () => {
  const races = await Promise.all(
    [1_600, 1_900, 2_200, 2_500, 2_800].map(async (afterMs) => {
      const { tenant, batchId } = await aWaitingBatch({ 'approval.deadline': '2s' });
      const moment = Date.now() + afterMs;
      await vi.waitUntil(() => Date.now() >= moment, { timeout: 10_000, interval: 10 });
      const answers = await Promise.all([
        decide(tenant, batchId, 'john', { decision: 'approve', ...saw }),
        decide(tenant, batchId, 'jane', { decision: 'refuse' }),
      ]);
      return {
        tenant,
        batchId,
        heard: answers.filter(({ status }) => status === 200).map(({ body }) => body.decision),
      };
    }),
  );
  for (const { tenant, batchId, heard } of races) {
    const { status, approval, successful, failed } = await tenant.final(batchId);
    const ledger = [...(await ledgerOf(batchId, rows)).values()].map(({ executed }) => executed);
    expect(heard, 'whoever was told "yes" is whose decision stands').toEqual(
      approval?.state === 'expired' ? [] : [approval?.state],
    );
    const isPaid = approval?.state === 'approved';
    expect({ status, successful, failed, ledger }).toEqual(
      isPaid
        ? { status: 'completed', successful: 3, failed: 0, ledger: [1, 1, 1] }
        : { status: 'cancelled', successful: 0, failed: 3, ledger: [] },
    );
  }
});

test('approval off: a batch asks nobody', async () => {
  const tenant = await hub.aTenant();
  expect(await tenant.paid(aFile())).toMatchObject({ status: 'completed', approval: null });
});

test('an approver decides on what is left: bad rows are neither counted nor summed', async () => {
  const tenant = await hub.aTenant({ switches: { 'approval.enable': true } });
  const batchId = await tenant.accepted(csvOf([aRow({ amount: '10' }), aRow({ amount: '0' })]));
  const { approval } = await tenant.until(batchId, ({ status }) => status === 'awaiting_approval');
  expect(approval).toMatchObject({ count: 1, totals: { USD: '10.00' } });
  const approve = { decision: 'approve', count: approval?.count, totals: approval?.totals };
  expect(await decide(tenant, batchId, 'john', approve)).toMatchObject({ status: 200 });
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed', successful: 1, failed: 1 });
});

/** What an approver of `aFile` sees. */
const saw = { count: 3, totals: { USD: '37.50' } };

function aFile(): string {
  return csvOf([aRow(), aRow({ payment_mode: 'mojaloop' }), aRow({ payment_mode: 'gsma' })]);
}

async function aWaitingBatch(switches: object = {}) {
  const tenant = await hub.aTenant();
  const batchId = await tenant.accepted(aFile(), {
    headers: { 'X-User': 'mary' },
    switches: { 'approval.enable': true, ...switches },
  });
  // A short deadline may have passed before we look.
  const seen = await tenant.until(batchId, ({ status }) => /^(awaiting_approval|cancelled)$/.test(status));
  return { tenant, batchId, seen };
}

function decide(tenant: TenantClient, batchId: string, person: string | undefined, decision: object) {
  const init = json('POST', decision, person ? { 'X-User': person } : {});
  return tenant.call<Problem & { decision: string }>(`/api/v1/batches/${batchId}/approval`, init);
}
