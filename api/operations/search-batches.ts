/** GET /api/v1/search/batches: batches for operators, newest first, found by whatever people have of them. */
import type { Request, RequestHandler } from 'express';
import { finalStatuses } from '../../domain/outcome.ts';
import type { BatchDoc } from '../../store/documents.ts';
import type { ReadProgress } from '../../store/progress.ts';
import { type BatchPlace, type BatchSearch, type SearchBatches, underWayStatuses } from '../../store/search-batches.ts';
import type { ApiDeps } from '../deps.ts';
import { isLabel, type Query, readQuery, tenantOf, uuidIn } from '../request.ts';
import { readPlace, shownPlace } from './place.ts';
import { shownAmounts, shownCounts } from './states.ts';

const statuses = [...underWayStatuses, ...finalStatuses];
const names = ['q', 'status', 'under_way', 'hold', 'needs', 'retry_of', 'dateFrom', 'dateTo', 'cursor', 'limit'];

export function searchBatches(deps: ApiDeps, search: SearchBatches, progress: ReadProgress): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const { filter, after, limit } = readSearch(req, tenant._id);
    const found = await search.page(filter, after, limit);
    const incidents = await openIncidents(deps, tenant._id, found);
    const batches = [];
    for (const batch of found) batches.push(await shownBatch(batch, progress, incidents.get(batch._id) ?? 0));
    const last = found.length === limit ? found.at(-1) : undefined;
    res.json({ batches, next_cursor: last ? shownPlace(last.createdAt, last._id) : null });
  };
}

function readSearch(req: Request, tenantId: string): { filter: BatchSearch; after?: BatchPlace; limit: number } {
  const query = readQuery(req, names);
  const after = readPlace(query);
  const limit = query.whole('limit', 50, 1, 200);
  const filter: BatchSearch = {
    tenantId,
    text: labelIn(query, 'q'),
    statuses: statusesIn(query),
    hold: query.word('hold', ['paused', 'cancelled']),
    retryOf: uuidIn(query, 'retry_of'),
    from: query.date('dateFrom'),
    to: query.date('dateTo'),
  };
  query.done();
  return { filter, after, limit };
}

export function labelIn(query: Query, name: string): string | undefined {
  const text = query.text(name);
  if (text !== undefined && !isLabel(text, 255)) query.problem(name, 'write up to 255 printable characters');
  return text;
}

/** `status` by commas, `under_way=true` and `needs=approval`: rows that fit all of them. */
function statusesIn(query: Query): BatchSearch['statuses'] {
  const words = query
    .text('status')
    ?.toLowerCase()
    .split(',')
    .map((word) => word.trim());
  const unknown = words?.filter((word) => !(statuses as readonly string[]).includes(word)) ?? [];
  if (unknown.length > 0) query.problem('status', `write some of ${statuses.join(', ')}, by commas`);
  const isUnderWay = query.word('under_way', ['true', 'false']) === 'true';
  const needs = query.word('needs', ['approval']);
  if (!words && !isUnderWay && !needs) return undefined;
  return statuses.filter(
    (status) =>
      (!words || words.includes(status)) &&
      (!isUnderWay || underWayStatuses.includes(status)) &&
      (!needs || status === 'awaiting_approval'),
  );
}

async function openIncidents({ c }: ApiDeps, tenantId: string, batches: readonly BatchDoc[]) {
  const ids = batches.map(({ _id }) => _id);
  const groups = c.incidents.aggregate<{ _id: string; n: number }>([
    { $match: { tenantId, state: 'open', batchId: { $in: ids } } },
    { $group: { _id: '$batchId', n: { $sum: 1 } } },
  ]);
  return new Map((await groups.toArray()).map(({ _id, n }) => [_id, Number(n)]));
}

async function shownBatch(batch: BatchDoc, progress: ReadProgress, incidents: number) {
  const states = batch.validatedAt ? (await progress(batch)).states : undefined;
  return {
    batch_id: batch._id,
    request_id: batch.requestId,
    file_name: batch.fileName,
    status: batch.status,
    hold: batch.hold ?? null,
    purpose: batch.purpose,
    notes: batch.notes,
    maker: batch.maker,
    checker: batch.checker ?? null,
    created_at: batch.createdAt.toISOString(),
    validated_at: batch.validatedAt?.toISOString() ?? null,
    completed_at: batch.closedAt?.toISOString() ?? null,
    rows: batch.rows === undefined ? null : Number(batch.rows),
    rails: batch.rails,
    counts: states ? shownCounts(states) : null,
    totals: states ? shownAmounts(states) : {},
    needs_approval: batch.status === 'awaiting_approval',
    retry_of: batch.retryOf?.batchId ?? null,
    open_incidents: incidents,
    seen_before: batch.seenBefore ?? null,
  };
}
