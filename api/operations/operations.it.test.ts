/** What operators see and do, over HTTP, each answer as the page promises it; what the hub makes of it is test/journeys/. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endToEndIdOf } from '../../domain/ids.ts';
import type { BatchDoc } from '../../store/documents.ts';
import { openStand, type Stand } from '../stand.ts';
import { plannedBatch, type RowPlan } from './planned-batch.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await openStand();
});
afterAll(() => stand.close());

const money = (rows: number) => `${rows * 100}.00`;
const get = async (tenant: string, path: string) => stand.call(tenant, 'GET', `/api/v1${path}`);
const post = (tenant: string, path: string, body: object, by = 'olga', headers: Record<string, string> = {}) =>
  stand.call(tenant, 'POST', `/api/v1${path}`, {
    headers: { 'Content-Type': 'application/json', 'X-User': by, ...headers },
    body: JSON.stringify(body),
  });

/** 3 done, 1 refused, 2 unknown, 4 running on gsma; 5 ready and 2 stopped on slcb; 2 settled on slcb; 2 bad rows. */
async function aBatch(tenantId: string, like: Partial<BatchDoc> = {}) {
  const gsma: RowPlan[] = ['done', 'done', 'done', '422', 'unknown', 'unknown', 'open', 'open', 'open', 'open'];
  return plannedBatch(stand.deps.c, {
    tenantId,
    bad: 2,
    doc: like,
    subBatches: [
      { rail: 'gsma', rows: gsma },
      { rail: 'slcb', type: 'BULK', status: 'ready', rows: ['open', 'open', 'open', 'open', 'open'] },
      { rail: 'slcb', type: 'BULK', stopped: true, rows: ['open', 'open'] },
      { rail: 'slcb', type: 'BULK', status: 'settled', rows: ['done', '402'] },
    ],
  });
}

const counts = { total: 21, done: 4, failed: 4, unknown: 2, running: 4, waiting: 7 };

