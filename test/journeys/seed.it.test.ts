/** The seed's own file and requests, word for word, against the hub as a whole. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ledgerOf, openHub, type TenantClient } from '../hub.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();
const seedRows = Array.from({ length: 12 }, (_, at) => at + 1);
const seedFile = () => readFile('local/samples/ph-ee-bulk-demo-6.csv', 'utf8');

test("the seed's twelve rows come back as twelve lines, all SUCCESS, each paid once on its own rail", async () => {
  const tenant = await hub.aTenant();
  const { batchId } = await postSeed(tenant);
  expect(await tenant.final(batchId)).toMatchObject({
    status: 'completed',
    total: 12,
    successful: 12,
    failed: 0,
    totalAmount: '6432.00',
    successfulAmount: '6432.00',
  });
  const [header, ...lines] = (await tenant.result(batchId)).trimEnd().split('\n');
  const [asked, ...rows] = (await seedFile()).trimEnd().split('\n');
  expect(header).toBe(`${asked},status,error_code,error_description`);
  expect(lines).toEqual(rows.map((row) => `${row},SUCCESS,,`));
  const ledger = await ledgerOf(batchId, seedRows);
  expect(seedRows.map((row) => ledger.get(row))).toMatchObject(
    rows.map((row) => ({ executed: 1, state: 'completed', rail: row.split(',')[2] })),
  );
});

test("the answers to the seed's requests have the seed's fields, each of the seed's type", async () => {
  const tenant = await hub.aTenant();
  const { batchId, requestId, body } = await postSeed(tenant);
  expect(body).toMatchObject({ batch_id: batchId, request_id: requestId, status: 'queued' });
  await tenant.final(batchId);

  const status = await tenant.call<object>(`/api/v1/batchtransactions/${batchId}`);
  expect(status.body).toMatchObject({
    batch_id: batchId,
    request_id: requestId,
    notes: expect.any(String),
    status: expect.any(String),
    mode: 'slcb,mojaloop,gsma',
    purpose: expect.any(String),
    total: 12,
    successful: 12,
    failed: 0,
    file: expect.stringMatching(/^http/),
    created_at: expect.any(Number),
    totalAmount: '6432.00',
    successfulAmount: '6432.00',
    failedAmount: '0.00',
    pendingAmount: '0.00',
    currency: 'USD',
  });
  expect(String((status.body as { created_at: number }).created_at), 'epoch seconds').toHaveLength(10);

  const detail = await tenant.call<object[]>(`/api/v1/batchtransactions/${batchId}/detail?pageNo=1&pageSize=10`);
  expect(detail.body, 'the second page').toHaveLength(2);
  const first = await tenant.call<object[]>(`/api/v1/batchtransactions/${batchId}/detail?pageNo=0&pageSize=10`);
  expect(Object.keys(first.body[0] ?? {})).toEqual(seedDetailFields);
  expect(first.body[0]).toMatchObject({
    id: 1,
    workflowInstanceKey: expect.any(Number),
    transactionId: expect.any(String),
    startedAt: expect.any(Number),
    completedAt: expect.any(Number),
    status: 'COMPLETED',
    payeePartyId: '927549027483',
    payeePartyIdType: 'ACCOUNTNUMBER',
    payerPartyId: '003001003874120160',
    amount: 850,
    currency: 'USD',
    direction: 'OUTGOING',
    batchId,
  });
});

test("the list of batches has the seed's paging envelope and items, sorted as asked", async () => {
  const tenant = await hub.aTenant();
  const { batchId, requestId } = await postSeed(tenant);
  await tenant.final(batchId);
  await postSeed(tenant, 'another.csv');
  const { body } = await tenant.call<Listing>('/api/v1/batches?page=0&size=1&sortedBy=requestFile&sortedOrder=asc');
  expect(Object.keys(body)).toEqual(seedEnvelopeFields);
  expect(body).toMatchObject({
    totalElements: 2,
    totalPages: 2,
    last: false,
    numberOfElements: 1,
    first: true,
    size: 1,
    number: 0,
    sort: [{ direction: 'ASC', property: 'requestFile', ignoreCase: false, nullHandling: 'NATIVE' }],
  });
  expect(body.content[0]).toMatchObject({ requestFile: 'another.csv' });
  const one = await tenant.call<Listing>(`/api/v1/batches?page=0&size=10&requestId=${requestId}`);
  expect(one.body.content).toHaveLength(1);
  expect(Object.keys(one.body.content[0] ?? {})).toEqual(expect.arrayContaining(seedListFields));
  expect(one.body.content[0]).toMatchObject({
    id: expect.any(Number),
    batchId,
    subBatchId: null,
    requestId,
    requestFile: 'ph-ee-bulk-demo-6.csv',
    totalTransactions: 12,
    total: 12,
    ongoing: 0,
    failed: 0,
    successful: 12,
    totalAmount: 6432,
    successfulAmount: 6432,
    pendingAmount: 0,
    failedAmount: 0,
    workflowInstanceKey: expect.any(Number),
    startedAt: expect.any(Number),
    completedAt: expect.any(Number),
  });
});

test('the links to the file and to the result open without any header, and give their bytes', async () => {
  const tenant = await hub.aTenant();
  const { batchId } = await postSeed(tenant);
  const status = await tenant.final(batchId);
  expect(await (await fetch(status.file)).text()).toBe(await seedFile());
  expect(await (await fetch(status.result_file!)).text()).toBe(await tenant.result(batchId));
});

test('the template names the ten columns and those of the types asked for', async () => {
  const tenant = await hub.aTenant();
  const { text } = await tenant.call('/template?types=PROGRAM,MOJALOOP');
  expect(text.trim()).toBe((await seedFile()).split('\n')[0]);
});

/** curl --request POST '…/batchtransactions?type=csv' with the seed's three headers and --form data=@file. */
async function postSeed(tenant: TenantClient, fileName = 'ph-ee-bulk-demo-6.csv') {
  const requestId = randomUUID();
  const form = new FormData();
  form.set('data', new Blob([await seedFile()], { type: 'application/octet-stream' }), fileName);
  const headers = { 'Platform-TenantId': tenant.id, 'X-CorrelationID': requestId, filename: fileName };
  const answer = await tenant.call<{ batch_id: string }>('/batchtransactions?type=csv', {
    method: 'POST',
    headers,
    body: form,
  });
  expect(answer.status, answer.text).toBe(202);
  return { batchId: answer.body.batch_id, requestId, body: answer.body };
}

type Listing = { readonly content: readonly object[] };

const seedDetailFields = [
  ...['id', 'workflowInstanceKey', 'transactionId', 'startedAt', 'completedAt', 'status', 'statusDetail'],
  ...['payeeDfspId', 'payeePartyId', 'payeePartyIdType', 'payeeFee', 'payeeFeeCurrency', 'payeeQuoteCode'],
  ...['payerDfspId', 'payerPartyId', 'payerPartyIdType', 'payerFee', 'payerFeeCurrency', 'payerQuoteCode'],
  ...['amount', 'currency', 'direction', 'errorInformation', 'batchId'],
];

const seedListFields = [
  ...['id', 'batchId', 'subBatchId', 'requestId', 'requestFile', 'totalTransactions', 'total', 'ongoing', 'failed'],
  ...['successful', 'totalAmount', 'successfulAmount', 'pendingAmount', 'failedAmount', 'result_file'],
  ...['resultGeneratedAt', 'note', 'workflowKey', 'workflowInstanceKey', 'startedAt', 'completedAt'],
];

const seedEnvelopeFields = [
  ...['content', 'totalElements', 'totalPages', 'last', 'numberOfElements'],
  ...['first', 'size', 'number', 'sort'],
];
