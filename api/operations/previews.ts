/** GET /api/v1/batches/{id}/cancel/preview and /retry/preview: how many rows and how much money a command would be about. */
import type { RequestHandler } from 'express';
import type { StateTally } from '../../domain/payment-state.ts';
import { countStates, type PaymentState } from '../../domain/payment-state.ts';
import type { BatchDoc } from '../../store/documents.ts';
import { previewRetry } from '../../store/preview-retry.ts';
import type { ReadProgress } from '../../store/progress.ts';
import { retryableCodes } from '../../store/retry-batch.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, type Query, readQuery, tenantOf } from '../request.ts';
import { shownTotals } from './batch-failures.ts';

const rowsMax = 1_000_000;

export function getCancelPreview(deps: ApiDeps, progress: ReadProgress): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const batch = await batchOf(deps, req, tenant);
    const { states } = await progress(batch);
    const whyNot = whyNotCancelled(batch);
    res.json({
      batch_id: batch._id,
      ...sumOf(states, 'waiting'),
      in_flight: sumOf(states, 'running', 'unknown'),
      is_applicable: whyNot === null,
      why_not: whyNot,
    });
  };
}

export function getRetryPreview(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['errorCodes', 'maxRows']);
    const codes = codesIn(query);
    const max = query.whole('maxRows', rowsMax, 1, rowsMax);
    query.done();
    const batch = await batchOf(deps, req, tenant);
    const { k, rows, totals, leftOut, whyNot } = await previewRetry(deps.c, batch, codes, max);
    res.json({
      batch_id: batch._id,
      k,
      rows,
      totals: shownTotals(totals),
      left_out: leftOut,
      is_applicable: whyNot === undefined,
      why_not: whyNot ?? null,
    });
  };
}

function whyNotCancelled({ hold, closedAt, status }: BatchDoc): string | null {
  if (hold === 'cancelled') return 'it was cancelled before';
  if (closedAt !== undefined && status !== 'completed_with_pending') return `it has ended as ${status}`;
  return null;
}

function sumOf(tally: StateTally, ...states: readonly PaymentState[]) {
  const totals = Object.entries(tally).map(([currency, own]): [string, bigint] => [
    currency,
    states.reduce((sum, state) => sum + (own[state]?.minor ?? 0n), 0n),
  ]);
  return {
    rows: countStates(tally, ...states),
    totals: shownTotals(new Map(totals.filter(([, minor]) => minor > 0n))),
  };
}

function codesIn(query: Query): number[] | undefined {
  const words = query.text('errorCodes')?.split(',').map(Number);
  if (words?.some((code) => !(retryableCodes as readonly number[]).includes(code))) {
    query.problem('errorCodes', `write some of ${retryableCodes.join(', ')}, by commas`);
  }
  return words;
}
