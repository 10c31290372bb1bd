/** GET /api/v1/summary: is money moving, is anything stuck, does anything wait for me? Each count leads to exactly what it counts. */
import type { RequestHandler } from 'express';
import { addStates, type StateTally } from '../../domain/payment-state.ts';
import { createKeptAnswers } from '../../platform/kept-answers.ts';
import type { Filter } from '../../platform/mongo.ts';
import type { Collections } from '../../store/collections.ts';
import type { BatchDoc } from '../../store/documents.ts';
import type { ReadProgress } from '../../store/progress.ts';
import type { RailStates } from '../../store/rail-states.ts';
import { type SearchBatches, underWayStatuses } from '../../store/search-batches.ts';
import type { Unknowns } from '../../store/unknowns.ts';
import type { ApiDeps } from '../deps.ts';
import { readQuery, tenantOf } from '../request.ts';
import { deciderOf } from './approvals.ts';
import { shownTotals } from './batch-failures.ts';
import { rounded } from './batch-progress.ts';
import { shownAmounts, shownCounts } from './states.ts';

/** Counted no further: nobody reads "10,001" otherwise than "many". */
const countedMax = 10_000;
/** Under way and looked into; more of them are counted and not added up. */
const batchesMax = 100;

type Parts = {
  readonly search: SearchBatches;
  readonly progress: ReadProgress;
  readonly unknowns: Unknowns;
  readonly railStates: RailStates;
};

export function getSummary(deps: ApiDeps, parts: Parts): RequestHandler {
  const kept = createKeptAnswers<Awaited<ReturnType<typeof read>>>();
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const decider = deciderOf(req);
    const { waiting, ...all } = await kept(tenant._id, () => read(deps, parts, tenant._id));
    const mine = waiting.makers.filter((maker) => decider !== undefined && maker !== decider).length;
    const { approvals, hand_marks } = waiting;
    res.json({ ...all, waiting: { approvals: { ...approvals, mine }, hand_marks } });
  };
}

async function read(deps: ApiDeps, parts: Parts, tenantId: string) {
  const [moving, stuck, waiting, today] = await Promise.all([
    movingOf(parts, tenantId),
    stuckOf(deps, parts, tenantId),
    waitingOf(deps, tenantId),
    todayOf(deps, tenantId),
  ]);
  return { at: deps.now().toISOString(), moving, stuck, waiting, today };
}

async function movingOf({ search, progress }: Parts, tenantId: string) {
  const of = { tenantId, statuses: underWayStatuses };
  const [count, batches] = await Promise.all([search.count(of, countedMax), search.page(of, undefined, batchesMax)]);
  const states: StateTally[] = [];
  let perSecond = 0;
  let overSeconds = 0;
  for (const batch of batches.filter(({ validatedAt }) => validatedAt)) {
    const { states: own, speed } = await progress(batch);
    states.push(own);
    perSecond += speed?.perSecond ?? 0;
    overSeconds = Math.max(overSeconds, speed?.overSeconds ?? 0);
  }
  const sum = addStates(...states);
  return {
    batches: counted(count, '/api/v1/search/batches?under_way=true'),
    rows_per_second: rounded(perSecond),
    over_seconds: overSeconds,
    counts: shownCounts(sum),
    totals: shownAmounts(sum),
    added_up: batches.length,
  };
}

async function stuckOf({ c, rails }: ApiDeps, { unknowns, railStates }: Parts, tenantId: string) {
  const limited = { limit: countedMax };
  const open = { tenantId, state: 'open' as const };
  const ids = rails.all.map(({ id }) => id);
  const [incidents, causes, ages, oldest, conflicts, paused, blocks, standings] = await Promise.all([
    c.incidents.countDocuments(open, limited),
    causesOf(c, tenantId),
    unknowns.ages({ tenantId }),
    unknowns.list({ tenantId }, undefined, 1),
    c.conflicts.countDocuments({ tenantId, resolved: { $exists: false } }, limited),
    c.batches.countDocuments({ tenantId, hold: 'paused' }, limited),
    c.payerBlocks.countDocuments({ tenantId }, limited),
    railStates.of(tenantId, ids),
  ]);
  const down = ids.filter((id) => standings.get(id)?.state !== 'up');
  const totals = new Map<string, bigint>();
  for (const age of ages) {
    for (const [currency, minor] of age.totals) totals.set(currency, (totals.get(currency) ?? 0n) + minor);
  }
  return {
    incidents: { ...counted(incidents, '/api/v1/incidents?state=open'), causes },
    unknowns: {
      ...counted(
        ages.reduce((sum, { count }) => sum + count, 0),
        '/api/v1/unknowns',
      ),
      oldest_since: oldest[0]?.since.toISOString() ?? null,
      totals: shownTotals(totals),
    },
    conflicts: counted(conflicts, '/api/v1/conflicts?state=open'),
    paused_batches: counted(paused, '/api/v1/search/batches?hold=paused'),
    payer_blocks: counted(blocks, '/api/v1/payer-blocks'),
    rails: { ...counted(down.length, '/api/v1/rails'), names: down },
  };
}

async function causesOf(c: Collections, tenantId: string): Promise<number> {
  const groups = c.incidents.aggregate<{ n: number }>([
    { $match: { tenantId, state: 'open' } },
    { $limit: countedMax },
    { $group: { _id: '$cause' } },
    { $count: 'n' },
  ]);
  return Number((await groups.next())?.n ?? 0);
}

async function waitingOf({ c }: ApiDeps, tenantId: string) {
  const awaited = await c.batches
    .find({ tenantId, status: 'awaiting_approval' }, { projection: { maker: 1 } })
    .limit(countedMax)
    .toArray();
  const decided = await c.decisions
    .find({ _id: { $in: awaited.map(({ _id }) => _id) } }, { projection: { _id: 1 } })
    .toArray();
  const isDecided = new Set(decided.map(({ _id }) => _id));
  const open = awaited.filter(({ _id }) => !isDecided.has(_id));
  const marks = await c.handMarks.countDocuments({ tenantId, isOpen: true }, { limit: countedMax });
  return {
    makers: open.map(({ maker }) => maker.toLowerCase()),
    approvals: counted(open.length, '/api/v1/approvals'),
    hand_marks: counted(marks, '/api/v1/hand-marks?state=proposed'),
  };
}

async function todayOf({ c, now }: ApiDeps, tenantId: string) {
  const since = new Date(now());
  since.setUTCHours(0, 0, 0, 0);
  const match: Filter<BatchDoc> = { tenantId, createdAt: { $gte: since } };
  const groups = await c.batches
    .aggregate<{ _id: BatchDoc['status']; n: number }>([
      { $match: match },
      { $sort: { createdAt: -1 } },
      { $limit: countedMax },
      { $group: { _id: '$status', n: { $sum: 1 } } },
    ])
    .toArray();
  return {
    since: since.toISOString(),
    batches: groups.reduce((sum, { n }) => sum + Number(n), 0),
    by_status: Object.fromEntries(groups.map(({ _id, n }) => [_id, Number(n)])),
  };
}

function counted(count: number, href: string) {
  return { count, href, ...(count >= countedMax && { at_least: true }) };
}
