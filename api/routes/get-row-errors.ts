/** GET /api/v1/batches/{id}/row-errors: everything that is wrong with the file's rows, page by page. */
import type { RequestHandler } from 'express';
import type { ReadBatches } from '../../store/read-batches.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, readQuery, tenantOf } from '../request.ts';

export function getRowErrors(deps: ApiDeps, read: ReadBatches): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['cursor', 'limit']);
    const after = query.whole('cursor', 0, 0, 4_000_000_000);
    const limit = query.whole('limit', 100, 1, 1_000);
    query.done();
    const batch = await batchOf(deps, req, tenant);
    const { errors, lastRow } = await read.rowErrors(batch, after, limit);
    const next = lastRow === undefined ? null : String(lastRow);
    if (next !== null) res.set('Link', `<${req.path}?cursor=${next}&limit=${limit}>; rel="next"`);
    res.json({
      errors: errors.map(({ row, column, code, message }) => ({ row: Number(row), column, code, message })),
      next_cursor: next,
    });
  };
}
