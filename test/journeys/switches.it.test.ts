/** Each stage of a batch behind its switch: what it does when on, and that nothing of it happens when off. */
import { expect, test } from 'vitest';
import { readConfig, readServers } from '../../platform/config.ts';
import { createObjectStore } from '../../platform/object-store.ts';
import { ledgerOf, openHub, type Problem, type TenantClient } from '../hub.ts';
import { aRow, csvOf } from '../rows.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();
const wordsOf = async (tenant: TenantClient, batchId: string) =>
  (await tenant.lines(batchId)).map(({ status, code }) => (code ? `${status} ${code}` : status));

test('deduplication on: a later row that asks for the same is refused; off: it is paid', async () => {
  const tenant = await hub.aTenant();
  const twin = aRow({ amount: '7.5' });
  const rows = [twin, aRow(), { ...aRow(), payee_identifier: twin.payee_identifier, amount: '7.50' }];
  const on = await tenant.paid(csvOf(rows), { switches: { 'deduplication.enable': true } });
  expect(on).toMatchObject({ status: 'completed', successful: 2, failed: 1, reasons: { duplicates: 1 } });
  expect(await wordsOf(tenant, on.batch_id)).toEqual(['SUCCESS', 'SUCCESS', 'FAILURE 409']);
  expect((await ledgerOf(on.batch_id, [3])).size).toBe(0);
  expect(await tenant.paid(csvOf(rows))).toMatchObject({ successful: 3, failed: 0 });
});

test('deduplication compares the fields that are named', async () => {
  const tenant = await hub.aTenant();
  const rows = [aRow({ note: 'rent', amount: '1' }), aRow({ note: 'rent', amount: '2' }), aRow({ note: 'food' })];
  const switches = { 'deduplication.enable': true, 'deduplication.fields': ['note'] };
  const { batch_id: batchId } = await tenant.paid(csvOf(rows), { switches });
  expect(await wordsOf(tenant, batchId)).toEqual(['SUCCESS', 'FAILURE 409', 'SUCCESS']);
});

test('party look-up on: a row without a payee is refused before anything is sent; off: its rail refuses it', async () => {
  const tenant = await hub.aTenant();
  const absent = aRow({ payment_mode: 'mojaloop', ends: '0404' });
  const rows = [absent, { ...absent, id: 'x' }, aRow({ payment_mode: 'mojaloop' }), aRow({ payment_mode: 'gsma' })];
  const on = await tenant.paid(csvOf([...rows, aRow({ payment_mode: 'gsma', ends: '0404' })]), {
    switches: { 'partylookup.enable': true },
  });
  expect(on).toMatchObject({ successful: 2, failed: 3, reasons: { not_found: 3, rejected: 0 } });
  expect(await wordsOf(tenant, on.batch_id)).toEqual([
    ...['FAILURE 404', 'FAILURE 404', 'SUCCESS', 'SUCCESS', 'FAILURE 404'],
  ]);
  const asked = await hub.c.lookups.countDocuments({ tenantId: tenant.id });
  expect(asked, 'each distinct payee is asked for once').toBe(4);
  const off = await tenant.paid(csvOf(rows));
  expect(off).toMatchObject({ successful: 2, failed: 2, reasons: { not_found: 0, rejected: 2 } });
  expect(await hub.c.lookups.countDocuments({ tenantId: tenant.id })).toBe(asked);
});

test('ordering on: payments go out by the column, numbers as numbers; the result keeps the order of the file', async () => {
  const tenant = await hub.aTenant();
  const amounts = ['100', '9.5', '20.00', '3'];
  const file = () => csvOf(amounts.map((amount) => aRow({ amount })));
  const order = async (batchId: string) => (await tenant.subBatches(batchId)).map(({ totals }) => totals.USD?.total);
  const one = { 'splitting.sub-batch-size': 1 };
  const on = await tenant.paid(file(), {
    switches: { ...one, 'ordering.enable': true, 'ordering.field': 'amount' },
  });
  expect(await order(on.batch_id)).toEqual(['3.00', '9.50', '20.00', '100.00']);
  expect((await tenant.lines(on.batch_id)).map(({ own }) => own.split(',')[7])).toEqual(amounts);
  const off = await tenant.paid(file(), { switches: one });
  expect(await order(off.batch_id)).toEqual(['100.00', '9.50', '20.00', '3.00']);
});

