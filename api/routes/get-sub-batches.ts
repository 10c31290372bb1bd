/** GET /api/v1/batches/{id}/sub-batches: how the batch was split and how far each part is. */
import type { RequestHandler } from 'express';
import { addTallies } from '../../domain/tally.ts';
import type { SubBatchDoc } from '../../store/documents.ts';
import type { ReadBatches } from '../../store/read-batches.ts';
import { countsOf, totalsOf } from '../batch-counts.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, readQuery, tenantOf } from '../request.ts';

export function getSubBatches(deps: ApiDeps, read: ReadBatches): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['cursor', 'limit']);
    const after = query.whole('cursor', 0, 0, 4_000_000_000);
    const limit = query.whole('limit', 100, 1, 1_000);
    query.done();
    const batch = await batchOf(deps, req, tenant);
    const found = await read.subBatches(batch._id, after, limit);
    const last = found.length === limit ? String(found.at(-1)?.n) : null;
    if (last !== null) res.set('Link', `<${req.path}?cursor=${last}&limit=${limit}>; rel="next"`);
    res.json({ sub_batches: found.map(shown), next_cursor: last });
  };
}

function shown(sub: Omit<SubBatchDoc, 'runs'>) {
  const tally = addTallies(sub.asked, sub.tally);
  return {
    sub_batch_id: sub._id,
    n: Number(sub.n),
    rail: sub.rail,
    institution: sub.institution ?? null,
    type: sub.type,
    status: sub.status,
    ...countsOf(tally),
    totals: totalsOf(tally),
    created_at: sub.createdAt.toISOString(),
    dispatched_at: sub.dispatchedAt?.toISOString() ?? null,
    stopped_at: sub.stoppedAt?.toISOString() ?? null,
    settled_at: sub.settledAt?.toISOString() ?? null,
  };
}
