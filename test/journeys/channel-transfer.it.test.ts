/** One payment through POST /channel/transfer: the same models, books and rules as a payment of a file. */
import { randomUUID } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { control, ledgerOf, openHub, type Problem, type TenantClient } from '../hub.ts';
import { anIdentifier, aRow, csvOf } from '../rows.ts';
import {
  acceptedTransfer,
  aTransfer,
  postTransfer,
  type TransferState,
  transferOf,
  transferThatIs,
} from '../transfers.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();

test.each(['mojaloop', 'gsma'])('a payment over %s is made once and its caller is told', async (mode) => {
  const tenant = await hub.aTenant();
  const receiver = await hub.aReceiver();
  const headers = { 'X-CallbackURL': receiver.url, 'X-CorrelationID': randomUUID() };
  const body = { ...aTransfer({ amount: '230.5' }), customData: [{ key: 'cost-centre', value: '12' }] };
  const answer = await postTransfer(tenant, body, { ...headers, 'X-Payment-Scheme': mode });
  expect(answer, answer.text).toMatchObject({ status: 202, body: { transactionId: expect.any(String) } });
  const { transactionId } = answer.body;
  expect(answer.headers.get('Location')).toBe(`/channel/transfer/${transactionId}`);
  const state = await transferThatIs(tenant, transactionId);
  expect(state).toMatchObject({
    transactionId,
    clientRefId: body.clientRefId,
    requestId: headers['X-CorrelationID'],
    status: 'COMPLETED',
    transferState: 'COMMITTED',
    paymentMode: mode,
    amount: '230.50',
    currency: 'USD',
    error: null,
    customData: body.customData,
    conflicts: [],
  });
  const ledger = (await ledgerOf(transactionId, [1])).get(1);
  expect(ledger).toMatchObject({
    rail: mode,
    id: state.transferId,
    executed: 1,
    payee: body.payee.partyIdInfo.partyIdentifier,
  });
  expect(Number(ledger!.amount)).toBe(230.5);

  const {
    event,
    isSigned,
    body: told,
  } = await vi.waitUntil(() => receiver.events.find((one) => one.body.transaction_id === transactionId), {
    timeout: 30_000,
  });
  expect({ event, isSigned }).toEqual({ event: 'transfer.settled', isSigned: true });
  expect(told).toMatchObject({ status: 'completed', amount: '230.50', currency: 'USD', error: null });
  await transferThatIs(tenant, transactionId, ({ callbacks }) => callbacks[0]?.state === 'delivered');
});

test.each([
  ['mojaloop', '0422', 422],
  ['mojaloop', '0404', 404],
  ['gsma', '0422', 422],
] as const)(
  'a payment over %s to a payee that ends in %s fails with %i, and says why in the words of the rail',
  async (mode, ends, code) => {
    const tenant = await hub.aTenant();
    const transactionId = await acceptedTransfer(tenant, mode, { ends });
    const state = await transferThatIs(tenant, transactionId);
    expect(state).toMatchObject({ status: 'FAILED', transferState: 'ABORTED', error: { errorCode: code } });
    expect(state.error!.errorDescription).not.toBe('');
    expect((await ledgerOf(transactionId, [1])).get(1)?.executed ?? 0).toBe(0);
  },
);

test('a payment whose answer was lost is asked about and made once', async () => {
  const tenant = await hub.aTenant();
  const ids = await Promise.all(['mojaloop', 'gsma'].map((mode) => acceptedTransfer(tenant, mode, { ends: '0504' })));
  for (const transactionId of ids) {
    expect(await transferThatIs(tenant, transactionId)).toMatchObject({ status: 'COMPLETED' });
    expect((await ledgerOf(transactionId, [1])).get(1)).toMatchObject({ executed: 1 });
  }
});

