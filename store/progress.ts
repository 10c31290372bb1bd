/** How far a batch is, by rail and state: settled sub-batches as they were counted, those with their rails counted now. */
import { addStates, countStates, type StateTally, statesOf } from '../domain/payment-state.ts';
import { addTallies, addToTally, buckets, countIn, type Tally } from '../domain/tally.ts';
import { createKeptAnswers } from '../platform/kept-answers.ts';
import type { Batches } from './batches.ts';
import type { Collections } from './collections.ts';
import type { BatchDoc, SubBatchDoc } from './documents.ts';
import { batchRange, decodeRuns } from './row-keys.ts';
import { tallyOfRuns } from './sub-batches.ts';

export type RailProgress = {
  readonly rail: string;
  readonly type: SubBatchDoc['type'];
  readonly states: StateTally;
  readonly subBatches: Readonly<Record<SubBatchDoc['status'], number>>;
  /** Sub-batches whose rest waits for a person. */
  readonly stopped: number;
};

export type Progress = {
  readonly states: StateTally;
  readonly rails: readonly RailProgress[];
  /** Rows refused before any rail. */
  readonly refused: StateTally;
  /** Rows to an outcome per second, over the last seconds; undefined where nothing moved. */
  readonly speed?: { readonly perSecond: number; readonly overSeconds: number };
};

export type ReadProgress = (batch: BatchDoc) => Promise<Progress>;

const batchesSeen = 500;
const speedOverMs = 60_000;
const speedFromMs = 3_000;

export function createReadProgress(
  c: Collections,
  batches: Pick<Batches, 'tally'>,
  clock: () => number = Date.now,
): ReadProgress {
  const kept = createKeptAnswers<Progress>({}, clock);
  const seen = new Map<string, { readonly at: number; readonly final: number }[]>();

  return (batch) => kept(`${batch._id}/${batch.status}/${batch.hold ?? ''}`, () => read(batch));

  async function read(batch: BatchDoc): Promise<Progress> {
    const [rails, unknown] = await Promise.all([railsOf(batch), unknownOf(batch)]);
    const asked = onlyAsked(batch.tally);
    const all = rails.map((rail) => {
      const { rail: id, type, handed, outcomes, subBatches, stopped } = rail;
      const states = statesOf({ asked: rail.asked, outcomes, handed, unknown: unknown.get(id) ?? {} });
      return { rail: id, type, states, subBatches, stopped };
    });
    const ofRails = addStates(...all.map(({ states }) => states));
    if (batch.dispatchedAt === undefined || batch.closedAt) {
      // Nothing is with a rail yet, or all is counted: the batch's own counts say what was refused too.
      const outcomes =
        batch.closedAt && batch.status !== 'completed_with_pending' ? batch.tally : await batches.tally(batch);
      const states = statesOf({
        asked,
        outcomes,
        handed: addTallies(...rails.map(({ handed }) => handed)),
        unknown: addTallies(...unknown.values()),
      });
      return { states, rails: all, refused: minus(states, ofRails) };
    }
    // What is in no sub-batch was refused before the split.
    const inSubBatches = addTallies(...rails.map((rail) => rail.asked));
    const refused = refusedOf(asked, inSubBatches);
    const states = addStates(ofRails, refused);
    return { states, rails: all, refused, speed: speedOf(batch, countStates(states, 'done', 'failed')) };
  }

  async function railsOf({ _id: batchId }: BatchDoc) {
    const counted = c.subBatches.find({ batchId, status: { $ne: 'dispatched' } }, { projection: { runs: 0 } });
    const [there, out] = await Promise.all([
      counted.toArray(),
      c.subBatches.find({ batchId, status: 'dispatched' }).toArray(),
    ]);
    const rails = new Map<string, SubBatchSums>();
    for (const sub of there) add(rails, sub, sub.tally, {});
    for (const sub of out) {
      const outcomes = await tallyOfRuns(c, batchId, decodeRuns(sub.runs));
      add(rails, sub, outcomes, sub.stoppedAt ? {} : openOf(sub.asked, outcomes));
    }
    return [...rails.values()].sort((a, b) => (a.rail < b.rail ? -1 : 1));
  }

  async function unknownOf({ _id: batchId }: BatchDoc): Promise<Map<string, Tally>> {
    const sums = c.unknowns.aggregate<{ _id: { rail: string; currency: string }; n: number; minor: bigint | number }>([
      { $match: { _id: batchRange(batchId) } },
      { $group: { _id: { rail: '$rail', currency: '$currency' }, n: { $sum: 1 }, minor: { $sum: '$minor' } } },
    ]);
    const rails = new Map<string, Tally>();
    for await (const { _id, n, minor } of sums) {
      const had = rails.get(_id.rail) ?? {};
      rails.set(_id.rail, addToTally(had, _id.currency, 'asked', Number(n), BigInt(minor)));
    }
    return rails;
  }

  /** Between what this process saw within the last minute; before it has seen enough, since the batch was dispatched. */
  function speedOf({ _id, dispatchedAt }: BatchDoc, final: number): Progress['speed'] {
    const at = clock();
    const samples = (seen.get(_id) ?? []).filter((sample) => at - sample.at <= speedOverMs);
    seen.delete(_id);
    seen.set(_id, [...samples, { at, final }]);
    if (seen.size > batchesSeen) seen.delete(seen.keys().next().value ?? '');
    const first = samples.find((sample) => at - sample.at >= speedFromMs) ?? {
      at: dispatchedAt?.getTime() ?? at,
      final: 0,
    };
    const seconds = (at - first.at) / 1_000;
    if (seconds <= 0 || final <= first.final) return undefined;
    return { perSecond: (final - first.final) / seconds, overSeconds: Math.round(seconds) };
  }
}

