/** Payment Hub EE's clients against the API: what they send is taken, what they read is there, and nothing of another tenant is. */
import { constants, createHash, generateKeyPairSync, privateEncrypt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endToEndIdOf, rowKeyBytes, soleRow } from '../../domain/ids.ts';
import { plannedBatch } from '../operations/planned-batch.ts';
import { openStand, type Stand } from '../stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const get = async (tenant: string, path: string) => stand.call(tenant, 'GET', path);

/** 2 done, 1 refused and 1 open on gsma; 1 done on slcb; 1 bad row. */
async function aBatch(tenantId: string, like = {}) {
  return plannedBatch(stand.deps.c, {
    tenantId,
    bad: 1,
    doc: like,
    subBatches: [
      { rail: 'gsma', rows: ['done', 'done', '422', 'open'] },
      { rail: 'slcb', type: 'BULK', status: 'settled', rows: ['done'] },
    ],
  });
}

test('batches are listed with offset and limit, beside the seed’s listing with page and size', async () => {
  const [tenant, other] = [await stand.tenant(), await stand.tenant()];
  const first = await aBatch(tenant, { createdAt: new Date(Date.UTC(2026, 2, 1, 12)) });
  const second = await aBatch(tenant, {
    createdAt: new Date(Date.UTC(2026, 2, 2, 12)),
    status: 'cancelled',
    closedAt: new Date(),
  });
  for (const path of ['/batches', '/api/v1/batches']) {
    const { json } = await get(tenant, `${path}?offset=0&limit=10&sort=-startedAt`);
    expect(json).toMatchObject({ totalBatches: 2, totalTransactions: 12, totalSubBatchesCreated: 4 });
    expect(json.data.map(({ batchId }: { batchId: string }) => batchId)).toEqual([second._id, first._id]);
    expect(json.data[1]).toMatchObject({
      status: 'Pending',
      totalTransactions: 6,
      completed: 3,
      failed: 2,
      ongoing: 1,
      payerFsp: tenant,
    });
    expect(json.data[0].status).toBe('Failed');
  }
  const ids = async (query: string, of = tenant) =>
    (await get(of, `/api/v1/batches?${query}`)).json.data.map(({ batchId }: { batchId: string }) => batchId);
  expect(await ids('offset=1&limit=1')).toEqual([first._id]);
  expect(await ids('limit=10&sort=%2BstartedAt')).toEqual([first._id, second._id]);
  expect(await ids(`limit=10&batchId=%25${first._id}%25`)).toEqual([first._id]);
  expect(await ids('limit=10&dateFrom=2026-03-02 00:00:00')).toEqual([second._id]);
  expect(await ids(`limit=10&payerFsp=${other}`)).toEqual([]);
  expect(await ids('limit=10', other)).toEqual([]);
  expect((await get(tenant, '/api/v1/batches?page=0&size=1')).json.content).toHaveLength(1);
  expect((await get(tenant, '/api/v1/batches?offset=0&limit=0&sort=color&page=1')).json.errors).toHaveLength(3);
});

test('a batch is read as BatchDTO, with its sub-batches, and with its payments', async () => {
  const [tenant, other] = [await stand.tenant(), await stand.tenant()];
  const { _id, requestId } = await aBatch(tenant);
  for (const path of [`/batch/${_id}`, `/api/v1/batch/${_id}?command=aggregate`, `/api/v1/batch?batchId=${_id}`]) {
    expect((await get(tenant, path)).json).toMatchObject({
      ...{
        batchId: _id,
        requestId,
        correlationId: requestId,
        status: 'Pending',
        total: 6,
        successful: 3,
        failed: 2,
        ongoing: 1,
      },
      ...{
        totalAmount: 500,
        successfulAmount: 300,
        failedAmount: 100,
        pendingAmount: 100,
        successPercentage: '50',
        failPercentage: '33.33',
      },
    });
    expect((await get(other, path)).status).toBe(404);
  }
  const { json: summary } = await get(tenant, `/api/v1/batches/${_id}`);
  expect(summary).toMatchObject({ totalSubBatches: 2, totalInstructionCount: 6, payerFsp: tenant });
  expect(summary.subBatchSummaryList[1]).toMatchObject({
    subBatchId: `${_id}-2`,
    total: 1,
    status: 'COMPLETED',
    modes: 'slcb',
  });
  const { json: detail } = await get(tenant, `/api/v1/batches/${_id}?associations=all&offset=2&limit=2`);
  expect(detail).toMatchObject({ totalInstruction: 6, totalBatchAmount: 500, clientCorrelationId: requestId });
  expect(detail.instructionList).toMatchObject([
    {
      instructionId: endToEndIdOf(_id, 3),
      status: 'FAILED',
      reason: 'the rail said no',
      subBatchId: `${_id}-1`,
      amount: 100,
    },
    { instructionId: endToEndIdOf(_id, 4), status: 'IN_PROGRESS', reason: null, subBatchId: `${_id}-1` },
  ]);
  const sub = `/api/v1/batches/${_id}/subBatches/${_id}-1`;
  expect((await get(tenant, sub)).json).toMatchObject({ total: 4, instructionList: [] });
  const { json: page } = await get(tenant, `${sub}?associations=all&offset=1&limit=2`);
  expect(page.instructionList.map(({ status }: { status: string }) => status)).toEqual(['COMPLETED', 'FAILED']);
  for (const path of [`/api/v1/batches/${_id}`, sub]) expect((await get(other, path)).status).toBe(404);
  expect((await get(tenant, `/api/v1/batches/${_id}/subBatches/${_id}-9`)).status).toBe(404);
});

