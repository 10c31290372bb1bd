/** Sub-batches: cut once, released through a window per tenant and rail, counted from their outcomes, settled once. */
import type { BatchId, SubBatchId } from '../domain/ids.ts';
import { messages } from '../domain/process.ts';
import { addTallies, buckets, countIn, type Tally } from '../domain/tally.ts';
import { insertMissing, type Mongo } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { SubBatchDoc } from './documents.ts';
import { announceLateResults } from './late-results.ts';
import type { Outbox } from './outbox.ts';
import { decodeRuns, type Runs, rowRange } from './row-keys.ts';
import { tallyOutcomes } from './tally-outcomes.ts';

export type SubBatches = ReturnType<typeof createSubBatches>;

/** `window`: sub-batches of one tenant on one rail that may be under way at once. */
export function createSubBatches(
  mongo: Mongo,
  c: Collections,
  outbox: Outbox,
  options: { window: number; now?: () => Date },
) {
  const now = options.now ?? (() => new Date());

  /** Lets waiting sub-batches go, oldest first, as far as the window allows. Safe to call at any time. */
  async function release(tenantId: string, rail: string): Promise<number> {
    return mongo.transaction(async (session) => {
      await c.windows.updateOne({ _id: `${tenantId}/${rail}` }, { $inc: { version: 1 } }, { upsert: true, session });
      const paused = await c.batches.distinct('_id', { hold: 'paused', tenantId }, { session });
      // What waits by somebody's will takes no room from others, and gets none.
      const open = { tenantId, rail, batchId: { $nin: paused } };
      const out = await c.subBatches.countDocuments({ ...open, status: 'dispatched' }, { session });
      const free = options.window - out;
      if (free <= 0) return 0;
      const next = await c.subBatches
        .find({ ...open, status: 'ready' }, { session, projection: { batchId: 1 } })
        .sort({ createdAt: 1, _id: 1 })
        .limit(free)
        .toArray();
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
    const tally = await tallyOf(c, sub.batchId, decodeRuns(sub.runs));
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
    const open = await c.subBatches.findOne({ batchId, status: { $ne: 'settled' } }, { projection: { _id: 1 } });
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

    /** Payments of a rail that were started and have no outcome counted yet, without those of paused batches. */
    async inFlight(rail: string): Promise<number> {
      const paused = await c.batches.distinct('_id', { hold: 'paused' });
      const open = await c.subBatches
        .find({ rail, status: 'dispatched', batchId: { $nin: paused } }, { projection: { started: 1, tally: 1 } })
        .toArray();
      return open.reduce((sum, sub) => sum + Math.max(0, sub.started - countIn(sub.tally, ...buckets)), 0);
    },

    /** Counts again what is under way, repairs the window, for whoever died between an outcome and its count. */
    async recount(filter: { batchId?: BatchId } = {}): Promise<number> {
      const open = await c.subBatches
        .find(
          { ...filter, status: { $in: ['ready', 'dispatched'] } },
          { projection: { tenantId: 1, rail: 1, status: 1 } },
        )
        .toArray();
      for (const sub of open) if (sub.status === 'dispatched') await count(sub._id);
      const places = new Map(open.map((sub) => [`${sub.tenantId}/${sub.rail}`, sub]));
      for (const { tenantId, rail } of places.values()) await release(tenantId, rail);
      if (filter.batchId) await settleBatch(filter.batchId);
      return open.length;
    },
  };
}

/** Outcomes of these runs of rows, a hundred runs to a query. */
async function tallyOf(c: Collections, batchId: BatchId, runs: Runs): Promise<Tally> {
  const parts: Tally[] = [];
  for (let i = 0; i < runs.length; i += 100) {
    const ranges = runs.slice(i, i + 100).map(([first, last]) => rowRange(batchId, first, last));
    parts.push(await tallyOutcomes(c, ranges));
  }
  return addTallies(...parts);
}
