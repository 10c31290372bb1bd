/** Payment Hub EE's reading of a batch's payments: GET /batch/detail as pages or a download, GET /batch/transactions as one map. */
import type { Request, RequestHandler } from 'express';
import { endToEndIdOf } from '../../domain/ids.ts';
import { detailWordOf } from '../../domain/outcome.ts';
import { Problem } from '../../domain/problem.ts';
import { stringifyExact } from '../../platform/exact-json.ts';
import type { BatchDoc, TenantDoc } from '../../store/documents.ts';
import type { ReadBatches } from '../../store/read-batches.ts';
import { countsOf } from '../batch-counts.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, type Query, readQuery, tenantOf, uuidIn } from '../request.ts';
import { resultLinks } from '../routes/get-batch.ts';
import { pageOf, transferDto } from './shapes.ts';

const words = ['ALL', 'COMPLETED', 'FAILED', 'IN_PROGRESS'] as const;
/** Pages of one status are counted through from the first; deeper ones are read by cursor on the seed's route. */
const filteredMax = 10_000;
const mapRows = 2_000;

export function getPaymentHubDetail(deps: ApiDeps, read: ReadBatches): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['batchId', 'status', 'pageNo', 'pageSize', 'command']);
    const batchId = batchIdIn(query);
    const status = query.word('status', words) ?? 'ALL';
    const page = query.whole('pageNo', 0, 0, 10_000_000);
    const size = query.whole('pageSize', 10, 1, 1_000);
    const command = query.word('command', ['json', 'download']) ?? 'json';
    if (status !== 'ALL' && (page + 1) * size > filteredMax) {
      query.problem(
        'pageNo',
        `pages of one status go to row ${filteredMax}: beyond, follow GET /batchtransactions/{id}/detail`,
      );
    }
    query.done();
    const batch = await theBatch(deps, req, tenant, batchId);
    if (command === 'download') {
      const result = (await resultLinks(deps, batch)).at(-1);
      if (!result) throw new Problem('result-not-ready', 'the batch has no result file yet');
      res.redirect(302, result.url);
      return;
    }
    const word = status === 'ALL' ? undefined : status;
    const rows = word
      ? (await read.rowsAfter(batch, 0, (page + 1) * size, word)).slice(page * size)
      : await read.rowsAfter(batch, page * size, size);
    const { total, successful, failed, pending } = countsOf(await read.tallyOf(batch));
    const of = { ALL: total, COMPLETED: successful, FAILED: failed, IN_PROGRESS: pending };
    const content = rows.map((row) => transferDto(batch, row));
    res.type('application/json').send(stringifyExact(pageOf(content, { page, size, total: of[status] })));
  };
}

/** Written as it is read: a batch may have a million. */
export function getPaymentHubTransactions(deps: ApiDeps, read: ReadBatches): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['batchId']);
    const batchId = batchIdIn(query);
    query.done();
    const batch = await theBatch(deps, req, tenant, batchId);
    res.type('application/json');
    let separator = '{';
    for (let at = 0; ; ) {
      const rows = await read.rowsAfter(batch, at, mapRows);
      const lines = rows.map(({ row, outcome }) => {
        const line = `${separator}"${endToEndIdOf(batch._id, row)}":"${detailWordOf(outcome?.status)}"`;
        separator = ',';
        return line;
      });
      at = rows.at(-1)?.row ?? at;
      if (lines.length > 0 && !res.write(lines.join(''))) await drained(res);
      if (rows.length < mapRows || res.destroyed) break;
    }
    res.end(separator === '{' ? '{}' : '}');
  };
}

function batchIdIn(query: Query): string {
  const id = uuidIn(query, 'batchId');
  if (id === undefined) query.problem('batchId', 'name the batch');
  return id ?? '';
}

async function theBatch(deps: ApiDeps, req: Request, tenant: TenantDoc, batchId: string): Promise<BatchDoc> {
  req.params.id = batchId;
  return batchOf(deps, req, tenant);
}

function drained(res: Parameters<RequestHandler>[1]): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done);
      res.off('close', done);
      resolve();
    };
    res.on('drain', done);
    res.on('close', done);
  });
}
