/** Failed rows are sent again as a child batch: which rows, byte for byte, once, and nothing is paid that was paid before. */
import { expect, test } from 'vitest';
import { type BatchStatus, json, ledgerOf, openHub, type Problem, type TenantClient } from '../hub.ts';
import { anIdentifier, aRow, csvOf, type Row } from '../rows.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();
const modes = ['slcb', 'mojaloop', 'gsma'] as const;

type Retried = Problem & { readonly child: string; readonly k: number; readonly rows: number };

test.concurrent('rows of three rails that failed are sent again with their own bytes; what was paid is not', async () => {
  const tenant = await hub.aTenant();
  const rows = modes.flatMap((payment_mode): Row[] => [
    aRow({ payment_mode, note: 'paid at once' }),
    aRow({ payment_mode, ends: '0423', note: 'refused, "once", and then paid' }),
    aRow({ payment_mode, ends: '0422', note: 'never paid' }),
    aRow({ payment_mode, amount: '0', note: 'a bad row' }),
  ]);
  const twin = { ...rows[1]!, id: 'twin', note: 'refused for being the same as another' };
  const parent = csvOf([...rows, twin]);
  const parentId = await tenant.accepted(parent, {
    headers: { 'X-User': 'mary' },
    switches: { 'deduplication.enable': true },
  });
  const before = await tenant.final(parentId);
  expect(before).toMatchObject({ status: 'completed', successful: 3, reasons: { invalid: 3, duplicates: 1 } });

  const first = await retry(tenant, parentId);
  expect(first).toMatchObject({ status: 202, body: { k: 1, rows: 6 } });
  const { child } = first.body;
  expect(first.headers.get('Location')).toBe(`/api/v1/batchtransactions/${child}`);
  const status = await tenant.final(child);
  expect(status).toMatchObject({
    status: 'completed',
    total: 6,
    successful: 3,
    maker: 'olga',
    retry_of: { batch_id: parentId, k: 1 },
    seen_before: null,
  });
  const lines = parent.split('\n');
  const chosen = [2, 3, 6, 7, 10, 11].map((row) => lines[row]);
  expect(await textOf(status)).toBe(`${[lines[0], ...chosen].join('\n')}\n`);
  expect((await tenant.lines(child)).map(({ status: word }) => word)).toEqual(
    modes.flatMap(() => ['SUCCESS', 'FAILURE']),
  );
  const ledger = await ledgerOf(child, [1, 2, 3, 4, 5, 6]);
  expect([1, 2, 3, 4, 5, 6].map((row) => ledger.get(row)?.executed ?? 0)).toEqual([1, 0, 1, 0, 1, 0]);

  const after = await tenant.status(parentId);
  expect(after).toMatchObject({
    successful: 3,
    failed: 10,
    retries: [{ k: 1, child, rows: 6, by: 'olga', status: 'completed' }],
  });
  const second = await retry(tenant, parentId, { maxRows: 2, errorCodes: [422] });
  expect(second, 'what the first retry paid is not taken again').toMatchObject({
    status: 202,
    body: { k: 2, rows: 2 },
  });
  const last = await tenant.final(second.body.child);
  expect(last).toMatchObject({ status: 'completed', successful: 0, failed: 2 });
  expect(await textOf(last)).toBe(`${[lines[0], lines[3], lines[7]].join('\n')}\n`);
  const { body } = await tenant.call<{ commands: object[] }>(`/api/v1/batches/${parentId}/commands`);
  expect(body.commands).toMatchObject([
    { command: 'retry', by: 'olga', child },
    { command: 'retry', child: second.body.child },
  ]);
});

test.concurrent('a retry waits for its approver like any batch; while it does there is no second, and cancelled it can be had again', async () => {
  const tenant = await hub.aTenant();
  const file = csvOf([aRow({ ends: '0423' })]);
  const { batch_id: parentId } = await tenant.paid(file);
  await hub.c.batches.updateOne({ _id: parentId }, { $set: { 'switches.approval.enable': true } });
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => retry(tenant, parentId)));
  const begun = answers.filter(({ status }) => status === 202).map(({ body }) => body.child);
  expect(begun, 'five ask at once, one child is made').toHaveLength(1);
  const child = begun[0]!;
  for (const answer of answers.filter(({ status }) => status !== 202)) {
    expect(answer).toMatchObject({
      status: 409,
      body: { type: 'urn:tributary:problem:retry-under-way', child: `/api/v1/batchtransactions/${child}` },
    });
  }
  await tenant.until(child, ({ status }) => status === 'awaiting_approval');
  expect((await retry(tenant, parentId)).status).toBe(409);
  await command(tenant, child, 'cancel');
  expect(await tenant.final(child)).toMatchObject({ status: 'cancelled', reasons: { cancelled: 1 } });

  await hub.c.batches.updateOne({ _id: parentId }, { $set: { 'switches.approval.enable': false } });
  const second = await retry(tenant, parentId, { errorCodes: [410] });
  expect(second).toMatchObject({ status: 202, body: { k: 2, rows: 1 } });
  expect(await tenant.final(second.body.child)).toMatchObject({ status: 'completed', successful: 1 });
  expect((await ledgerOf(second.body.child, [1])).get(1)).toMatchObject({ executed: 1 });
  expect(await retry(tenant, parentId), 'all is paid now').toMatchObject({
    status: 409,
    body: { type: 'urn:tributary:problem:nothing-to-retry' },
  });
});