test('ordering by a column that the file lacks rejects the batch', async () => {
  const tenant = await hub.aTenant();
  const switches = { 'ordering.enable': true, 'ordering.field': 'cycle' };
  expect(await tenant.paid(csvOf([aRow()]), { switches })).toMatchObject({
    status: 'rejected',
    problem: { title: 'The column to order by is missing' },
  });
});

test('formatting GSMA: rows are written as GSMA transactions, which the gsma rail sends; off: nothing is written', async () => {
  const tenant = await hub.aTenant();
  const objects = createObjectStore(readServers(readConfig(process.env)).s3);
  try {
    const rows = [aRow({ payment_mode: 'gsma', amount: '850' }), aRow({ amount: '1.5' }), aRow({ amount: '-1' })];
    const switches = { 'formatting.enable': true, 'formatting.standard': 'GSMA' };
    const on = await tenant.paid(csvOf(rows), { switches });
    expect(on).toMatchObject({ successful: 2, failed: 1 });
    const written = (await (await fetch(String(on.formatted_file))).text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(written).toMatchObject([
      {
        type: 'disbursement',
        amount: '850.00',
        currency: 'USD',
        debitParty: [{ value: rows[0]?.payer_identifier }],
        creditParty: [{ key: 'msisdn', value: rows[0]?.payee_identifier }],
      },
      { amount: '1.50', creditParty: [{ value: rows[1]?.payee_identifier }] },
    ]);
    expect((await ledgerOf(on.batch_id, [1])).get(1)).toMatchObject({ rail: 'gsma', amount: '850.00', executed: 1 });
    const off = await tenant.paid(csvOf(rows));
    expect(off).toMatchObject({ successful: 2 });
    expect(off.formatted_file).toBeNull();
    expect(await objects.exists(`${tenant.id}/${off.batch_id}/formatted.ndjson`)).toBe(false);
  } finally {
    objects.close();
  }
});

test('splitting on: sub-batches of the size asked for, none of two rails; off: one per rail', async () => {
  const tenant = await hub.aTenant();
  const modes = ['slcb', 'gsma', 'slcb', 'mojaloop', 'slcb', 'gsma', 'slcb', 'slcb'];
  const file = () => csvOf(modes.map((payment_mode) => aRow({ payment_mode })));
  const shape = async (batchId: string) =>
    (await tenant.subBatches(batchId)).map(({ rail, total, status }) => `${rail} ${total} ${status}`).sort();
  const on = await tenant.paid(file(), { switches: { 'splitting.sub-batch-size': 2 } });
  expect(await shape(on.batch_id)).toEqual([
    ...['gsma 2 settled', 'mojaloop 1 settled', 'slcb 1 settled', 'slcb 2 settled', 'slcb 2 settled'],
  ]);
  const ledger = await ledgerOf(on.batch_id, [1, 2, 3, 4, 5, 6, 7, 8]);
  expect([1, 2, 3, 4, 5, 6, 7, 8].map((row) => ledger.get(row)?.rail)).toEqual(modes);
  const off = await tenant.paid(file(), { switches: { 'splitting.enable': false, 'splitting.sub-batch-size': 2 } });
  expect(await shape(off.batch_id)).toEqual(['gsma 2 settled', 'mojaloop 1 settled', 'slcb 5 settled']);
});

test('success threshold on: below the rate the batch ends below_threshold; at the rate, or off, it is completed', async () => {
  const tenant = await hub.aTenant();
  const file = () => csvOf([aRow(), aRow({ ends: '0422' }), aRow(), aRow()]);
  const rate = (rate: number) => ({
    switches: { 'success-threshold-check.enable': true, 'success-threshold-check.success-rate': rate },
  });
  const [below, at, off] = await Promise.all([
    tenant.paid(file(), rate(76)),
    tenant.paid(file(), rate(75)),
    tenant.paid(file()),
  ]);
  expect(below).toMatchObject({ status: 'below_threshold', successful: 3, failed: 1 });
  expect(await wordsOf(tenant, below.batch_id)).toEqual(['SUCCESS', 'FAILURE 422', 'SUCCESS', 'SUCCESS']);
  expect(at).toMatchObject({ status: 'completed', successful: 3 });
  expect(off).toMatchObject({ status: 'completed', successful: 3 });
});

test('merge-back off: the rows are paid and counted, and there is no result file', async () => {
  const tenant = await hub.aTenant();
  const { batch_id: batchId, ...status } = await tenant.paid(csvOf([aRow()]), {
    switches: { 'mergeback.enable': false },
  });
  expect(status).toMatchObject({ status: 'completed', successful: 1, result_file: null, results: [] });
  expect(await tenant.call<Problem>(`/api/v1/batches/${batchId}/result`)).toMatchObject({
    status: 409,
    body: { type: 'urn:tributary:problem:result-not-ready' },
  });
});

test('acknowledgement on: one signed webhook to the callback address, tried again until it is heard; off: none', async () => {
  const tenant = await hub.aTenant();
  const receiver = await hub.aReceiver(2);
  const headers = { 'X-CallbackURL': receiver.url };
  const off = await tenant.paid(csvOf([aRow()]), { headers, switches: { 'acknowledgement.enable': false } });
  const on = await tenant.accepted(csvOf([aRow(), aRow({ ends: '0404' })]), { headers });
  const heard = await receiver.next('batch.closed', on);
  expect(heard).toMatchObject({
    isSigned: true,
    body: { event_id: heard.eventId, tenant_id: tenant.id, status: 'completed', total: 2, successful: 1, failed: 1 },
  });
  const isDelivered = ({ callbacks }: { callbacks: readonly { state: string }[] }) =>
    callbacks[0]?.state === 'delivered';
  expect((await tenant.until(on, isDelivered)).callbacks).toMatchObject([{ event: 'batch.closed', tries: 3 }]);
  expect((await tenant.status(off.batch_id)).callbacks).toEqual([]);
  expect(receiver.events).toHaveLength(1);
});

test('a rejected file is acknowledged too, with its problem', async () => {
  const tenant = await hub.aTenant();
  const receiver = await hub.aReceiver();
  const batchId = await tenant.accepted(csvOf([aRow()]), {
    headers: { 'X-CallbackURL': receiver.url, 'X-Declared-Count': '2' },
  });
  expect(await receiver.next('batch.rejected', batchId)).toMatchObject({
    isSigned: true,
    body: { status: 'rejected', problem: { title: 'Declared count differs' } },
  });
});

test('notification on: signed events to the tenant before and after; off, or without an address: none', async () => {
  const receiver = await hub.aReceiver();
  const tenant = await hub.aTenant({ notificationUrl: receiver.url });
  const off = await tenant.paid(csvOf([aRow()]), { switches: { 'notification.enable': false } });
  const on = await tenant.accepted(csvOf([aRow()]));
  expect(await receiver.next('batch.received', on)).toMatchObject({ isSigned: true, body: { batch_id: on } });
  expect(await receiver.next('batch.closed', on)).toMatchObject({ isSigned: true, body: { status: 'completed' } });
  expect(receiver.namesOf(on)).toEqual(['batch.closed', 'batch.received']);
  expect(receiver.namesOf(off.batch_id)).toEqual([]);
  expect((await tenant.status(off.batch_id)).callbacks).toEqual([]);
  const quiet = await hub.aTenant();
  const { batch_id: batchId } = await quiet.paid(csvOf([aRow()]));
  expect(await hub.c.outbox.countDocuments({ batchId, 'entry.kind': 'webhook' })).toBe(0);
});

test('all or nothing on: one bad row rejects the file; off: the good rows are paid', async () => {
  const tenant = await hub.aTenant();
  const file = () => csvOf([aRow(), aRow({ amount: 'much' })]);
  const on = await tenant.paid(file(), { switches: { 'validation.allOrNothing': true } });
  expect(on).toMatchObject({
    status: 'rejected',
    successful: 0,
    failed: 2,
    problem: { title: 'The file has bad rows' },
  });
  expect((await ledgerOf(on.batch_id, [1, 2])).size).toBe(0);
  expect(await tenant.paid(file())).toMatchObject({ status: 'completed', successful: 1, failed: 1 });
});

test('a tenant that allows no switches per batch has them refused; unknown and wrong ones are named', async () => {
  const tenant = await hub.aTenant();
  const wrong = await tenant.post<Problem>(csvOf([aRow()]), {
    switches: { 'settlement.deadline': 'soon', 'ordering.enabled': true } as object,
  });
  expect(wrong).toMatchObject({ status: 400, body: { type: 'urn:tributary:problem:switches-refused' } });
  expect(wrong.body.detail).toContain('settlement.deadline');
  expect(wrong.body.detail).toContain('ordering.enabled');
  await hub.c.tenants.updateOne({ _id: tenant.id }, { $set: { batchOptions: false } });
  const refused = await tenant.post<Problem>(csvOf([aRow()]), { switches: { 'mergeback.enable': false } });
  expect(refused).toMatchObject({ status: 403, body: { type: 'urn:tributary:problem:batch-options-not-allowed' } });
});
