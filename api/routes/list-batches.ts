/** GET /api/v1/batches: the tenant's batches in the seed's paging envelope. */
import type { RequestHandler } from 'express';
import { uuidBytes } from '../../domain/ids.ts';
import { type BatchStatus, finalStatuses } from '../../domain/outcome.ts';
import { exactNumber, stringifyExact } from '../../platform/exact-json.ts';
import type { BatchDoc } from '../../store/documents.ts';
import type { ReadBatches } from '../../store/read-batches.ts';
import { type Amounts, countsOf, plainNumber, scalarsOf } from '../batch-counts.ts';
import type { ApiDeps } from '../deps.ts';
import { isPaymentHubList, listPaymentHubBatches } from '../ph-ee/batches.ts';
import { readQuery, tenantOf } from '../request.ts';
import { resultLinks } from './get-batch.ts';

const statuses: readonly BatchStatus[] = ['queued', 'validating', 'awaiting_approval', 'processing', ...finalStatuses];

const sortFields = {
  batchId: '_id',
  requestId: 'requestId',
  requestFile: 'fileName',
  status: 'status',
  total: 'rows',
  totalTransactions: 'rows',
  startedAt: 'createdAt',
  completedAt: 'closedAt',
} as const satisfies Record<string, keyof BatchDoc>;
type SortName = keyof typeof sortFields;

export function listBatches(deps: ApiDeps, read: ReadBatches): RequestHandler {
  const forPaymentHub = listPaymentHubBatches(deps, read);
  return async (req, res, next) => {
    if (isPaymentHubList(req)) return forPaymentHub(req, res, next);
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, [
      ...['page', 'size', 'sortedBy', 'sortedOrder'],
      ...['requestId', 'status', 'dateFrom', 'dateTo'],
    ]);
    const page = query.whole('page', 0, 0, 1_000_000);
    const size = query.whole('size', 10, 1, 100);
    const sortedBy = query.word('sortedBy', Object.keys(sortFields) as SortName[]);
    const order = query.word('sortedOrder', ['asc', 'desc']) ?? (sortedBy ? 'asc' : 'desc');
    const filter = {
      tenantId: tenant._id,
      requestId: query.text('requestId'),
      status: query.word('status', statuses),
      from: query.date('dateFrom'),
      to: query.date('dateTo'),
    };
    query.done();
    const property = sortedBy ?? 'startedAt';
    const sort = { field: sortFields[property], ascending: order === 'asc' };
    const { total, batches } = await read.list(filter, sort, page * size, size);
    const content = [];
    for (const batch of batches) content.push(await itemOf(deps, read, batch));
    const body = { content, ...envelopeOf({ page, size, total, content }), sort: [sortOf(property, sort.ascending)] };
    res.type('application/json').send(stringifyExact(body));
  };
}

/** Both spellings that the seed's own listing has: successful and completed, pending and ongoing. */
async function itemOf(deps: ApiDeps, read: ReadBatches, batch: BatchDoc) {
  const tally = await read.tallyOf(batch);
  const results = await resultLinks(deps, batch);
  const isCounted = batch.validatedAt !== undefined;
  const { total, successful, failed, pending } = countsOf(tally);
  const count = (n: number) => (isCounted ? n : null);
  const scalars = scalarsOf(tally);
  const amount = (name: keyof Amounts) => (scalars ? exactNumber(plainNumber(scalars.amounts[name])) : null);
  return {
    id: numberOf(batch._id),
    batchId: batch._id,
    subBatchId: null,
    requestId: batch.requestId,
    requestFile: batch.fileName,
    totalTransactions: count(total),
    total: count(total),
    ongoing: count(pending),
    failed: count(failed),
    successful: count(successful),
    completed: count(successful),
    totalAmount: amount('total'),
    successfulAmount: amount('successful'),
    completedAmount: amount('successful'),
    pendingAmount: amount('pending'),
    ongoingAmount: amount('pending'),
    failedAmount: amount('failed'),
    result_file: results.at(-1)?.url ?? null,
    resultGeneratedAt: batch.results.at(-1)?.at.getTime() ?? null,
    note: batch.notes || null,
    workflowKey: null,
    workflowInstanceKey: batch.processInstanceKey ? exactNumber(batch.processInstanceKey) : null,
    startedAt: batch.createdAt.getTime(),
    completedAt: batch.closedAt?.getTime() ?? null,
    status: batch.status,
  };
}

/** The seed's batches have a number beside their UUID; ours is the first 48 bits of the UUID, the same at every call. */
function numberOf(batchId: string): number {
  return uuidBytes(batchId).readUIntBE(0, 6);
}

function envelopeOf({ page, size, total, content }: { page: number; size: number; total: number; content: unknown[] }) {
  const totalPages = Math.ceil(total / size);
  return {
    totalElements: total,
    totalPages,
    last: page >= totalPages - 1,
    numberOfElements: content.length,
    first: page === 0,
    size,
    number: page,
  };
}

function sortOf(property: SortName, ascending: boolean) {
  return {
    direction: ascending ? 'ASC' : 'DESC',
    property,
    ignoreCase: false,
    nullHandling: 'NATIVE',
    descending: !ascending,
    ascending,
  };
}