test('a batch’s payments are read as a page, as one map, and as the result file', async () => {
  const [tenant, other] = [await stand.tenant(), await stand.tenant()];
  const { _id, requestId } = await aBatch(tenant);
  const { json } = await get(tenant, `/api/v1/batch/detail?batchId=${_id}&pageNo=1&pageSize=2`);
  expect(json).toMatchObject({ totalElements: 6, totalPages: 3, number: 1, size: 2, first: false, last: false });
  expect(json.content[0]).toMatchObject({
    transactionId: endToEndIdOf(_id, 3),
    status: 'FAILED',
    amount: '100',
    clientCorrelationId: requestId,
  });
  const { json: done } = await get(tenant, `/api/v1/batch/detail?batchId=${_id}&status=COMPLETED&pageNo=1&pageSize=2`);
  expect(done).toMatchObject({
    totalElements: 3,
    numberOfElements: 1,
    content: [{ transactionId: endToEndIdOf(_id, 5) }],
  });
  const { json: map } = await get(tenant, `/batch/transactions?batchId=${_id}`);
  expect(Object.entries(map)).toHaveLength(6);
  expect(map[endToEndIdOf(_id, 4)]).toBe('IN_PROGRESS');
  const download = `/api/v1/batch/detail?batchId=${_id}&command=download`;
  expect((await get(tenant, download)).status).toBe(409);
  await stand.deps.c.batches.updateOne({ _id }, { $set: { results: [{ n: 1, key: 'k', at: new Date(), final: 5 }] } });
  const answer = await fetch(stand.url + download, { headers: { 'Platform-TenantId': tenant }, redirect: 'manual' });
  expect(answer.status).toBe(302);
  expect(answer.headers.get('location')).toContain('/k?');
  for (const path of [`/batch/transactions?batchId=${_id}`, download])
    expect((await get(other, path)).status).toBe(404);
  expect((await get(tenant, '/batch/transactions')).status).toBe(400);
});

test('a batch of many rows comes as one map, streamed', async () => {
  const tenant = await stand.tenant();
  const rows = Array.from({ length: 4_500 }, () => 'done' as const);
  const { _id } = await plannedBatch(stand.deps.c, {
    tenantId: tenant,
    subBatches: [{ rail: 'gsma', status: 'settled', rows }],
  });
  const { json } = await get(tenant, `/batch/transactions?batchId=${_id}`);
  expect(Object.keys(json)).toHaveLength(4_500);
  expect(json[endToEndIdOf(_id, 4_500)]).toBe('COMPLETED');
});