describe('a batch', () => {
  test('is counted by state and rail, and what was refused before any rail is told apart', async () => {
    const tenant = await stand.tenant();
    const { _id } = await aBatch(tenant);
    const { json } = await get(tenant, `/batches/${_id}/progress`);
    expect(json).toMatchObject({ counts, status: 'processing', hold: null });
    expect(json.totals).toEqual({
      USD: {
        total: money(19),
        done: money(4),
        failed: money(2),
        unknown: money(2),
        running: money(4),
        waiting: money(7),
      },
    });
    const [gsma, slcb] = json.rails;
    expect(gsma).toMatchObject({
      rail: 'gsma',
      counts: { total: 10, done: 3, failed: 1, unknown: 2, running: 4, waiting: 0 },
    });
    expect(slcb).toMatchObject({
      rail: 'slcb',
      stopped: 1,
      counts: { total: 9, done: 1, failed: 1, running: 0, waiting: 7 },
    });
    expect(slcb.sub_batches).toEqual({ created: 0, ready: 1, dispatched: 1, settled: 1 });
    const { json: rails } = await get(tenant, `/batches/${_id}/rail-counts`);
    expect(rails.refused.counts).toMatchObject({ total: 2, failed: 2 });
    const closed = await aBatch(tenant, { status: 'completed_with_pending', closedAt: new Date() });
    expect((await get(tenant, `/batches/${closed._id}/progress`)).json).toMatchObject({
      counts,
      speed: null,
      seconds_left: null,
    });
  });

  test('that is not split yet waits as a whole, and its bad rows have failed', async () => {
    const tenant = await stand.tenant();
    const open = Array.from({ length: 3 }, (): RowPlan => 'open');
    const { _id } = await plannedBatch(stand.deps.c, {
      tenantId: tenant,
      bad: 1,
      doc: { status: 'awaiting_approval', dispatchedAt: undefined },
      subBatches: [{ rail: 'gsma', rows: open }],
    });
    await stand.deps.c.subBatches.deleteMany({ batchId: _id });
    const { json } = await get(tenant, `/batches/${_id}/progress`);
    expect(json.counts).toEqual({ total: 4, done: 0, failed: 1, unknown: 0, running: 0, waiting: 3 });
    const { json: waiting } = await get(tenant, `/batches/${_id}/payments?state=waiting`);
    expect(rowsOf(waiting)).toEqual([1, 2, 3]);
  });

  test('tells why rows failed, with amounts, by reason and rail', async () => {
    const tenant = await stand.tenant();
    const { _id } = await aBatch(tenant);
    const { json } = await get(tenant, `/batches/${_id}/failures`);
    expect(json.failures).toHaveLength(3);
    expect(json.failures[0]).toMatchObject({
      code: 400,
      stage: 'validation',
      rail: null,
      rows: 2,
      totals: {},
      retryable: false,
    });
    expect(json.failures).toContainEqual(
      expect.objectContaining({
        code: 402,
        rail: 'slcb',
        rail_code: 'rail-402',
        rows: 1,
        totals: { USD: money(1) },
        retryable: true,
      }),
    );
  });

  test.each([
    ['', Array.from({ length: 21 }, (_, i) => i + 1)],
    ['state=done', [1, 2, 3, 18]],
    ['state=failed', [4, 19, 20, 21]],
    ['state=unknown', [5, 6]],
    ['state=running', [7, 8, 9, 10]],
    ['state=waiting', [11, 12, 13, 14, 15, 16, 17]],
    ['code=402', [19]],
    ['rail=slcb&state=done', [18]],
    ['rail=slcb', [11, 12, 13, 14, 15, 16, 17, 18, 19]],
    ['payee=0012', [12]],
    ['payee=27710100012', [12]],
    ['payee=012', []],
    ['reference=request-9', [9]],
    ['reference=id-3', [3]],
    ['reference=FT-18', [18]],
    ['row=20', [20, 21]],
    ['state=running&code=402', []],
  ])('shows its rows by %s', async (query, rows) => {
    const tenant = await stand.tenant();
    const { _id } = await aBatch(tenant);
    const { json } = await get(tenant, `/batches/${_id}/payments?${query}`);
    expect(rowsOf(json)).toEqual(rows);
    expect(json.is_exhausted).toBe(true);
    const paged: number[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const at: string = query.includes('row=') && cursor ? '' : query;
      const { json: page } = await get(
        tenant,
        `/batches/${_id}/payments?${at}&limit=2${cursor && `&cursor=${cursor}`}`,
      );
      paged.push(...rowsOf(page));
      cursor = page.next_cursor;
    }
    expect(paged).toEqual(rows);
  });

  test('shows of each row what it is and what came of it, and of parties their last four characters', async () => {
    const tenant = await stand.tenant();
    const { _id } = await aBatch(tenant);
    const { json, text } = await get(tenant, `/batches/${_id}/payments?row=4&limit=1`);
    expect(json.payments[0]).toMatchObject({
      row: 4,
      end_to_end_id: endToEndIdOf(_id, 4),
      client_id: 'id-4',
      state: 'failed',
      rail: 'gsma',
      payee: { id: '…0004', masked: true },
      amount: '100.00',
      currency: 'USD',
      code: 422,
      rail_code: 'rail-422',
      sub_batch_id: `${_id}-1`,
      attempts: 1,
    });
    expect(text).not.toMatch(/27710100004|003001003874120160/);
    const bad = (await get(tenant, `/batches/${_id}/payments?row=20&limit=1`)).json.payments[0];
    expect(bad).toMatchObject({ rail: null, amount: 'much', code: 400, sub_batch_id: null });
  });

  test('is another tenant’s as absent as none, and what is asked wrongly is named', async () => {
    const [tenant, other] = [await stand.tenant(), await stand.tenant()];
    const { _id } = await aBatch(tenant);
    for (const what of ['progress', 'rail-counts', 'failures', 'payments']) {
      expect((await get(other, `/batches/${_id}/${what}`)).status).toBe(404);
      expect((await get(tenant, `/batches/${randomUUID()}/${what}`)).status).toBe(404);
    }
    const id = endToEndIdOf(_id, 1);
    expect((await get(other, `/payments/${id}`)).status).toBe(404);
    expect((await get(tenant, '/payments/not-an-id')).status).toBe(404);
    for (const path of [`ask`, `hand-mark/refuse`]) {
      expect((await post(other, `/payments/${id}/${path}`, { reason: 'why' })).status).toBe(404);
    }
    expect((await post(other, `/batches/${_id}/ask-unknowns`, { reason: 'why' })).status).toBe(404);
    const wrong = await get(tenant, `/batches/${_id}/payments?state=lost&code=1&limit=0&row=1&cursor=1&color=red`);
    expect(wrong.status).toBe(400);
    expect(wrong.json.errors.map(({ name }: { name: string }) => name).sort()).toEqual([
      'code',
      'color',
      'cursor',
      'limit',
      'state',
    ]);
  });
});

