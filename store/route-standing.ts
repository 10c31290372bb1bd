/** A route as the books have it: each part with its latest round, its outcome, and whether it was reversed. */
import { endToEndIdOf, rowKeyBytes, rowOfKey, soleRow, uuidOf } from '../domain/ids.ts';
import type { PartState, RouteStatus } from '../domain/route.ts';
import { routeStatusOf } from '../domain/route.ts';
import type { Collections } from './collections.ts';
import type { OutcomeDoc } from './documents.ts';
import { journalId } from './ledger/post.ts';
import type { ReversalResult, RoundDoc, RouteDoc, RoutePart, RouteTarget } from './route-documents.ts';
import { rowRange } from './row-keys.ts';

export type PartStanding = {
  readonly part: RoutePart;
  readonly round: RoundDoc;
  readonly target: RouteTarget;
  readonly endToEndId: string;
  readonly state: PartState;
  readonly outcome?: OutcomeDoc;
  /** Of the latest reversal, where there is one; `outcome`: what its rail said. */
  readonly reversal?: { readonly result: ReversalResult; readonly outcome?: OutcomeDoc };
};

export type RouteStanding = {
  readonly status: RouteStatus;
  readonly parts: readonly PartStanding[];
  readonly rounds: readonly RoundDoc[];
};

type ReadCollections = Pick<Collections, 'rounds' | 'outcomes' | 'batches' | 'journal'>;

export async function routeStanding(c: ReadCollections, route: RouteDoc): Promise<RouteStanding> {
  const rounds = await c.rounds.find({ routeId: route._id }).sort({ k: 1 }).toArray();
  const outcomes = new Map(
    await Promise.all(rounds.map(async (round) => [round.k, await roundOutcomes(c, round)] as const)),
  );
  const reversed = await reversedOf(c, route, rounds);
  const found = route.parts.map((part): PartStanding => {
    const round = rounds.findLast(({ targets }) => targets.some(({ n }) => n === part.n))!;
    const row = round.targets.findIndex(({ n }) => n === part.n) + 1;
    const endToEndId = endToEndIdOf(round.batchId, row);
    const { isOver, byRow } = outcomes.get(round.k)!;
    const outcome = byRow.get(row);
    const state = stateOf(route, outcome, isOver, reversed.has(endToEndId));
    return { part, round, target: round.targets[row - 1]!, endToEndId, state, outcome };
  });
  const parts = await withReversals(c, route, found);
  return { status: routeStatusOf(parts.map(({ state }) => state)), parts, rounds };
}

/** The id by which its rail knows the k-th reversal of a payment. */
export function reversalIdOf(endToEndId: string, k: number): string {
  return uuidOf(`reversal/${endToEndId}/${k}`);
}

async function withReversals(
  c: Pick<ReadCollections, 'outcomes'>,
  { reversal }: RouteDoc,
  parts: readonly PartStanding[],
): Promise<readonly PartStanding[]> {
  if (!reversal) return parts;
  const keyOf = ({ endToEndId }: PartStanding) => rowKeyBytes(reversalIdOf(endToEndId, reversal.k), soleRow);
  const asked = parts.filter(({ state }) => state === 'paid_out' || state === 'reversed');
  const docs = await c.outcomes.find({ _id: { $in: asked.map(keyOf) } }).toArray();
  const byKey = new Map(docs.map((doc) => [doc._id.toString('hex'), doc]));
  return parts.map((part) => {
    const outcome = byKey.get(keyOf(part).toString('hex'));
    const result = resultOf(part, outcome, reversal.doneAt !== undefined);
    return { ...part, reversal: { result, ...(outcome && { outcome }) } };
  });
}

/** `outcome`: what the part's rail said of the reversal. */
function resultOf({ state }: PartStanding, outcome: OutcomeDoc | undefined, isDone: boolean): ReversalResult {
  if (state === 'reversed') return 'reversed';
  if (state === 'credited') return isDone ? 'insufficient' : 'asked';
  if (state !== 'paid_out') return 'not_paid';
  if (outcome?.status === 'rejected') return 'reversal_refused';
  return outcome?.status === 'cancelled' ? 'paid_out' : 'asked';
}

export type RoundOutcomes = {
  /** Nothing of it will be paid any more that has no outcome: its batch was refused as a whole. */
  readonly isOver: boolean;
  readonly byRow: ReadonlyMap<number, OutcomeDoc>;
};

export async function roundOutcomes(
  c: Pick<ReadCollections, 'outcomes' | 'batches'>,
  { batchId, targets }: RoundDoc,
): Promise<RoundOutcomes> {
  const [docs, batch] = await Promise.all([
    c.outcomes.find({ _id: rowRange(batchId, 1, targets.length) }).toArray(),
    c.batches.findOne({ _id: batchId }, { projection: { status: 1, closedAt: 1 } }),
  ]);
  const isOver = batch?.status === 'rejected' && batch.closedAt !== undefined;
  return { isOver, byRow: new Map(docs.map((doc) => [rowOfKey(doc._id), doc])) };
}

export function reversalCause(endToEndId: string): string {
  return `reversal/${endToEndId}`;
}

function stateOf(
  { autoPayout }: RouteDoc,
  outcome: OutcomeDoc | undefined,
  isOver: boolean,
  isReversed: boolean,
): PartState {
  if (isReversed) return 'reversed';
  if (!outcome) return isOver ? 'failed' : 'pending';
  if (outcome.status !== 'completed') return 'failed';
  return autoPayout ? 'paid_out' : 'credited';
}

async function reversedOf(
  c: Pick<ReadCollections, 'journal'>,
  { tenantId, reversal }: RouteDoc,
  rounds: readonly RoundDoc[],
): Promise<Set<string>> {
  if (!reversal) return new Set();
  const causes = rounds.flatMap(({ batchId, targets }) =>
    targets.map((_, i) => journalId(tenantId, reversalCause(endToEndIdOf(batchId, i + 1)))),
  );
  const docs = await c.journal.find({ _id: { $in: causes } }, { projection: { ref: 1 } }).toArray();
  return new Set(docs.flatMap(({ ref }) => (ref === undefined ? [] : [ref])));
}