test.concurrent('a row on which its rail contradicts itself is not sent again', async () => {
  const tenant = await hub.aTenant();
  const rows = [aRow({ ends: '0422' }), aRow({ ends: '0423' })];
  const { batch_id: parentId } = await tenant.paid(csvOf(rows));
  await hub.c.conflicts.insertOne({
    _id: `${parentId}/completed`,
    tenantId: tenant.id,
    batchId: parentId,
    row: 1,
    at: new Date(),
    had: 'rejected',
    got: 'completed',
    text: '',
  });
  const { body } = await retry(tenant, parentId);
  expect(body.rows).toBe(1);
  const status = await tenant.final(body.child);
  expect(status).toMatchObject({ total: 1, successful: 1 });
  expect(await textOf(status)).toContain(rows[1]!.payee_identifier);
});

test.concurrent('what cannot be retried is refused and says why', async () => {
  const [tenant, stranger] = [await hub.aTenant(), await hub.aTenant()];
  const options = { switches: { 'approval.enable': true } };
  const waiting = await tenant.accepted(csvOf([aRow()]), options);
  expect(await retry(tenant, waiting)).toMatchObject({
    status: 409,
    body: { type: 'urn:tributary:problem:command-not-applicable' },
  });
  const { batch_id: parentId } = await tenant.paid(csvOf([aRow({ ends: '0422' }), aRow({ amount: 'x' })]));
  for (const [wrong, name] of [
    [{ maxRows: 0 }, 'maxRows'],
    [{ errorCodes: [400] }, 'errorCodes'],
    [{ errorCodes: [] }, 'errorCodes'],
    [{ reason: '' }, 'reason'],
    [{ rows: [1] }, 'rows'],
  ] as const) {
    expect(await retry(tenant, parentId, wrong)).toMatchObject({ status: 400, body: { errors: [{ name }] } });
  }
  expect(await retry(stranger, parentId)).toMatchObject({ status: 404 });
  expect(await retry(tenant, parentId, { errorCodes: [404] })).toMatchObject({
    status: 409,
    body: { type: 'urn:tributary:problem:nothing-to-retry' },
  });
  const { body } = await retry(tenant, parentId);
  expect(body.rows, 'the bad row stays where it is').toBe(1);
  await tenant.final(body.child);
  expect(await retry(tenant, body.child), 'a retry is not retried, its parent is').toMatchObject({
    status: 409,
    body: { parent: `/api/v1/batchtransactions/${parentId}` },
  });
  await command(tenant, waiting, 'cancel');
});

test.concurrent('a payer without funds, cancelled and then funded, is paid by a new batch and by no retry', async () => {
  const tenant = await hub.aTenant();
  const parentId = await tenant.accepted(csvOf([aRow({ payer_identifier: anIdentifier('0402') })]));
  await tenant.until(parentId, ({ payer_blocks: blocks }) => blocks.length === 1);
  await command(tenant, parentId, 'cancel');
  await tenant.final(parentId);
  expect(await retry(tenant, parentId)).toMatchObject({ status: 409 });
});

function retry(tenant: TenantClient, batchId: string, how: object = {}) {
  const init = json('POST', { reason: 'the wallets were activated', ...how }, { 'X-User': 'olga' });
  return tenant.call<Retried>(`/api/v1/batches/${batchId}/retry`, init);
}

function command(tenant: TenantClient, batchId: string, word: string) {
  const init = json('POST', { reason: 'because' }, { 'X-User': 'olga' });
  return tenant.call(`/api/v1/batches/${batchId}/${word}`, init);
}

async function textOf({ file }: BatchStatus): Promise<string> {
  return (await fetch(file)).text();
}