describe('batches', () => {
  test('are found by id, its beginning, request id, file name, status, hold and time, newest first, a page at a time', async () => {
    const [tenant, other] = [await stand.tenant(), await stand.tenant()];
    const made: BatchDoc[] = [];
    for (let n = 0; n < 5; n += 1) {
      made.push(await aBatch(tenant, { createdAt: new Date(Date.UTC(2026, 2, 1, 0, n)), fileName: `file-${n}.csv` }));
    }
    await aBatch(other, { fileName: 'file-0.csv' });
    const held = await aBatch(tenant, {
      hold: 'paused',
      createdAt: new Date(Date.UTC(2026, 1, 1)),
      fileName: 'held.csv',
    });
    const done = await aBatch(tenant, {
      status: 'completed',
      closedAt: new Date(),
      createdAt: new Date(Date.UTC(2025, 1, 1)),
    });
    const ids = async (query: string, of = tenant) =>
      (await get(of, `/search/batches?${query}`)).json.batches.map(({ batch_id: id }: { batch_id: string }) => id);
    const newest = [...made].reverse().map(({ _id }) => _id);
    expect(await ids('')).toEqual([...newest, held._id, done._id]);
    expect(await ids(`q=${made[2]!._id}`)).toEqual([made[2]!._id]);
    expect(await ids(`q=${made[2]!._id.slice(0, 9)}`)).toEqual([made[2]!._id]);
    expect(await ids(`q=${made[2]!._id}`, other)).toEqual([]);
    expect(await ids(`q=${made[2]!.requestId}`)).toEqual([made[2]!._id]);
    expect(await ids('q=file-')).toEqual(newest);
    expect(await ids('q=file-3')).toEqual([made[3]!._id]);
    expect(await ids('under_way=true&hold=paused')).toEqual([held._id]);
    expect(await ids('status=completed,rejected')).toEqual([done._id]);
    expect(await ids('under_way=true&status=completed')).toEqual([]);
    expect(await ids('dateFrom=2026-02-01&dateTo=2026-03-01')).toEqual([held._id]);
    const paged = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { json } = await get(tenant, `/search/batches?limit=2${cursor && `&cursor=${cursor}`}`);
      paged.push(...json.batches.map(({ batch_id: id }: { batch_id: string }) => id));
      cursor = json.next_cursor;
    }
    expect(paged).toEqual(await ids(''));
    const { json } = await get(tenant, `/search/batches?q=${made[0]!._id}`);
    expect(json.batches[0]).toMatchObject({ counts, maker: 'mary', needs_approval: false, open_incidents: 0 });
    expect((await get(tenant, '/search/batches?status=lost&hold=held&needs=love&cursor=x')).json.errors).toHaveLength(
      4,
    );
  });
});

function rowsOf(json: { payments: readonly { row: number }[] }): number[] {
  return json.payments.map(({ row }) => row);
}
