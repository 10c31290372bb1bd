import { endToEndIdOf, rowKeyBytes } from '../domain/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Books } from '../store/books.ts';
import { type Collections, newestOfRail } from '../store/collections.ts';
import type { Marks } from '../store/marks.ts';
import type { ReturnDoc, Returns } from '../store/returns.ts';
import { decodeRuns } from '../store/row-keys.ts';
import { paymentOfDoc } from './payments.ts';
import type { Rail, RailDefinition, Returned } from './rail.ts';

export type ReturnsDeps = {
  readonly definition: Pick<RailDefinition, 'id' | 'limits'>;
  /** As it is now. */
  readonly rail: () => Pick<Rail, 'returns'>;
  readonly c: Pick<Collections, 'subBatches'>;
  readonly books: Books;
  readonly returns: Pick<Returns, 'record'>;
  readonly marks: Marks;
  readonly log: Log;
  readonly now: () => Date;
  /** How long after a payment its money may come back. */
  readonly withinMs: number;
};

/** `undecided`: of payments that have no outcome yet, which the asking settles. */
export type ReturnsRead = { readonly recorded: number; readonly undecided: number; readonly strange: number };

type Place = { readonly batchId: string; readonly row: number; readonly subBatchId: string };

/** So many ids are derived before others get their turn: some ten milliseconds. */
const yieldEvery = 5_000;

/** One look; undefined where another process is looking. */
export async function readReturns(deps: ReturnsDeps, signal: AbortSignal): Promise<ReturnsRead | undefined> {
  const rail = deps.rail();
  const { definition, marks, now, log, withinMs } = deps;
  if (!rail.returns) return undefined;
  const id = `returns/${definition.id}`;
  const oldest = new Date(now().getTime() - withinMs);
  const limitMs = 5 * definition.limits.timeoutMs;
  const mark = await marks.take(id, limitMs + 60_000);
  if (!mark) return undefined;
  let readTo = mark.readTo;
  try {
    const since = readTo > oldest ? readTo : oldest;
    const call = { signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]), tell: () => undefined };
    const read = await rail.returns(since, call);
    const ended = await settle(deps, read.returns, oldest);
    // What waits for its payment's outcome is read again.
    readTo = new Date(Math.min(read.readTo.getTime(), ended.undecidedSince));
    const { recorded, undecided, strange } = ended;
    if (recorded + strange > 0) log.warn('payments came back', { rail: definition.id, recorded, undecided, strange });
    return { recorded, undecided, strange };
  } finally {
    await marks.give(id, mark, readTo);
  }
}

async function settle(deps: ReturnsDeps, reported: readonly Returned[], oldest: Date) {
  const { books, returns, now } = deps;
  const places = await placesOf(deps, new Set(reported.map(({ endToEndId }) => endToEndId)), oldest);
  const docs: ReturnDoc[] = [];
  let undecidedSince = Number.POSITIVE_INFINITY;
  let undecided = 0;
  let strange = 0;
  for (const returned of reported) {
    const place = places.get(returned.endToEndId);
    if (!place) continue;
    const { batchId, row } = place;
    const [doc, outcomes] = await Promise.all([books.payment(batchId, row), books.outcomesOf(batchId, [row])]);
    const outcome = outcomes.get(row);
    if (!doc) continue;
    if (!outcome) {
      undecided += 1;
      undecidedSince = Math.min(undecidedSince, returned.reportedAt.getTime());
      continue;
    }
    if (outcome.status !== 'completed') continue;
    const doubt = returned.doubt(paymentOfDoc(doc, batchId, place.subBatchId));
    if (doubt) {
      strange += 1;
      await books.noteConflict({
        tenantId: doc.tenantId,
        batchId,
        row,
        had: 'completed',
        got: 'returned',
        text: doubt,
      });
      continue;
    }
    const { railCode, text, reference, reportedAt } = returned;
    docs.push({
      _id: rowKeyBytes(batchId, row),
      tenantId: doc.tenantId,
      minor: outcome.minor,
      currency: outcome.currency,
      railCode,
      railText: text,
      ...(reference && { reference }),
      reportedAt,
      at: now(),
    });
  }
  const recorded = await returns.record(docs);
  return { recorded, undecided, strange, undecidedSince };
}

/**
 * Where these payments stand: ids are derived from their places, so they are derived again, the newest sub-batches first, until all are
 * found. No index bears this in the way of those that are paid.
 */
async function placesOf(
  { c, definition }: ReturnsDeps,
  wanted: Set<string>,
  oldest: Date,
): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  if (wanted.size === 0) return places;
  const subBatches = c.subBatches
    .find(
      { rail: definition.id, createdAt: { $gte: oldest }, dispatchedAt: { $exists: true } },
      { projection: { batchId: 1, runs: 1 } },
    )
    .sort({ createdAt: -1 })
    .hint(newestOfRail);
  let derived = 0;
  for await (const { _id, batchId, runs } of subBatches) {
    for (const [first, last] of decodeRuns(runs)) {
      for (let row = first; row <= last; row += 1) {
        const id = endToEndIdOf(batchId, row);
        if (wanted.has(id)) places.set(id, { batchId, row, subBatchId: _id });
        derived += 1;
        if (derived % yieldEvery === 0) await new Promise(setImmediate);
      }
    }
    if (places.size === wanted.size) break;
  }
  return places;
}

/** Looks now and then until stopped; whoever cannot look now does later. */
export function watchReturns(deps: ReturnsDeps, everyMs: number) {
  const stopped = new AbortController();
  let running: Promise<unknown> | undefined;
  const look = () => {
    running ??= readReturns(deps, stopped.signal)
      .catch((error: unknown) => {
        if (!stopped.signal.aborted) deps.log.warn('returns were not read', { rail: deps.definition.id, error });
      })
      .finally(() => {
        running = undefined;
      });
  };
  const timer = setInterval(look, everyMs);
  look();
  return {
    async stop() {
      clearInterval(timer);
      stopped.abort();
      await running;
    },
  };
}