test('single payments are found by transactionId, correlation id, party and state, also many at once', async () => {
  const [tenant, other] = [await stand.tenant(), await stand.tenant()];
  const made = [];
  for (let n = 0; n < 3; n += 1) made.push(await aTransfer(tenant, `c-${n}`, n));
  await outcomeOf(tenant, made[0]!, 'completed');
  await outcomeOf(tenant, made[1]!, 'rejected');
  const ids = async (query: string, of = tenant) =>
    (await get(of, `/api/v1/transfers?${query}`)).json.content.map(
      ({ transactionId }: { transactionId: string }) => transactionId,
    );
  expect(await ids('page=0&size=10')).toEqual([...made].reverse());
  expect(await ids('page=1&size=2')).toEqual([made[0]]);
  expect(await ids('page=0&size=10&sortedOrder=ASC')).toEqual(made);
  expect(await ids('status=COMPLETED')).toEqual([made[0]]);
  expect(await ids(`transactionId=${made[2]}`)).toEqual([made[2]]);
  expect(await ids(`transactionId=${made[2]}`, other)).toEqual([]);
  expect(await ids('clientCorrelationId=c-1')).toEqual([made[1]]);
  expect(await ids('payeePartyId=277101020')).toEqual([made[0]]);
  expect(await ids('amount=12.50&currency=USD&partyId=27710101999')).toHaveLength(3);
  const post = async (body: object, of = tenant) =>
    stand.call(of, 'POST', '/api/v1/transfers', {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const { json } = await post({ requestIds: ['c-0', 'c-1', 'c-9'] });
  expect(json).toMatchObject({ totalElements: 2, totalPages: 1 });
  expect((await post({ requestIds: ['c-0', 'c-1'], payeePartyIds: ['277101021'] })).json.content).toMatchObject([
    { transactionId: made[1] },
  ]);
  expect((await post({ requestIds: ['c-0'] }, other)).json.content).toEqual([]);
  expect((await post({ requestIds: 'c-0', payeePartyIds: [1] })).json.errors).toHaveLength(2);
  const state = async (id: string, of = tenant) => get(of, `/channel/txnState/${id}?requestType=transfers`);
  expect((await state('c-0')).json).toEqual({ transactionId: made[0], transferState: 'COMMITTED' });
  expect((await state('c-1')).json.transferState).toBe('ABORTED');
  expect((await state('c-2')).json.transferState).toBe('RECEIVED');
  expect((await state('c-0', other)).status).toBe(404);
  expect((await get(tenant, '/channel/txnState/c-0')).status).toBe(400);
  // Money that came back was not paid.
  const returned = { minor: 1n, currency: 'USD', railCode: 'AC04', railText: 'closed account', reportedAt: new Date() };
  const _id = rowKeyBytes(made[0]!, 1);
  await stand.deps.c.returns.insertOne({ _id, tenantId: tenant, at: new Date(), ...returned });
  expect(await ids('status=COMPLETED')).toEqual([]);
  const failed = (await get(tenant, `/api/v1/transfers?transactionId=${made[0]}`)).json.content[0];
  expect(failed).toMatchObject({ status: 'FAILED', statusDetail: 'The money came back after it was paid' });
  expect(JSON.parse(failed.errorInformation)).toMatchObject({ errorInformation: { errorCode: 'AC04' } });
  expect((await post({ requestIds: ['c-0'] })).json.content).toMatchObject([{ status: 'FAILED' }]);
  expect((await state('c-0')).json.transferState).toBe('ABORTED');
  // Operators' list on the same path: no word of Payment Hub EE's in the query.
  const mine = (await get(tenant, '/api/v1/transfers?state=done&limit=5')).json;
  expect(mine.transfers).toMatchObject([{ transaction_id: made[0], state: 'done' }]);
});

test('a tenant that signs is believed with its signature only', async () => {
  const tenant = await stand.tenant();
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const put = (body: object) =>
    stand.call(tenant, 'PUT', `/api/v1/tenants/${tenant}/signature`, {
      headers: { 'Content-Type': 'application/json', 'X-User': 'ada' },
      body: JSON.stringify(body),
    });
  expect((await put({ public_key: 'none', required: 1 })).json.errors).toHaveLength(2);
  expect((await put({ public_key: null, required: true })).status).toBe(400);
  expect(await put({ public_key: publicKey, required: true })).toMatchObject({ status: 200, json: { required: true } });
  const body = JSON.stringify({
    payer: { partyIdInfo: { partyIdType: 'MSISDN', partyIdentifier: '27710101999' } },
    payee: { partyIdInfo: { partyIdType: 'MSISDN', partyIdentifier: '27710102999' } },
    amount: { amount: '230.00', currency: 'USD' },
  });
  const pay = (signature: string | undefined, sent = body) =>
    stand.call(tenant, 'POST', '/channel/transfer', {
      headers: {
        ...{ 'Content-Type': 'application/json', 'X-CorrelationID': 'c-1', 'X-Payment-Scheme': 'mojaloop' },
        ...(signature && { 'X-SIGNATURE': signature }),
      },
      body: sent,
    });
  const digest = createHash('sha3-256').update(`c-1:${tenant}:${body}`).digest('hex');
  const signature = privateEncrypt(
    { key: privateKey, padding: constants.RSA_PKCS1_PADDING },
    Buffer.from(digest),
  ).toString('base64');
  expect((await pay(undefined)).json.type).toMatch(/signature-wrong$/);
  expect((await pay(signature, body.replace('230.00', '930.00'))).json.type).toMatch(/signature-wrong$/);
  expect(await stand.deps.c.transfers.countDocuments({ tenantId: tenant })).toBe(0);
  expect((await pay(signature)).status).toBe(202);
  expect(await stand.deps.c.transfers.countDocuments({ tenantId: tenant })).toBe(1);
  await put({ public_key: null, required: false });
  expect((await pay(undefined)).status).toBe(202);
});

async function aTransfer(tenantId: string, requestId: string, n: number): Promise<string> {
  const _id = randomUUID();
  await stand.deps.c.transfers.insertOne({ _id, tenantId, requestId, createdAt: new Date(Date.UTC(2026, 2, 1, 0, n)) });
  await stand.deps.c.payments.insertOne({
    ...{ _id: rowKeyBytes(_id, soleRow), tenantId, id: '', requestId, mode: 'gsma', rail: 'gsma', note: '' },
    ...{ payer: { type: 'msisdn', id: '27710101999' }, payee: { type: 'msisdn', id: `27710102${n}` } },
    ...{ amount: '12.50', minor: 1_250n, currency: 'USD' },
  });
  return _id;
}

async function outcomeOf(tenantId: string, transactionId: string, status: 'completed' | 'rejected'): Promise<void> {
  await stand.deps.c.outcomes.insertOne({
    ...{ _id: rowKeyBytes(transactionId, soleRow), tenantId, sub: 0, status, stage: 'rail' },
    ...{ minor: 1_250n, currency: 'USD', at: new Date() },
  });
}
