/** Payment Hub EE's reading of batches: GET /batches?offset&limit, /batch/{id}, /batch?batchId, /batches/{id} and its sub-batches. Nothing is written by reading. */
import type { Request, RequestHandler } from 'express';
import { rowKeyBytes } from '../../domain/ids.ts';
import { Problem } from '../../domain/problem.ts';
import { addTallies } from '../../domain/tally.ts';
import { stringifyExact } from '../../platform/exact-json.ts';
import type { BatchDoc, TenantDoc } from '../../store/documents.ts';
import type { ReadBatches } from '../../store/read-batches.ts';
import { decodeRuns } from '../../store/row-keys.ts';
import { readSubBatchPlaces } from '../../store/sub-batch-places.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, type Query, readQuery, tenantOf, uuidIn } from '../request.ts';
import { fileLink, resultLinks } from '../routes/get-batch.ts';
import {
  batchDto,
  batchSummary,
  countedOf,
  instructionOf,
  listedBatch,
  statusWordOf,
  subBatchSummary,
} from './shapes.ts';

export const listNames = [
  'offset',
  'limit',
  'sort',
  'dateFrom',
  'dateTo',
  'registeringInstitutionId',
  'payerFsp',
  'batchId',
];
const skippedMax = 100_000;
const subBatchesMax = 1_000;

/** With `offset` or `limit` it is Payment Hub EE's listing, otherwise the seed's. */
export function isPaymentHubList(req: Request): boolean {
  const at = (req.url ?? '').indexOf('?');
  const params = new URLSearchParams(at < 0 ? '' : req.url.slice(at));
  return params.has('offset') || params.has('limit');
}

export function listPaymentHubBatches(deps: ApiDeps, read: ReadBatches): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, listNames);
    const offset = query.whole('offset', 0, 0, skippedMax);
    const limit = query.whole('limit', 10, 1, 100);
    const sort = sortIn(query);
    const batchId = query.text('batchId')?.replaceAll('%', '').toLowerCase() || undefined;
    const filter = { tenantId: tenant._id, batchId, from: dateIn(query, 'dateFrom'), to: dateIn(query, 'dateTo') };
    const named = (name: string) => {
      const text = query.text(name);
      return text === '%' || text === tenant._id ? undefined : text;
    };
    const institution = named('registeringInstitutionId');
    const isOthers = named('payerFsp') !== undefined;
    query.done();
    // Whose money it is not sees none of its batches.
    const { total, batches } = isOthers
      ? { total: 0, batches: [] }
      : await read.list({ ...filter, institution }, sort, Math.floor(offset / limit) * limit, limit);
    const data = [];
    const sums = [];
    for (const batch of batches) {
      const tally = await read.tallyOf(batch);
      sums.push(tally);
      data.push(listedBatch(batch, tally, (await resultLinks(deps, batch)).at(-1)?.url ?? null));
    }
    const counted = countedOf(addTallies(...sums));
    const created = await deps.c.subBatches.countDocuments({ batchId: { $in: batches.map(({ _id }) => _id) } });
    const body = {
      totalBatches: total,
      totalTransactions: counted.total,
      totalAmount: counted.totalAmount,
      totalApprovedCount: counted.total,
      totalApprovedAmount: counted.totalAmount,
      totalSubBatchesCreated: created,
      data,
    };
    res.type('application/json').send(stringifyExact(body));
  };
}

export function getPaymentHubBatch(deps: ApiDeps, read: ReadBatches): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['command', 'batchId']);
    query.word('command', ['aggregate']);
    const named = uuidIn(query, 'batchId');
    if (req.params.id === undefined && named === undefined) query.problem('batchId', 'name the batch');
    query.done();
    const batch = await namedBatch(deps, req, tenant, named);
    const dto = batchDto(batch, await read.tallyOf(batch), (await fileLink(deps, batch)) ?? '');
    res.type('application/json').send(stringifyExact(dto));
  };
}

/** With `associations=all` its sub-batches and a page of its payments, otherwise its counts. */
export function getBatchSummary(deps: ApiDeps, read: ReadBatches): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const { isAll, offset, limit } = readPage(req);
    const batch = await batchOf(deps, req, tenant);
    const tally = await read.tallyOf(batch);
    const subBatches = await read.subBatches(batch._id, 0, subBatchesMax);
    const summaries = subBatches.map((sub) => subBatchSummary(batch, sub));
    const summary = batchSummary(batch, tally, (await fileLink(deps, batch)) ?? '', deps.now());
    const body = isAll
      ? await detailOf(deps, read, batch, summaries, { offset, limit })
      : {
          ...summary,
          totalSubBatches: summaries.length,
          subBatchSummaryList: summaries,
          totalInstructionCount: summary.total,
        };
    res.type('application/json').send(stringifyExact(body));
  };
}

