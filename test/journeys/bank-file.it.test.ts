/** Payments by ISO 20022 file beside those of another rail: names, refusals, late advices and a payer without funds. */
import { expect, test, vi } from 'vitest';
import { endToEndIdOf } from '../../domain/ids.ts';
import { control, ledgerOf, openHub } from '../hub.ts';
import { anIdentifier, aRow, csvOf } from '../rows.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();

test.concurrent('a file of two rails ends right, with what the bank’s letters can carry and without what they cannot', async () => {
  const tenant = await hub.aTenant();
  const rows = [
    aRow({ payment_mode: 'bank-file' }),
    aRow(),
    aRow({ payment_mode: 'BANK-FILE', amount: '82000', currency: 'JPY' }),
    aRow({ payment_mode: 'bank-file', note: 'спасибо' }),
    aRow({ payment_mode: 'bank-file', ends: '0404' }),
    aRow({ payment_mode: 'bank-file', payee_identifier_type: 'iban', payee_identifier: 'DE89370400440532013000' }),
    aRow({ payment_mode: 'bank-file', payee_identifier_type: 'msisdn', payee_identifier: '23276123456' }),
    aRow({ payment_mode: 'bank-file', ends: '0203' }),
    aRow(),
  ];
  const [header, ...lines] = csvOf(rows).trimEnd().split('\n');
  const named = lines.map((line, at) => `${line},${at === 0 ? 'José Núñez' : ''}`);
  const { batch_id: batchId, ...status } = await tenant.paid(`${[`${header},payee_name`, ...named].join('\n')}\n`);
  expect(status).toMatchObject({ status: 'completed', total: 9, successful: 6, failed: 3, pending: 0 });
  const result = await tenant.lines(batchId);
  expect(result.map((line) => line.status)).toEqual([
    ...['SUCCESS', 'SUCCESS', 'SUCCESS', 'FAILURE', 'FAILURE', 'SUCCESS', 'FAILURE', 'SUCCESS', 'SUCCESS'],
  ]);
  expect(result[3]).toMatchObject({ code: '400', description: expect.stringContaining('note has letters') });
  expect(result[4]).toMatchObject({ code: '404', description: expect.stringMatching(/Account not found$/) });
  expect(result[6]).toMatchObject({ code: '400' });
  const ledger = await ledgerOf(
    batchId,
    rows.map((_, at) => at + 1),
  );
  expect(rows.map((_, at) => ledger.get(at + 1)?.executed ?? 0)).toEqual([1, 1, 1, 0, 0, 1, 0, 1, 1]);
  expect(ledger.get(3)).toMatchObject({ rail: 'bank-file', amount: '82000', currency: 'JPY' });
});

test.concurrent('a payer without funds is held when the bank’s report says so, and paid once when the block is lifted', async () => {
  const tenant = await hub.aTenant();
  const payer = anIdentifier('0402');
  const rows = [1, 2].map(() => aRow({ payment_mode: 'bank-file', payer_identifier: payer }));
  const batchId = await tenant.accepted(csvOf(rows));
  await tenant.until(batchId, ({ payer_blocks: blocks }) => blocks.some(({ rail }) => rail === 'bank-file'));
  expect((await ledgerOf(batchId, [1, 2])).size, 'nothing is booked').toBe(0);
  await control('bank-file', { fund: payer });
  const { body } = await tenant.call<{ payer_blocks: { id: string }[] }>('/api/v1/payer-blocks');
  const path = `/api/v1/payer-blocks/${body.payer_blocks[0]?.id}`;
  expect(await tenant.call(path, { method: 'DELETE', headers: { 'X-User': 'olga' } })).toMatchObject({ status: 200 });
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed', successful: 2, failed: 0 });
  await vi.waitFor(async () => {
    const ledger = await ledgerOf(batchId, [1, 2]);
    expect([...ledger.values()].map(({ executed }) => executed)).toEqual([1, 1]);
  });
});

test.concurrent('money that comes back after SUCCESS makes another result and tells the caller; what was paid stays in the books', async () => {
  const tenant = await hub.aTenant();
  const receiver = await hub.aReceiver();
  const rows = [aRow({ payment_mode: 'bank-file' }), aRow({ payment_mode: 'bank-file', amount: '12.50' })];
  const headers = { 'X-CallbackURL': receiver.url };
  const paid = await tenant.paid(csvOf(rows), { headers });
  const { batch_id: batchId } = paid;
  expect(paid).toMatchObject({ status: 'completed', successful: 2, failed: 0 });
  expect((await tenant.lines(batchId, 1)).map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS']);
  await control('bank-file', { return: endToEndIdOf(batchId, 1) });
  const updated = await tenant.until(batchId, ({ results, failed }) => results.length === 2 && failed === 1);
  expect(updated).toMatchObject({
    status: 'completed',
    successful: 1,
    failed: 1,
    pending: 0,
    reasons: { returned: 1 },
  });
  expect(updated.successfulAmount).toBe('12.50');
  const [returned, kept] = await tenant.lines(batchId);
  expect(returned).toMatchObject({ status: 'FAILURE', code: '424', description: expect.stringContaining('AC04') });
  expect(kept).toMatchObject({ status: 'SUCCESS' });
  expect(await receiver.next('batch.updated', batchId)).toMatchObject({
    body: { successful: 1, failed: 1, returned: 1 },
  });
  const { body } = await tenant.call<{ status: string; statusDetail: string }[]>(
    `/api/v1/batchtransactions/${batchId}/detail?status=FAILED`,
  );
  expect(body).toMatchObject([{ id: 1, status: 'FAILED', statusDetail: expect.stringContaining('came back') }]);
  expect((await ledgerOf(batchId, [1])).get(1)).toMatchObject({ executed: 1 });
});
