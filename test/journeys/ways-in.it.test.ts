/** Every way in, what a repeat of it does, and whose business it is. */
import { createHash, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Accepted, apiUrl, json, ledgerOf, openHub, type Problem, type TenantClient } from '../hub.ts';
import { aRow, csvOf } from '../rows.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();
const digest = (algorithm: string, text: string) => createHash(algorithm).update(text).digest();

test('a file that was uploaded before is paid by its name alone, by its own tenant only', async () => {
  const tenant = await hub.aTenant();
  const file = csvOf([aRow(), aRow({ payment_mode: 'gsma' })]);
  const put = await tenant.call<{ size: number; sha256: string }>('/api/v1/files/july.csv', {
    method: 'PUT',
    body: file,
  });
  expect(put.status, put.text).toBe(201);
  expect(put.body).toMatchObject({ size: file.length, sha256: digest('sha256', file).toString('hex') });
  const startByName = (client: TenantClient) =>
    client.call<Accepted>('/batchtransactions?type=raw', { method: 'POST', headers: { filename: 'july.csv' } });
  expect(await startByName(await hub.aTenant())).toMatchObject({ status: 404 });
  const { status, body } = await startByName(tenant);
  expect(status).toBe(202);
  expect(await tenant.final(body.batch_id)).toMatchObject({ status: 'completed', successful: 2 });
});

test('payments in a JSON body are paid, and the result has the ten columns made from the body', async () => {
  const tenant = await hub.aTenant();
  const { status, text, body } = await tenant.call<Accepted>('/batchtransactions?type=raw', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify([
      {
        creditParty: [{ key: 'msisdn', value: '8837461856' }],
        debitParty: [{ key: 'accountnumber', value: '003001003874120160' }],
        subType: 'SLCB',
        amount: '820.00',
        currency: 'RWF',
        descriptionText: 'Test Payment',
      },
    ]),
  });
  expect(status, text).toBe(202);
  expect(await tenant.final(body.batch_id)).toMatchObject({
    status: 'completed',
    total: 1,
    successful: 1,
    currency: 'RWF',
    totalAmount: '820',
  });
  const [header, line] = (await tenant.result(body.batch_id)).split('\n');
  expect(header).toBe(`${csvOf([]).trim()},status,error_code,error_description`);
  expect(line).toMatch(
    /^0,[0-9a-f-]{36},slcb,accountNumber,003001003874120160,msisdn,8837461856,820\.00,RWF,Test Payment,SUCCESS,,$/,
  );
  expect((await ledgerOf(body.batch_id, [1])).get(1)).toMatchObject({ executed: 1, payee: '8837461856', rail: 'slcb' });
});

test('type may be written as a header, in any case', async () => {
  const tenant = await hub.aTenant();
  const form = new FormData();
  form.set('data', new Blob([csvOf([aRow()])]), 'a.csv');
  const answer = await tenant.call<Accepted>('/batchtransactions', {
    method: 'POST',
    headers: { Type: 'CSV' },
    body: form,
  });
  expect(answer.status, answer.text).toBe(202);
  await tenant.final(answer.body.batch_id);
});

test('the same request again, by Idempotency-Key or by X-CorrelationID, is the same batch and is paid once', async () => {
  const tenant = await hub.aTenant();
  const byKey = { headers: { 'Idempotency-Key': randomUUID(), 'X-CorrelationID': randomUUID() } };
  const byCorrelation = { headers: { 'X-CorrelationID': randomUUID() } };
  for (const options of [byKey, byCorrelation]) {
    const file = csvOf([aRow(), aRow({ payment_mode: 'mojaloop' }), aRow({ payment_mode: 'gsma' })]);
    const answers = await Promise.all([1, 2, 3].map(() => tenant.post(file, options)));
    const [batchId, ...others] = new Set(answers.map(({ body }) => body.batch_id));
    expect(others).toEqual([]);
    await tenant.final(batchId!);
    const later = await tenant.post(file, options);
    expect(later).toMatchObject({ status: 202, body: { batch_id: batchId } });
    expect(later.headers.get('Idempotent-Replayed')).toBe('true');
    expect(await tenant.status(batchId!)).toMatchObject({ status: 'completed', successful: 3 });
    const ledger = await ledgerOf(batchId!, [1, 2, 3]);
    expect([...ledger.values()].map(({ executed }) => executed)).toEqual([1, 1, 1]);
  }
  expect((await tenant.call<{ totalElements: number }>('/api/v1/batches?page=0&size=10')).body.totalElements).toBe(2);
});

test('another file under the same correlation id is a new batch, under the same key it is refused', async () => {
  const tenant = await hub.aTenant();
  const key = randomUUID();
  const correlated = { 'X-CorrelationID': randomUUID() };
  const first = await tenant.accepted(csvOf([aRow()]), { headers: { ...correlated, 'Idempotency-Key': key } });
  const second = await tenant.accepted(csvOf([aRow()]), { headers: correlated });
  expect(second).not.toBe(first);
  const reused = await tenant.post<Problem>(csvOf([aRow()]), { headers: { 'Idempotency-Key': key } });
  expect(reused).toMatchObject({ status: 422, body: { type: 'urn:tributary:problem:idempotency-key-reused' } });
});

test('the same file under a new key is a new payroll: it is paid, and told that it was seen before', async () => {
  const tenant = await hub.aTenant();
  const file = csvOf([aRow()]);
  const first = await tenant.accepted(file, { headers: { 'Idempotency-Key': randomUUID() } });
  const again = await tenant.post<Accepted & { seen_before: string }>(file, {
    headers: { 'Idempotency-Key': randomUUID() },
  });
  expect(again).toMatchObject({ status: 202, body: { seen_before: first } });
  expect(await tenant.final(again.body.batch_id)).toMatchObject({ successful: 1, seen_before: first });
});

