/** GET /api/v1/batches/{id}/progress and /rail-counts: how far a batch is, by state and rail, cheap to ask every second. */
import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import { countStates } from '../../domain/payment-state.ts';
import type { BatchDoc } from '../../store/documents.ts';
import type { Progress, RailProgress, ReadProgress } from '../../store/progress.ts';
import type { RailStates } from '../../store/rail-states.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, readQuery, tenantOf } from '../request.ts';
import { shownAmounts, shownCounts } from './states.ts';

export function getProgress(deps: ApiDeps, progress: ReadProgress, railStates: RailStates): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const batch = await batchOf(deps, req, tenant);
    const now = await progress(batch);
    const { states, speed } = now;
    const shown = {
      batch_id: batch._id,
      status: batch.status,
      hold: batch.hold ?? null,
      counts: shownCounts(states),
      totals: shownAmounts(states),
      rails: await shownRails(now, batch, railStates),
    };
    res.json({
      ...shown,
      version: createHash('sha256').update(JSON.stringify(shown)).digest('base64url').slice(0, 16),
      speed:
        speed && !batch.closedAt
          ? { rows_per_second: rounded(speed.perSecond), over_seconds: speed.overSeconds }
          : null,
      seconds_left: secondsLeft(batch, now),
    });
  };
}

export function getRailCounts(deps: ApiDeps, progress: ReadProgress, railStates: RailStates): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const batch = await batchOf(deps, req, tenant);
    const now = await progress(batch);
    res.json({
      batch_id: batch._id,
      rails: await shownRails(now, batch, railStates),
      refused: { counts: shownCounts(now.refused), totals: shownAmounts(now.refused) },
    });
  };
}

async function shownRails({ rails }: Progress, { tenantId }: BatchDoc, railStates: RailStates) {
  const known = await railStates.of(
    tenantId,
    rails.map(({ rail }) => rail),
  );
  return rails.map(({ rail, type, states, subBatches, stopped }: RailProgress) => ({
    rail,
    type,
    counts: shownCounts(states),
    totals: shownAmounts(states),
    sub_batches: subBatches,
    stopped,
    state: known.get(rail)?.state ?? 'away',
    state_text: known.get(rail)?.text ?? '',
  }));
}

/** Undefined things are not guessed: a batch that is held, or does not move, has no end in sight. */
function secondsLeft({ hold, closedAt }: BatchDoc, { states, speed }: Progress): number | null {
  if (!speed || hold || closedAt) return null;
  return Math.ceil(countStates(states, 'waiting', 'running') / speed.perSecond);
}

export function rounded(n: number): number {
  return Math.round(n * 10) / 10;
}