test('the same request many times at once, and again later, is one payment', async () => {
  const tenant = await hub.aTenant();
  for (const key of ['Idempotency-Key', 'X-CorrelationID']) {
    const body = aTransfer();
    const headers = { [key]: randomUUID(), 'X-Payment-Scheme': 'mojaloop' };
    const answers = await Promise.all(Array.from({ length: 8 }, () => postTransfer(tenant, body, headers)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
    const [transactionId, ...others] = new Set(answers.map((answer) => answer.body.transactionId));
    expect(others).toEqual([]);
    await transferThatIs(tenant, transactionId!);
    const later = await postTransfer(tenant, body, headers);
    expect(later.body).toEqual({ transactionId });
    expect(later.headers.get('Idempotent-Replayed')).toBe('true');
    const other = await postTransfer(tenant, { ...body, amount: { amount: '12.51', currency: 'USD' } }, headers);
    expect(other).toMatchObject({ status: 422, body: { type: 'urn:tributary:problem:idempotency-key-reused' } });
    expect((await ledgerOf(transactionId!, [1])).get(1)).toMatchObject({ executed: 1 });
  }
  expect(await hub.c.transfers.countDocuments({ tenantId: tenant.id })).toBe(2);
});

test('a payer without funds is shown, and the payment is made when the payer has them and is resumed', async () => {
  const tenant = await hub.aTenant();
  const payer = anIdentifier('0402');
  const transactionId = await acceptedTransfer(tenant, 'gsma', { payer });
  const { payerBlock } = await transferThatIs(tenant, transactionId, (state) => state.payerBlock !== null);
  expect(payerBlock).toMatchObject({ rail: 'gsma' });
  await control('gsma', { fund: payer });
  const lifted = await tenant.call(`/api/v1/payer-blocks/${payerBlock!.id}`, {
    method: 'DELETE',
    headers: { 'X-User': 'op' },
  });
  expect(lifted.status, lifted.text).toBe(200);
  expect(await transferThatIs(tenant, transactionId)).toMatchObject({ status: 'COMPLETED', payerBlock: null });
  expect((await ledgerOf(transactionId, [1])).get(1)).toMatchObject({ executed: 1 });
});

test("another tenant's payment is as absent as one that never was, and is no batch", async () => {
  const [owner, stranger] = [await hub.aTenant(), await hub.aTenant()];
  const transactionId = await acceptedTransfer(owner, 'mojaloop');
  await transferThatIs(owner, transactionId);
  const ask = (tenant: TenantClient, id: string) => tenant.call<Problem>(`/channel/transfer/${id}`);
  const [seen, never] = [await ask(stranger, transactionId), await ask(stranger, randomUUID())];
  expect(seen).toMatchObject({ status: 404, body: { detail: never.body.detail } });
  expect((await ask(owner, 'no-uuid')).status).toBe(404);
  expect((await owner.call(`/api/v1/batchtransactions/${transactionId}`)).status).toBe(404);
  expect((await owner.call<{ content: [] }>('/api/v1/batches?page=0&size=10')).body.content).toEqual([]);
  expect((await ask(owner, await owner.accepted(csvOf([aRow()])))).status).toBe(404);
});

test('payments of a file and single payments go side by side, and each is counted where it belongs', async () => {
  const tenant = await hub.aTenant();
  const rows = Array.from({ length: 10 }, () => aRow({ payment_mode: 'mojaloop' }));
  const [batch, ...singles] = await Promise.all([
    tenant.paid(csvOf(rows)),
    ...Array.from({ length: 5 }, async () => transferThatIs(tenant, await acceptedTransfer(tenant, 'mojaloop'))),
  ]);
  expect(batch).toMatchObject({ status: 'completed', total: 10, successful: 10 });
  expect(singles.map(({ status }: TransferState) => status)).toEqual(singles.map(() => 'COMPLETED'));
  const [first] = singles as TransferState[];
  expect(await transferOf(tenant, first!.transactionId)).toEqual(first);
});