export function getSubBatchSummary(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const { isAll, offset, limit } = readPage(req);
    const batch = await batchOf(deps, req, tenant);
    const id = String(req.params.subBatchId).toLowerCase();
    const sub = id.startsWith(`${batch._id}-`) ? await deps.c.subBatches.findOne({ _id: id }) : null;
    if (!sub) throw new Problem('not-found', 'the batch has no such sub-batch: GET /api/v1/batches/{id} lists them');
    const { runs, ...rest } = sub;
    const rows = isAll ? rowsIn(decodeRuns(runs), offset, limit) : [];
    const instructions = await Promise.all(rows.map((row) => oneRow(deps, batch, row)));
    const instructionList = instructions.flatMap((one) => (one ? [instructionOf(batch, one, id)] : []));
    res.type('application/json').send(stringifyExact({ ...subBatchSummary(batch, rest), instructionList }));
  };
}

async function detailOf(
  deps: ApiDeps,
  read: ReadBatches,
  batch: BatchDoc,
  subBatchList: readonly ReturnType<typeof subBatchSummary>[],
  { offset, limit }: { readonly offset: number; readonly limit: number },
) {
  const tally = await read.tallyOf(batch);
  const [rows, places] = await Promise.all([
    read.rowsAfter(batch, offset, limit),
    readSubBatchPlaces(deps.c, batch._id),
  ]);
  const subOf = (row: number, n: number | undefined) =>
    n ? `${batch._id}-${Number(n)}` : (places.of(row)?._id ?? null);
  const counted = countedOf(tally);
  return {
    batchId: batch._id,
    payerFsp: batch.tenantId,
    reportGeneratedBy: batch.tenantId,
    reportGeneratedAt: deps.now().toISOString(),
    startedAt: batch.createdAt.toISOString(),
    completedAt: batch.closedAt?.toISOString() ?? null,
    registeringInstitutionId: batch.institution ?? null,
    status: statusWordOf(batch.status),
    subBatchList,
    instructionList: rows.map((row) => instructionOf(batch, row, subOf(row.row, row.outcome?.sub))),
    ...counted,
    totalInstruction: counted.total,
    totalBatchAmount: counted.totalAmount,
    clientCorrelationId: batch.requestId,
  };
}

async function oneRow({ c }: ApiDeps, batch: BatchDoc, row: number) {
  const _id = rowKeyBytes(batch._id, row);
  const [payment, outcome] = await Promise.all([c.payments.findOne({ _id }), c.outcomes.findOne({ _id })]);
  return payment ? { row, payment, ...(outcome && { outcome }) } : undefined;
}

async function namedBatch(
  deps: ApiDeps,
  req: Request,
  tenant: TenantDoc,
  named: string | undefined,
): Promise<BatchDoc> {
  if (named !== undefined && req.params.id === undefined) req.params.id = named;
  return batchOf(deps, req, tenant);
}

function readPage(req: Request): { isAll: boolean; offset: number; limit: number } {
  const query = readQuery(req, ['associations', 'offset', 'limit', 'orderBy', 'sortBy']);
  const isAll = query.word('associations', ['all']) === 'all';
  const offset = query.whole('offset', 0, 0, 10_000_000);
  const limit = query.whole('limit', 10, 1, 1_000);
  query.word('orderBy', ['instructionId']);
  query.word('sortBy', ['asc']);
  query.done();
  return { isAll, offset, limit };
}

const sortFields = {
  batchId: '_id',
  requestId: 'requestId',
  requestFile: 'fileName',
  status: 'status',
  totalTransactions: 'rows',
  startedAt: 'createdAt',
  completedAt: 'closedAt',
} as const satisfies Record<string, keyof BatchDoc>;

/** `-startedAt`, `+startedAt`, `startedAt`. */
function sortIn(query: Query): { field: keyof BatchDoc; ascending: boolean } {
  const text = query.text('sort') ?? '-startedAt';
  const name = text.replace(/^[+\-\s]/, '') as keyof typeof sortFields;
  if (!(name in sortFields)) query.problem('sort', `write + or - and one of ${Object.keys(sortFields).join(', ')}`);
  return { field: sortFields[name] ?? 'createdAt', ascending: !text.startsWith('-') };
}

/** `yyyy-MM-dd HH:mm:ss`, in UTC, or ISO 8601. */
function dateIn(query: Query, name: string): Date | undefined {
  const text = query.text(name);
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})[ +](\d{2}:\d{2}:\d{2})$/.exec(text ?? '') ?? [];
  if (day === undefined) return query.date(name);
  const date = new Date(`${day}T${time}Z`);
  if (Number.isNaN(date.getTime())) query.problem(name, 'write a moment such as 2026-03-31 12:00:00, in UTC');
  return date;
}

function rowsIn(runs: readonly (readonly [number, number])[], offset: number, limit: number): number[] {
  const rows: number[] = [];
  let skipped = 0;
  for (const [first, last] of runs) {
    const size = last - first + 1;
    const from = Math.min(size, Math.max(0, offset - skipped));
    for (let row = first + from; row <= last && rows.length < limit; row += 1) rows.push(row);
    skipped += size;
    if (rows.length === limit) break;
  }
  return rows;
}
