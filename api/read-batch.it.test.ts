import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endToEndIdOf, rowKeyBytes } from '../domain/ids.ts';
import { switchesOf } from '../domain/switches.ts';
import { addTallies, addToTally, type Tally } from '../domain/tally.ts';
import type { BatchDoc, OutcomeDoc, PaymentDoc, SubBatchDoc } from '../store/documents.ts';
import { attemptKey } from '../store/row-keys.ts';
import { aFile, formOf, openStand, type Stand } from './stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const asJson = { 'Content-Type': 'application/json' };
const at = new Date('2026-03-31T12:00:00.500Z');

describe('the status of a batch', () => {
  test('has the fields and types of the seed', async () => {
    const tenant = await stand.tenant();
    const batch = await aBatch(tenant, { rows: 10, completed: 7, rejected: 2, status: 'completed_with_pending' });
    for (const path of ['/batchtransactions', '/api/v1/batchtransactions']) {
      const { status, json } = await stand.call(tenant, 'GET', `${path}/${batch._id}`);
      expect(status).toBe(200);
      expect(json).toMatchObject({
        batch_id: batch._id,
        request_id: 'c-1',
        notes: 'Bulk transfers',
        status: 'completed_with_pending',
        mode: 'slcb,gsma',
        purpose: 'refund',
        total: 10,
        successful: 7,
        failed: 2,
        pending: 1,
        created_at: 1774958400,
        totalAmount: '1005.00',
        successfulAmount: '703.50',
        failedAmount: '201.00',
        pendingAmount: '100.50',
        currency: 'USD',
        totals: { USD: { total: '1005.00', successful: '703.50', failed: '201.00', pending: '100.50' } },
        reasons: { invalid: 0, duplicates: 0, not_found: 0, cancelled: 0, rejected: 2 },
      });
    }
  });

  test('of one just queued is there, without counts and amounts', async () => {
    const tenant = await stand.tenant({ switches: { 'approval.enable': true } });
    const posted = await stand.call(tenant, 'POST', '/batchtransactions?type=csv', { body: formOf(aFile()) });
    const { json } = await stand.call(tenant, 'GET', posted.json.PollingPath);
    expect(json).toMatchObject({
      status: 'queued',
      total: 0,
      totalAmount: null,
      currency: null,
      result_file: null,
      approval: { state: 'not_yet' },
    });
    const file = await fetch(json.file);
    expect(await file.text()).toBe(aFile());
    expect(file.headers.get('content-disposition')).toContain('payroll.csv');
    const path = `/api/v1/batches/${posted.json.batch_id}/request`;
    const through = await stand.call(tenant, 'GET', path);
    expect([through.text, through.headers.get('content-disposition')]).toEqual([
      aFile(),
      expect.stringContaining('payroll.csv'),
    ]);
    const stranger = await stand.tenant();
    expect((await stand.call(stranger, 'GET', path)).status).toBe(404);
  });

  test('shows results, webhooks, blocked payers and sub-batches', async () => {
    const tenant = await stand.tenant();
    const batch = await aBatch(tenant, { rows: 3, completed: 3, status: 'completed', results: 2 });
    const { c, outbox } = stand.deps;
    const webhook = {
      kind: 'webhook',
      url: 'https://x.example',
      event: 'batch.completed',
      body: '{}',
      until: at,
    } as const;
    await outbox.add([
      { id: `w1/${batch._id}`, tenantId: tenant, batchId: batch._id, entry: { ...webhook, eventId: 'e1' } },
      { id: `w2/${batch._id}`, tenantId: tenant, batchId: batch._id, entry: { ...webhook, eventId: 'e2' } },
    ]);
    await outbox.giveUp(`w2/${batch._id}`, 'answered 500');
    const block = { tenantId: tenant, rail: 'slcb', payer: '003001003874120160', text: 'no funds', at };
    await c.payerBlocks.insertOne({ _id: `${tenant}/slcb/x`, ...block });
    const { json } = await stand.call(tenant, 'GET', `/api/v1/batchtransactions/${batch._id}`);
    expect(json.results.map((r: { n: number }) => r.n)).toEqual([1, 2]);
    expect(json.result_file).toBe(json.results[1].url);
    expect(await (await fetch(json.result_file)).text()).toBe('result 2');
    expect(json.callbacks.map((w: { state: string }) => w.state).sort()).toEqual(['given_up', 'pending']);
    const shown = { id: 'slcb/x', rail: 'slcb', payer: '…0160', text: 'no funds', since: at.toISOString() };
    expect(json.payer_blocks).toEqual([shown]);
    const path = '/api/v1/payer-blocks';
    expect((await stand.call(tenant, 'GET', path)).json).toEqual({ payer_blocks: [shown] });
    expect((await stand.call(tenant, 'DELETE', `${path}/slcb/x`)).status).toBe(401);
    const person = { 'X-User': 'Ama' };
    expect((await stand.call(tenant, 'DELETE', `${path}/slcb/x`, { headers: person })).json).toEqual(shown);
    expect((await stand.call(tenant, 'DELETE', `${path}/slcb/x`, { headers: person })).status).toBe(404);
    expect(json.sub_batches).toEqual({ created: 0, ready: 0, dispatched: 0, settled: 1 });
    const subs = await stand.call(tenant, 'GET', `/api/v1/batches/${batch._id}/sub-batches`);
    expect(subs.json).toMatchObject({
      sub_batches: [{ n: 1, rail: 'slcb', total: 3, successful: 3, pending: 0 }],
      next_cursor: null,
    });
  });

  test('counts a batch under way from its outcomes', async () => {
    const tenant = await stand.tenant();
    const batch = await aBatch(tenant, { rows: 4, completed: 1, rejected: 1, status: 'processing' });
    const { json } = await stand.call(tenant, 'GET', `/api/v1/batchtransactions/${batch._id}`);
    expect([json.total, json.successful, json.failed, json.pending]).toEqual([4, 1, 1, 2]);
  });
});