type SubBatchSums = {
  readonly rail: string;
  readonly type: SubBatchDoc['type'];
  asked: Tally;
  outcomes: Tally;
  handed: Tally;
  readonly subBatches: Record<SubBatchDoc['status'], number>;
  stopped: number;
};

function add(
  rails: Map<string, SubBatchSums>,
  { rail, type, asked, status, stoppedAt }: Omit<SubBatchDoc, 'runs'>,
  outcomes: Tally,
  handed: Tally,
): void {
  const fresh = { rail, type, asked: {}, outcomes: {}, handed: {}, stopped: 0 };
  const sums = rails.get(rail) ?? { ...fresh, subBatches: { created: 0, ready: 0, dispatched: 0, settled: 0 } };
  rails.set(rail, sums);
  sums.asked = addTallies(sums.asked, asked);
  sums.outcomes = addTallies(sums.outcomes, outcomes);
  sums.handed = addTallies(sums.handed, handed);
  sums.subBatches[status] += 1;
  if (stoppedAt && status === 'dispatched') sums.stopped += 1;
}

function onlyAsked(tally: Tally): Tally {
  return Object.fromEntries(Object.entries(tally).map(([currency, sums]) => [currency, { asked: sums.asked }]));
}

function openOf(asked: Tally, outcomes: Tally): Tally {
  let open: Tally = {};
  for (const [currency, sums] of Object.entries(asked)) {
    const own = { [currency]: outcomes[currency] ?? {} };
    const final = buckets.reduce((minor, bucket) => minor + BigInt(own[currency]?.[bucket]?.minor ?? 0n), 0n);
    const n = Number(sums.asked?.n ?? 0) - countIn(own, ...buckets);
    if (n > 0) open = addToTally(open, currency, 'asked', n, BigInt(sums.asked?.minor ?? 0n) - final);
  }
  return open;
}

function refusedOf(asked: Tally, inSubBatches: Tally): StateTally {
  return Object.fromEntries(
    Object.entries(asked).map(([currency, { asked: sum }]) => {
      const inside = inSubBatches[currency]?.asked;
      const n = Number(sum?.n ?? 0) - Number(inside?.n ?? 0);
      return [currency, { failed: { n, minor: BigInt(sum?.minor ?? 0n) - BigInt(inside?.minor ?? 0n) } }];
    }),
  );
}

/** Failed rows that no rail has. */
function minus(all: StateTally, ofRails: StateTally): StateTally {
  return Object.fromEntries(
    Object.entries(all).map(([currency, { failed }]) => {
      const own = ofRails[currency]?.failed;
      const n = Math.max(0, (failed?.n ?? 0) - (own?.n ?? 0));
      return [currency, { failed: { n, minor: n === 0 ? 0n : (failed?.minor ?? 0n) - (own?.minor ?? 0n) } }];
    }),
  );
}
