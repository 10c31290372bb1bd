/** GET /api/v1/approvals: batches that wait for a second person, with what they must have seen to decide. */
import type { Request, RequestHandler } from 'express';
import { rolesWith } from '../../domain/permission.ts';
import type { ReadBatches } from '../../store/read-batches.ts';
import type { SearchBatches } from '../../store/search-batches.ts';
import { openTotals } from '../batch-counts.ts';
import { callerOf } from '../caller.ts';
import type { ApiDeps } from '../deps.ts';
import { personOf, readQuery, tenantOf } from '../request.ts';
import { readPlace, shownPlace } from './place.ts';

export function listApprovals(deps: ApiDeps, search: SearchBatches, read: ReadBatches): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['cursor', 'limit']);
    const after = readPlace(query);
    const limit = query.whole('limit', 50, 1, 200);
    query.done();
    const decider = deciderOf(req);
    const found = await search.page({ tenantId: tenant._id, statuses: ['awaiting_approval'] }, after, limit);
    const ids = found.map(({ _id }) => _id);
    const decided = await deps.c.decisions.find({ _id: { $in: ids } }, { projection: { _id: 1 } }).toArray();
    const isDecided = new Set(decided.map(({ _id }) => _id));
    const approvals = [];
    for (const batch of found.filter(({ _id }) => !isDecided.has(_id))) {
      const since = batch.validatedAt ?? batch.createdAt;
      approvals.push({
        batch_id: batch._id,
        file_name: batch.fileName,
        request_id: batch.requestId,
        purpose: batch.purpose,
        maker: batch.maker,
        ...openTotals(await read.tallyOf(batch)),
        rails: batch.rails,
        seen_before: batch.seenBefore ?? null,
        waiting_since: since.toISOString(),
        deadline_at: new Date(since.getTime() + deadlineMs(batch.switches.approval.deadline)).toISOString(),
        may_decide: decider !== undefined && decider !== batch.maker.toLowerCase(),
      });
    }
    const last = found.length === limit ? found.at(-1) : undefined;
    res.json({ approvals, next_cursor: last ? shownPlace(last.createdAt, last._id) : null });
  };
}

/** The person who asks, as makers are compared with; undefined for machines, and for whoever approves nothing. */
export function deciderOf(req: Request): string | undefined {
  const isApprover = rolesWith('batches.approve').some((role) => callerOf(req).roles.includes(role));
  return isApprover ? personOf(req)?.toLowerCase() : undefined;
}

function deadlineMs(duration: string | number): number {
  if (typeof duration === 'number') return duration;
  const [, n, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(duration) ?? [];
  return Number(n) * ({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit ?? 'ms'] ?? 0);
}
