/** Sub-batches: cut once, released through a window per tenant and rail, counted from their outcomes, settled once. */
import type { BatchId, SubBatchId } from '../domain/ids.ts';
import { messages } from '../domain/process.ts';
import { addTallies, buckets, countIn, type Tally } from '../domain/tally.ts';
import { type ClientSession, type Filter, insertMissing, type Mongo } from '../platform/mongo.ts';
import { type Collections, openOfRail } from './collections.ts';
import type { SubBatchDoc } from './documents.ts';
import { announceLateResults } from './late-results.ts';
import type { Outbox } from './outbox.ts';
import { blocksOf, resumeStopped } from './payer-blocks.ts';
import { railHoldId, wholeHub } from './rail-states.ts';
import { decodeRuns, type Runs, rowRange } from './row-keys.ts';
import { tallyOutcomes } from './tally-outcomes.ts';

/** Payments started and without an outcome that was counted; payments that are to be started. */
export type UnderWay = { readonly inFlight: number; readonly toStart: number };

type StopOf = Pick<SubBatchDoc, '_id' | 'batchId' | 'tenantId' | 'rail'>;

export type SubBatches = ReturnType<typeof createSubBatches>;

/** So long a PAYMENT sub-batch that was sent keeps its place in the window; a rail that takes hours must not stop what comes after. */
const waitsForRailMs = 60_000;
/** So long its payments count as under way. */
const underWayMs = 3_600_000;

/** Sub-batches that have a place in their window. A list that was sent needs none: what is left to do is the rail's. */
function occupying(at: Date): Filter<SubBatchDoc> {
  const inWork = { status: 'dispatched', stoppedAt: { $exists: false } } as const;
  const list = { type: 'BULK', sentAt: { $exists: false } } as const;
  const payments = { type: 'PAYMENT', ...notSentBefore(at.getTime() - waitsForRailMs) } as const;
  return { ...inWork, $or: [list, payments] };
}

function notSentBefore(ms: number): Filter<SubBatchDoc> {
  return { $or: [{ sentAt: { $exists: false } }, { sentAt: { $gt: new Date(ms) } }] };
}

/** How many sub-batches of one tenant on one rail may be under way at once, by the rail's type. */
export type Windows = Readonly<Record<SubBatchDoc['type'], number>>;