test('a tenant sets where its notifications and alerts go, and never reads what signs them', async () => {
  const tenant = await stand.tenant();
  const path = `/api/v1/tenants/${tenant}/webhooks`;
  const put = (body: unknown) =>
    stand.call(tenant, 'PUT', path, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  expect((await stand.call(tenant, 'GET', path)).json.notification_url).toBeNull();
  expect((await put({ notification_url: 'https://events.example/x' })).json.notification_url).toBe(
    'https://events.example/x',
  );
  expect((await put({ alert_url: 'https://events.example/alerts?key=1' })).json).toMatchObject({
    notification_url: 'https://events.example/x',
    alert_url: 'https://events.example/alerts?key=1',
  });
  expect((await stand.call(tenant, 'GET', path)).json.signing_secret).toEqual({ ends_with: '…cret', since: null });
  expect((await put({ notification_url: 'ftp://events.example/x' })).status).toBe(400);
  expect((await put({ url: 'https://events.example/x' })).status).toBe(400);
  expect((await put({})).status).toBe(400);
  expect((await put({ notification_url: null })).json).toMatchObject({
    notification_url: null,
    alert_url: 'https://events.example/alerts?key=1',
  });
  expect((await stand.call(tenant, 'GET', path)).json).toMatchObject({ notification_url: null });
});

describe('the detail of a batch', () => {
  test('says when each row was sent, and when the batch began for those that were not', async () => {
    const tenant = await stand.tenant();
    const batch = await aBatch(tenant, { rows: 2 });
    const sentAt = new Date(at.getTime() + 5_000);
    const attempt = { tenantId: tenant, owner: 'instance', at: sentAt, until: sentAt };
    await stand.deps.c.attempts.insertOne({ _id: attemptKey(rowKeyBytes(batch._id, 2), 1), ...attempt });
    const { json } = await stand.call(tenant, 'GET', `/api/v1/batchtransactions/${batch._id}/detail`);
    expect(json.map((row: { startedAt: number }) => row.startedAt)).toEqual([at.getTime(), sentAt.getTime()]);
  });

  test('has the fields and types of the seed, with exact digits', async () => {
    const tenant = await stand.tenant();
    const batch = await aBatch(tenant, { rows: 3, completed: 1, rejected: 1 });
    const { json, text } = await stand.call(tenant, 'GET', `/api/v1/batchtransactions/${batch._id}/detail`);
    expect(json).toHaveLength(3);
    expect(json[0]).toEqual({
      id: 1,
      workflowInstanceKey: 2251799813689497,
      transactionId: endToEndIdOf(batch._id, 1),
      startedAt: at.getTime(),
      completedAt: at.getTime(),
      status: 'COMPLETED',
      statusDetail: null,
      payeeDfspId: 'giraffe-bank',
      payeePartyId: '7854278651',
      payeePartyIdType: 'MSISDN',
      payeeFee: null,
      payeeFeeCurrency: null,
      payeeQuoteCode: null,
      payerDfspId: tenant,
      payerPartyId: '003001003874120160',
      payerPartyIdType: 'ACCOUNTNUMBER',
      payerFee: null,
      payerFeeCurrency: null,
      payerQuoteCode: null,
      amount: 100.5,
      currency: 'USD',
      direction: 'OUTGOING',
      errorInformation: null,
      batchId: batch._id,
    });
    expect(text).toContain('"amount":100.5,');
    expect(JSON.parse(json[1].errorInformation)).toEqual({
      errorInformation: { errorDescription: 'Refused by the bank: Inactive Account', errorCode: 'E17' },
    });
    expect([json[2].status, json[2].completedAt]).toEqual(['IN_PROGRESS', null]);
  });

  test('is read in pages from 0, or by cursor, or by status', async () => {
    const tenant = await stand.tenant();
    const batch = await aBatch(tenant, { rows: 25, completed: 20, rejected: 3 });
    const path = `/api/v1/batchtransactions/${batch._id}/detail`;
    const ids = async (query: string) => {
      const { json, headers } = await stand.call(tenant, 'GET', path + query);
      return { ids: json.map((t: { id: number }) => t.id), link: headers.get('link') };
    };
    expect((await ids('?pageNo=1&pageSize=10')).ids).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(await ids('?pageNo=2&pageSize=10')).toEqual({ ids: [21, 22, 23, 24, 25], link: null });
    expect((await ids('?pageNo=9&pageSize=10')).ids).toEqual([]);
    const first = await ids('?pageSize=20');
    const next = /<(.*)>; rel="next"/.exec(first.link ?? '')?.[1] ?? '';
    expect((await ids(next.slice(path.length))).ids).toEqual([21, 22, 23, 24, 25]);
    expect((await ids('?status=failed')).ids).toEqual([21, 22, 23]);
    expect((await ids('?status=IN_PROGRESS&pageSize=1')).ids).toEqual([24]);
    expect((await ids('?status=IN_PROGRESS&pageSize=1&cursor=24')).ids).toEqual([25]);
    const wrong = await stand.call(tenant, 'GET', `${path}?pageSize=0&pageNo=x&colour=red&status=maybe`);
    expect(wrong.json.errors.map((e: { name: string }) => e.name)).toEqual(['colour', 'pageSize', 'pageNo', 'status']);
  });
});

describe('the list of batches', () => {
  test('is paged, sorted and filtered in the envelope of the seed', async () => {
    const tenant = await stand.tenant();
    for (const [i, fileName] of ['c.csv', 'a.csv', 'b.csv'].entries()) {
      const createdAt = new Date(at.getTime() + i * 86_400_000);
      await aBatch(tenant, {
        rows: 2,
        completed: 2,
        status: 'completed',
        doc: { fileName, createdAt, requestId: `r-${i}` },
      });
    }
    const list = async (query: string) => (await stand.call(tenant, 'GET', `/api/v1/batches${query}`)).json;
    const page = await list('?page=1&size=2&sortedBy=requestFile&sortedOrder=desc');
    expect(page).toMatchObject({
      totalElements: 3,
      totalPages: 2,
      last: true,
      first: false,
      numberOfElements: 1,
      size: 2,
      number: 1,
      sort: [{ direction: 'DESC', property: 'requestFile', descending: true, ascending: false }],
    });
    expect(page.content[0]).toMatchObject({
      requestFile: 'a.csv',
      total: 2,
      successful: 2,
      completed: 2,
      totalAmount: 201,
      failedAmount: 0,
      startedAt: at.getTime() + 86_400_000,
      workflowInstanceKey: 2251799813689497,
    });
    const names = (json: { content: { requestFile: string }[] }) => json.content.map((b) => b.requestFile);
    expect(names(await list(''))).toEqual(['b.csv', 'a.csv', 'c.csv']);
    expect(names(await list('?requestId=r-1'))).toEqual(['a.csv']);
    expect(names(await list('?status=rejected'))).toEqual([]);
    expect(names(await list('?dateFrom=2026-04-01&dateTo=2026-04-02T00:00:00Z'))).toEqual(['a.csv']);
    const wrong = await stand.call(tenant, 'GET', '/api/v1/batches?sortedBy=colour&dateFrom=yesterday&place=0');
    expect(wrong.json.errors.map((e: { name: string }) => e.name)).toEqual(['place', 'sortedBy', 'dateFrom']);
  });
});

describe('files and errors of a batch', () => {
  test('a result is there once it was made', async () => {
    const tenant = await stand.tenant();
    const none = await aBatch(tenant, { rows: 1, status: 'processing' });
    const early = await stand.call(tenant, 'GET', `/api/v1/batches/${none._id}/result`);
    expect([early.status, early.json.type]).toEqual([409, 'urn:tributary:problem:result-not-ready']);
    const batch = await aBatch(tenant, { rows: 1, completed: 1, status: 'completed', results: 2 });
    const latest = await stand.call(tenant, 'GET', `/api/v1/batches/${batch._id}/result`);
    expect([latest.text, latest.headers.get('content-disposition')]).toEqual([
      'result 2',
      expect.stringContaining('payroll-result-2.csv'),
    ]);
    expect((await stand.call(tenant, 'GET', `/api/v1/batches/${batch._id}/result?n=1`)).text).toBe('result 1');
    expect((await stand.call(tenant, 'GET', `/api/v1/batches/${batch._id}/result?n=3`)).status).toBe(404);
  });

  test('row errors are read by cursor', async () => {
    const tenant = await stand.tenant();
    const batch = await aBatch(tenant, { rows: 5, invalid: 5 });
    const first = await stand.call(tenant, 'GET', `/api/v1/batches/${batch._id}/row-errors?limit=3`);
    expect(first.json.errors.map((e: { row: number }) => e.row)).toEqual([1, 2, 3]);
    const rest = await stand.call(
      tenant,
      'GET',
      `/api/v1/batches/${batch._id}/row-errors?cursor=${first.json.next_cursor}`,
    );
    expect(rest.json.errors.map((e: { row: number }) => e.row)).toEqual([4, 5]);
    expect(rest.json.next_cursor).toBeNull();
  });

  test('a template names the columns of its types', async () => {
    const line =
      'id,request_id,payment_mode,payer_identifier_type,payer_identifier,payee_identifier_type,payee_identifier,amount,currency,note';
    const { text, headers } = await stand.call('', 'GET', '/template?types=PROGRAM,mojaloop');
    expect(text.startsWith(`${line},program_shortcode,cycle`)).toBe(true);
    expect(headers.get('content-type')).toContain('text/csv');
    expect((await stand.call('', 'GET', '/api/v1/template')).text).toBe(`${line}\n`);
    const wrong = await stand.call('', 'GET', '/template?types=SWIFT');
    expect([wrong.status, wrong.json.detail]).toEqual([400, expect.stringContaining('PROGRAM')]);
  });
});

describe('a decision', () => {
  const seen = { count: 3, totals: { USD: '301.50' } };
  const decide = (tenant: string, batch: BatchDoc, user: string, body: object) =>
    stand.call(tenant, 'POST', `/api/v1/batches/${batch._id}/approval`, {
      headers: { ...asJson, ...(user ? { 'X-User': user } : {}) },
      body: JSON.stringify(body),
    });
  const awaited = async () => {
    const tenant = await stand.tenant();
    const doc = { switches: switchesOf({ 'approval.enable': true }) };
    return { tenant, batch: await aBatch(tenant, { rows: 4, invalid: 1, status: 'awaiting_approval', doc }) };
  };

  test('is made by a second person on what they saw, once', async () => {
    const { tenant, batch } = await awaited();
    const { json: status } = await stand.call(tenant, 'GET', `/batchtransactions/${batch._id}`);
    expect(status.approval).toMatchObject({ state: 'awaited', ...seen });
    const first = await decide(tenant, batch, 'fatmata', { decision: 'approve', comment: 'ok', ...seen });
    expect([first.status, first.json.decision, first.json.by]).toEqual([200, 'approved', 'fatmata']);
    const again = await decide(tenant, batch, 'fatmata', { decision: 'approved', ...seen });
    expect(again.json).toEqual(first.json);
    expect((await decide(tenant, batch, 'ibrahim', { decision: 'refuse' })).status).toBe(409);
    expect((await decide(tenant, batch, 'fatmata', { decision: 'refuse' })).status).toBe(409);
    expect(await stand.deps.outbox.ofBatch(batch._id)).toMatchObject([
      {
        _id: `approval/${batch._id}`,
        entry: {
          name: 'approval-decided',
          key: batch._id,
          messageId: `approval/${batch._id}`,
          variables: { decision: 'approved' },
        },
      },
    ]);
    expect(await stand.deps.batches.get(batch._id)).toMatchObject({ checker: 'fatmata' });
    const { json: after } = await stand.call(tenant, 'GET', `/batchtransactions/${batch._id}`);
    expect(after.approval).toMatchObject({ state: 'approved', by: 'fatmata', comment: 'ok' });
  });

  test('by the maker, by nobody, on other sums, or on what does not wait is refused', async () => {
    const { tenant, batch } = await awaited();
    const approve = { decision: 'approve', ...seen };
    expect((await decide(tenant, batch, 'Integrator', approve)).status).toBe(403);
    expect((await decide(tenant, batch, '', approve)).status).toBe(401);
    const changed = await decide(tenant, batch, 'fatmata', { ...approve, totals: { USD: '301.51' } });
    expect([changed.status, changed.json.type]).toEqual([409, 'urn:tributary:problem:totals-changed']);
    expect((await decide(tenant, batch, 'fatmata', { ...approve, count: 4 })).status).toBe(409);
    const blind = await decide(tenant, batch, 'fatmata', { decision: 'approve' });
    expect(blind.json.errors.map((e: { name: string }) => e.name)).toEqual(['count', 'totals']);
    expect((await decide(tenant, batch, 'fatmata', { decision: 'maybe', colour: 1 })).status).toBe(400);
    expect((await decide(await stand.tenant(), batch, 'fatmata', approve)).status).toBe(404);
    const running = await aBatch(tenant, { rows: 1, status: 'processing' });
    const late = await decide(tenant, running, 'fatmata', { decision: 'refuse' });
    expect([late.status, late.json.type]).toEqual([409, 'urn:tributary:problem:not-awaiting-approval']);
    expect(await stand.deps.c.decisions.countDocuments({ tenantId: tenant })).toBe(0);
  });

  test('that races the deadline or others has one winner', async () => {
    const { tenant, batch } = await awaited();
    const expiry = { _id: batch._id, tenantId: tenant, decision: 'expired', by: 'deadline', comment: '', at } as const;
    const [answers, stands] = await Promise.all([
      Promise.all(['a', 'b', 'c'].map((user) => decide(tenant, batch, user, { decision: 'approve', ...seen }))),
      stand.deps.batches.decide(expiry),
    ]);
    const won = answers.filter(({ status }) => status === 200).length;
    expect(won).toBe(stands.decision === 'expired' ? 0 : 1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(3 - won);
    expect(await stand.deps.outbox.ofBatch(batch._id)).toHaveLength(won);
  });
});

describe('switches', () => {
  test('are read and replaced by their own tenant', async () => {
    const tenant = await stand.tenant();
    const path = `/api/v1/tenants/${tenant}/switches`;
    expect((await stand.call(tenant, 'GET', path)).json['approval.enable']).toBe(false);
    const put = (body: object) => stand.call(tenant, 'PUT', path, { headers: asJson, body: JSON.stringify(body) });
    const set = await put({ 'approval.enable': true, 'splitting.sub-batch-size': 7 });
    expect(set.json).toMatchObject({
      'approval.enable': true,
      'splitting.sub-batch-size': 7,
      'mergeback.enable': true,
    });
    expect((await stand.call(tenant, 'GET', path)).json).toEqual(set.json);
    expect((await put({})).json['approval.enable']).toBe(false);
    const wrong = await put({ 'approval.enabled': true, 'approval.deadline': 'soon' });
    expect([wrong.status, wrong.json.errors.length]).toEqual([400, 2]);
    expect((await put({ 'ordering.enable': true })).json.errors[0].name).toBe('ordering.field');
    const other = await stand.tenant();
    expect((await stand.call(other, 'GET', path)).status).toBe(404);
    expect((await stand.call(other, 'PUT', path, { headers: asJson, body: '{}' })).status).toBe(404);
  });
});

test('another tenant sees nothing of a batch', async () => {
  const [own, other] = [await stand.tenant(), await stand.tenant()];
  const batch = await aBatch(own, { rows: 1, completed: 1, status: 'completed', results: 1 });
  for (const path of [
    `/batchtransactions/${batch._id}`,
    `/batchtransactions/${batch._id}/detail`,
    `/api/v1/batches/${batch._id}/result`,
    `/api/v1/batches/${batch._id}/row-errors`,
    `/api/v1/batches/${batch._id}/sub-batches`,
  ]) {
    expect((await stand.call(own, 'GET', path)).status).toBe(200);
    const answers = [await stand.call(other, 'GET', path), await stand.call(own, 'GET', path.replace(batch._id, 'x'))];
    for (const { status, json } of answers)
      expect([status, json.type]).toEqual([404, 'urn:tributary:problem:batch-not-found']);
  }
  expect((await stand.call(other, 'GET', '/batches')).json.totalElements).toBe(0);
});

test('paths and methods that are not there say so', async () => {
  expect((await stand.call('', 'GET', '/nowhere')).status).toBe(404);
  const wrong = await stand.call('', 'PUT', '/template');
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET']);
  expect((await stand.call('', 'GET', '/api/v1/files/%ff')).status).toBe(400);
  expect((await stand.call('', 'GET', '/health/live')).status).toBe(200);
  expect((await stand.call('', 'GET', '/health/ready')).json).toEqual({
    status: 'UP',
    parts: { mongodb: 'UP', s3: 'UP' },
  });
  expect((await stand.call('', 'GET', '/metrics')).text).toContain('tributary_http_seconds');
});

type Plan = {
  rows: number;
  completed?: number;
  rejected?: number;
  invalid?: number;
  status?: BatchDoc['status'];
  results?: number;
  doc?: Partial<BatchDoc>;
};

/** A batch in the books: first the completed rows, then the rejected, then the invalid, the others pending. 100.50 USD each. */
async function aBatch(tenantId: string, plan: Plan): Promise<BatchDoc> {
  const { rows, completed = 0, rejected = 0, invalid = 0, status = 'processing', results = 0 } = plan;
  const _id = randomUUID();
  const { c, objects, deps } = { ...stand.deps, deps: stand.deps };
  const minor = 10_050n;
  const wordOf = (row: number) =>
    row <= completed
      ? 'completed'
      : row <= completed + rejected
        ? 'rejected'
        : row <= completed + rejected + invalid
          ? 'invalid'
          : undefined;
  const payments: PaymentDoc[] = [];
  const outcomes: OutcomeDoc[] = [];
  let asked: Tally = {};
  for (let row = 1; row <= rows; row++) {
    const word = wordOf(row);
    payments.push({
      _id: rowKeyBytes(_id, row),
      tenantId,
      id: String(row - 1),
      requestId: 'r',
      mode: 'slcb',
      rail: 'slcb',
      payer: { type: 'accountNumber', id: '003001003874120160' },
      payee: { type: 'msisdn', id: '7854278651', dfsp: 'giraffe-bank' },
      amount: '100.5',
      minor,
      currency: 'USD',
      note: 'n',
    });
    asked = addToTally(asked, 'USD', 'asked', 1, minor);
    if (!word) continue;
    const base = { _id: rowKeyBytes(_id, row), tenantId, sub: 1, minor, currency: 'USD', at };
    if (word === 'completed') outcomes.push({ ...base, status: 'completed', stage: 'rail' });
    if (word === 'rejected') {
      const text = 'Refused by the bank';
      outcomes.push({
        ...base,
        status: 'rejected',
        stage: 'rail',
        code: 422,
        text,
        railCode: 'E17',
        railText: 'Inactive Account',
      });
    }
    if (word === 'invalid') {
      const errors = [{ row, column: 'amount', code: 'amount_malformed', message: 'm' }];
      outcomes.push({ ...base, sub: 0, status: 'rejected', stage: 'validation', code: 400, text: 'bad', errors });
    }
  }
  const attempts = payments.slice(0, completed).map((payment) => ({
    _id: attemptKey(payment._id, 1),
    tenantId,
    owner: 'o',
    at,
    until: at,
  }));
  let done: Tally = {};
  if (completed) done = addToTally(done, 'USD', 'completed', completed, minor * BigInt(completed));
  if (rejected) done = addToTally(done, 'USD', 'rejected', rejected, minor * BigInt(rejected));
  const isClosed = status.startsWith('completed');
  const batch: BatchDoc = {
    _id,
    tenantId,
    requestId: 'c-1',
    fileName: 'payroll.csv',
    source: 'csv',
    requestKey: `${tenantId}/${_id}/request.csv`,
    md5: 'm',
    sha256: 's',
    sizeBytes: 1,
    purpose: 'refund',
    notes: 'Bulk transfers',
    maker: 'integrator',
    switches: switchesOf({}),
    status,
    createdAt: at,
    startedAt: at,
    validatedAt: at,
    processInstanceKey: '2251799813689497',
    modes: ['slcb', 'gsma'],
    rails: ['slcb'],
    rows,
    tally: isClosed ? addTallies(asked, done) : asked,
    results: [],
    ...(isClosed ? { closedAt: at } : {}),
    ...plan.doc,
  };
  for (let n = 1; n <= results; n++) {
    const key = `${tenantId}/${_id}/result-${n}.csv`;
    await objects.put(key, [Buffer.from(`result ${n}`)] as unknown as AsyncIterable<Uint8Array>);
    batch.results.push({ n, key, at, final: rows });
  }
  const sub: SubBatchDoc = {
    _id: `${_id}-1`,
    tenantId,
    batchId: _id,
    n: 1,
    rail: 'slcb',
    type: 'BULK',
    key: 'k',
    rows,
    runs: Buffer.alloc(0),
    asked,
    tally: done,
    status: 'settled',
    started: 0,
    createdAt: at,
  };
  if (payments.length > 0) await c.payments.insertMany(payments);
  if (outcomes.length > 0) await c.outcomes.insertMany(outcomes);
  if (attempts.length > 0) await c.attempts.insertMany(attempts);
  await deps.c.subBatches.insertOne(sub);
  await c.batches.insertOne(batch);
  return batch;
}