test('right checksums let a file in, and a wrong one of any kind makes no batch and keeps no object', async () => {
  const tenant = await hub.aTenant();
  const body = jsonPayment();
  const right = {
    'Content-MD5': digest('md5', body).toString('base64'),
    'Content-Digest': `sha-256=:${digest('sha256', body).toString('base64')}:`,
    'X-Checksum-MD5': digest('md5', body).toString('hex'),
    'X-Checksum-SHA256': digest('sha256', body).toString('hex'),
  };
  const wrong = {
    'Content-MD5': digest('md5', 'other').toString('base64'),
    'Content-Digest': `sha-256=:${digest('sha256', 'other').toString('base64')}:`,
    'X-Checksum-MD5': digest('md5', 'other').toString('hex'),
    'X-Checksum-SHA256': digest('sha256', 'other').toString('hex'),
  };
  const postJson = (headers: Record<string, string>) =>
    tenant.call<Problem>('/batchtransactions?type=raw', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body,
    });
  for (const [name, value] of Object.entries(wrong)) {
    expect(await postJson({ [name]: value }), name).toMatchObject({
      status: 422,
      body: { type: 'urn:tributary:problem:checksum-mismatch', detail: expect.stringContaining(name) },
    });
  }
  const file = csvOf([aRow()]);
  const spoilt = await tenant.post<Problem>(file, { headers: { 'X-Checksum-SHA256': wrong['X-Checksum-SHA256'] } });
  expect(spoilt.status).toBe(422);
  expect(await hub.c.batches.countDocuments({ tenantId: tenant.id })).toBe(0);
  expect(await hub.c.uploads.countDocuments({ tenantId: tenant.id }), 'objects that nobody owns').toBe(0);
  expect(await postJson(right)).toMatchObject({ status: 202 });
  await tenant.paid(file, { headers: { 'X-Checksum-MD5': digest('md5', file).toString('hex') } });
});

test("another tenant's batch is as absent as one that never was", async () => {
  const [owner, stranger] = [await hub.aTenant(), await hub.aTenant()];
  const batchId = await owner.accepted(csvOf([aRow()]));
  await owner.final(batchId);
  const paths = [
    `/api/v1/batchtransactions/${batchId}`,
    `/api/v1/batchtransactions/${batchId}/detail`,
    `/api/v1/batches/${batchId}/result`,
    `/api/v1/batches/${batchId}/row-errors`,
    `/api/v1/batches/${batchId}/sub-batches`,
  ];
  for (const path of paths) {
    const seen = await stranger.call<Problem>(path);
    const never = await stranger.call<Problem>(path.replace(batchId, randomUUID()));
    expect(seen, path).toMatchObject({ status: 404, body: { detail: never.body.detail } });
    expect(await owner.call(path), path).toMatchObject({ status: 200 });
  }
  const decision = json('POST', { decision: 'refuse' }, { 'X-User': 'eve' });
  expect(await stranger.call(`/api/v1/batches/${batchId}/approval`, decision)).toMatchObject({ status: 404 });
  expect((await stranger.call<{ content: [] }>('/api/v1/batches?page=0&size=10')).body.content).toEqual([]);
  expect(await stranger.call(`/api/v1/tenants/${owner.id}/switches`)).toMatchObject({ status: 404 });
  expect((await fetch(`${apiUrl()}/api/v1/batches?page=0&size=10`)).status, 'without a token').toBe(401);
});

test('a dry run says what would come of the file and starts nothing', async () => {
  const tenant = await hub.aTenant();
  const file = csvOf([aRow(), aRow({ amount: '-5' }), aRow({ currency: 'dollars' })]);
  const { status, body } = await tenant.post<{ rows: number; rowErrors: object[] }>(file, { query: '&dryRun=true' });
  expect(status).toBe(200);
  expect(body).toMatchObject({ valid: false, rows: 3, accepted: 1, refused: 2 });
  expect(body.rowErrors).toMatchObject([
    { row: 2, column: 'amount', code: 'amount_not_positive' },
    { row: 3, column: 'currency', code: 'currency_unknown' },
  ]);
  expect(await hub.c.batches.countDocuments({ tenantId: tenant.id })).toBe(0);
});

test('switches are set for a tenant by PUT and hold for the batches after that', async () => {
  const tenant = await hub.aTenant();
  const path = `/api/v1/tenants/${tenant.id}/switches`;
  const put = (switches: object) => tenant.call(path, json('PUT', switches));
  expect(await put({ 'splitting.sub-batch-size': 0 })).toMatchObject({ status: 400 });
  expect(await put({ 'splitting.sub-batch-size': 1 })).toMatchObject({ status: 200 });
  expect(await tenant.call(path)).toMatchObject({ status: 200, body: { 'splitting.sub-batch-size': 1 } });
  const { batch_id: batchId } = await tenant.paid(csvOf([aRow(), aRow()]));
  expect(await tenant.subBatches(batchId)).toHaveLength(2);
});

function jsonPayment(): string {
  const { payee_identifier: payee, payer_identifier: payer } = aRow();
  const party = (value: string) => [{ key: 'accountnumber', value }];
  return JSON.stringify([
    {
      creditParty: party(payee),
      debitParty: party(payer),
      subType: 'slcb',
      amount: '1.00',
      currency: 'USD',
      descriptionText: 'x',
    },
  ]);
}