export function createSubBatches(
  mongo: Mongo,
  c: Collections,
  outbox: Outbox,
  options: { windows: Windows; now?: () => Date },
) {
  const now = options.now ?? (() => new Date());

  /** A person has paused the rail. */
  async function isHeld(tenantId: string, rail: string, session?: ClientSession): Promise<boolean> {
    const ids = [railHoldId(wholeHub, rail), railHoldId(tenantId, rail)];
    return (await c.railHolds.findOne({ _id: { $in: ids } }, { session, projection: { _id: 1 } })) !== null;
  }

  /** Lets waiting sub-batches go, oldest first, as far as the window allows. Safe to call at any time. */
  async function release(tenantId: string, rail: string): Promise<number> {
    return mongo.transaction(async (session) => {
      await c.windows.updateOne({ _id: `${tenantId}/${rail}` }, { $inc: { version: 1 } }, { upsert: true, session });
      if (await isHeld(tenantId, rail, session)) return 0;
      const paused = await c.batches.distinct('_id', { hold: 'paused', tenantId }, { session });
      // What waits by somebody's will takes no room from others, and gets none.
      const open = { tenantId, rail, batchId: { $nin: paused } };
      const waiting = await c.subBatches
        .find({ ...open, status: 'ready' }, { session, projection: { batchId: 1, type: 1 } })
        .sort({ createdAt: 1, _id: 1 })
        .limit(Math.max(...Object.values(options.windows)))
        .toArray();
      const [first] = waiting;
      if (!first) return 0;
      const out = await c.subBatches.countDocuments({ ...open, ...occupying(now()) }, { session });
      const next = waiting.slice(0, Math.max(0, options.windows[first.type] - out));
      for (const { _id, batchId } of next) {
        await c.subBatches.updateOne({ _id }, { $set: { status: 'dispatched', dispatchedAt: now() } }, { session });
        await outbox.add(
          [{ id: `sub-batch/${_id}`, tenantId, batchId, entry: { kind: 'sub-batch', rail, subBatchId: _id } }],
          session,
        );
      }
      return next.length;
    });
  }

  /** Counts a sub-batch from its outcomes; settles it, wakes its batch and releases the next when the last one is there. */
  async function count(subBatchId: SubBatchId): Promise<SubBatchDoc | undefined> {
    const sub = await c.subBatches.findOne({ _id: subBatchId });
    if (!sub || sub.status === 'settled') return sub ?? undefined;
    const tally = await tallyOfRuns(c, sub.batchId, decodeRuns(sub.runs));
    const final = countIn(tally, ...buckets);
    if (final > 0 && final !== countIn(sub.tally, ...buckets)) await outcomesChanged(sub, tally);
    if (final < sub.rows) return { ...sub, tally };
    const settledAt = now();
    await c.subBatches.updateOne({ _id: subBatchId }, { $set: { tally, status: 'settled', settledAt } });
    await settleBatch(sub.batchId);
    if (sub.status === 'dispatched') await release(sub.tenantId, sub.rail);
    return { ...sub, tally, status: 'settled', settledAt };
  }

  /** New counts are kept; a batch that was closed before them gets its results again, at most once in ten seconds. */
  async function outcomesChanged(sub: SubBatchDoc, tally: Tally): Promise<void> {
    await c.subBatches.updateOne({ _id: sub._id, status: { $ne: 'settled' } }, { $set: { tally } });
    const projection = { tenantId: 1, closedAt: 1, switches: 1, callbackUrl: 1 };
    const batch = await c.batches.findOne({ _id: sub.batchId }, { projection });
    if (!batch?.closedAt) return;
    const slot = Math.floor(now().getTime() / 10_000) + 1;
    await announceLateResults(c, outbox, batch, `at-${slot}`, new Date(slot * 10_000));
  }

  /** Wakes the batch once each of its sub-batches is settled; nothing dispatched counts as settled. */
  async function settleBatch(batchId: BatchId): Promise<boolean> {
    const batch = await c.batches.findOne(
      { _id: batchId },
      { projection: { tenantId: 1, dispatchedAt: 1, settledAt: 1 } },
    );
    if (!batch?.dispatchedAt) return false;
    // From the last, which is still open while most of a large batch is.
    const newestFirst = { projection: { _id: 1 }, sort: { n: -1 } } as const;
    const open = await c.subBatches.findOne({ batchId, status: { $ne: 'settled' } }, newestFirst);
    if (open) return false;
    await c.batches.updateOne({ _id: batchId, settledAt: { $exists: false } }, { $set: { settledAt: now() } });
    const { tenantId } = batch;
    await outbox.add([
      {
        id: `settled/${batchId}`,
        tenantId,
        batchId,
        entry: {
          kind: 'message',
          name: messages.batchSettled,
          key: batchId,
          messageId: `settled/${batchId}`,
          variables: {},
        },
      },
    ]);
    return true;
  }

  return {
    release,
    count,
    settleBatch,

    /** Adds what is not there yet; a repeated split finds its own. */
    async add(subBatches: readonly SubBatchDoc[]): Promise<void> {
      await insertMissing(c.subBatches, subBatches);
    },

    async get(subBatchId: SubBatchId): Promise<SubBatchDoc | undefined> {
      return (await c.subBatches.findOne({ _id: subBatchId })) ?? undefined;
    },

    async ofBatch(batchId: BatchId): Promise<SubBatchDoc[]> {
      return c.subBatches
        .find({ batchId }, { projection: { runs: 0 } })
        .sort({ n: 1 })
        .toArray();
    },

    /** Makes a batch's sub-batches ready and lets the first ones go. */
    async dispatch(tenantId: string, batchId: BatchId): Promise<{ subBatches: number; rails: string[] }> {
      await c.subBatches.updateMany({ batchId, status: 'created' }, { $set: { status: 'ready' } });
      await c.batches.updateOne(
        { _id: batchId, dispatchedAt: { $exists: false } },
        { $set: { dispatchedAt: now(), status: 'processing' } },
      );
      const rails = (await c.subBatches.distinct('rail', { batchId })) as string[];
      for (const rail of rails) await release(tenantId, rail);
      const subBatches = await c.subBatches.countDocuments({ batchId });
      await settleBatch(batchId);
      return { subBatches, rails };
    },

    /** How many lines of a PAYMENT sub-batch's file have been started. */
    async checkpoint(subBatchId: SubBatchId, started: number): Promise<void> {
      await c.subBatches.updateOne({ _id: subBatchId }, { $max: { started } });
    },

    /** Counts every sub-batch of a batch, also those that were never let go: a cancelled batch is settled without sending. */
    async countAll(batchId: BatchId): Promise<void> {
      const open = await c.subBatches
        .find({ batchId, status: { $ne: 'settled' } }, { projection: { _id: 1 } })
        .toArray();
      for (const { _id } of open) await count(_id);
      await settleBatch(batchId);
    },

    /** Nothing of it is left to send: a list gives its place to the next. */
    async sent({ _id, tenantId, rail, type }: Pick<SubBatchDoc, '_id' | 'tenantId' | 'rail' | 'type'>): Promise<void> {
      const sent = await c.subBatches.updateOne(
        { _id, status: 'dispatched', sentAt: { $exists: false } },
        { $set: { sentAt: now() }, $unset: { stoppedAt: '' } },
      );
      if (sent.modifiedCount > 0 && type === 'BULK') await release(tenantId, rail);
    },

    /** What is left of it waits for a person: its payers are blocked, or its batch is paused. It gives its place to the next. */
    async stop({ _id, batchId, tenantId, rail }: StopOf): Promise<void> {
      const stopped = await c.subBatches.updateOne(
        { _id, status: 'dispatched', stoppedAt: { $exists: false } },
        { $set: { stoppedAt: now() } },
      );
      if (stopped.modifiedCount === 0) return;
      const [block, batch, held] = await Promise.all([
        c.payerBlocks.findOne({ _id: blocksOf(tenantId, rail) }, { projection: { _id: 1 } }),
        c.batches.findOne({ _id: batchId }, { projection: { hold: 1 } }),
        isHeld(tenantId, rail),
      ]);
      if (block || batch?.hold === 'paused' || held) return void (await release(tenantId, rail));
      // Somebody said go on between our look and our note.
      await mongo.transaction((session) => resumeStopped(c, outbox, { tenantId, rail }, now(), session));
    },

    /** What each tenant has under way on a PAYMENT rail, without what waits for a person or has waited long for the rail. */
    async underWay(rail: string): Promise<Map<string, UnderWay>> {
      const paused = await c.batches.distinct('_id', { hold: 'paused' });
      const old = notSentBefore(now().getTime() - underWayMs);
      const counted = { ...old, stoppedAt: { $exists: false }, batchId: { $nin: paused } };
      const open = c.subBatches
        .find(
          { rail, status: 'dispatched', ...counted },
          { projection: { tenantId: 1, started: 1, rows: 1, tally: 1 } },
        )
        .hint(openOfRail);
      const tenants = new Map<string, UnderWay>();
      for await (const { tenantId, started, rows, tally } of open) {
        const had = tenants.get(tenantId) ?? { inFlight: 0, toStart: 0 };
        const inFlight = had.inFlight + Math.max(0, started - countIn(tally, ...buckets));
        tenants.set(tenantId, { inFlight, toStart: had.toStart + rows - started });
      }
      return tenants;
    },

    /**
     * Payments of dispatched sub-batches that were started or sent and have no outcome that was counted, by rail and by
     * how long ago their sub-batch was dispatched. Seconds old, as counts are.
     */
    async unknowns(): Promise<{ rail: string; age: string; count: number }[]> {
      const projection = { rail: 1, type: 1, started: 1, rows: 1, tally: 1, sentAt: 1, dispatchedAt: 1 };
      const open = c.subBatches.find({ status: 'dispatched' }, { projection }).hint(openOfRail);
      const counts = new Map<string, { rail: string; age: string; count: number }>();
      for await (const { rail, type, started, rows, tally, sentAt, dispatchedAt } of open) {
        const sent = type === 'PAYMENT' ? started : sentAt ? rows : 0;
        const age = ageWord(now().getTime() - (dispatchedAt ?? now()).getTime());
        const of = counts.get(`${rail}/${age}`) ?? { rail, age, count: 0 };
        counts.set(`${rail}/${age}`, of);
        of.count += Math.max(0, sent - countIn(tally, ...buckets));
      }
      return [...counts.values()];
    },

    /** Counts again what is under way, repairs the window, for whoever died between an outcome and its count. */
    async recount(filter: { batchId?: BatchId } = {}): Promise<number> {
      const open = await c.subBatches
        .find(
          { ...filter, status: { $in: ['ready', 'dispatched'] } },
          { projection: { tenantId: 1, rail: 1, status: 1 } },
        )
        .hint(filter.batchId ? { batchId: 1, n: 1 } : openOfRail)
        .toArray();
      for (const sub of open) if (sub.status === 'dispatched') await count(sub._id);
      const places = new Map(open.map((sub) => [`${sub.tenantId}/${sub.rail}`, sub]));
      for (const { tenantId, rail } of places.values()) await release(tenantId, rail);
      if (filter.batchId) await settleBatch(filter.batchId);
      return open.length;
    },
  };
}

function ageWord(ms: number): string {
  const words = [
    [60_000, 'under 1m'],
    [600_000, '1m to 10m'],
    [3_600_000, '10m to 1h'],
    [86_400_000, '1h to 1d'],
  ] as const;
  return words.find(([max]) => ms < max)?.[1] ?? 'over 1d';
}

/** Outcomes of these runs of rows, a hundred runs to a query. */
export async function tallyOfRuns(c: Collections, batchId: BatchId, runs: Runs): Promise<Tally> {
  const parts: Tally[] = [];
  for (let i = 0; i < runs.length; i += 100) {
    const ranges = runs.slice(i, i + 100).map(([first, last]) => rowRange(batchId, first, last));
    parts.push(await tallyOutcomes(c, ranges));
  }
  return addTallies(...parts);
}
