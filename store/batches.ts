/** A batch's own document: who works on it, how far it is, what it adds up to. Counts are derived, never incremented. */
import { type BatchId, rowOfKey } from '../domain/ids.ts';
import type { BatchStatus } from '../domain/outcome.ts';
import {
  addTallies,
  buckets,
  countIn,
  imbalances,
  noCurrency,
  pendingCount,
  type Tally,
  withReturned,
} from '../domain/tally.ts';
import { Later } from '../platform/job.ts';
import { insertMissing } from '../platform/mongo.ts';
import { createReader } from '../platform/read-by-id.ts';
import { type Collections, inWork, queuedOfTenant, statusesInWork } from './collections.ts';
import type { BatchDoc, DecisionDoc, ResultFile } from './documents.ts';
import { sumReturns } from './returns.ts';
import { batchRange } from './row-keys.ts';
import { tallyOutcomes } from './tally-outcomes.ts';

/** Counts of a batch that gets outcomes meanwhile; at a deadline they come in a burst that ends. */
const countsMax = 10;

export type Batches = ReturnType<typeof createBatches>;

export function createBatches(c: Collections, now: () => Date = () => new Date()) {
  /** Asked for at validation plus what came of it, from the outcomes as they are now. */
  async function tally(batch: Pick<BatchDoc, '_id' | 'tally' | 'returned'>): Promise<Tally> {
    const asked = Object.fromEntries(
      Object.entries(batch.tally).map(([currency, sums]) => [currency, { asked: sums.asked }]),
    ) as Tally;
    const sums = addTallies(asked, await tallyOutcomes(c, [batchRange(batch._id)]));
    return batch.returned ? withReturned(sums, await sumReturns(c, batch._id)) : sums;
  }

  /** Outcomes and open rows are counted one after the other: a difference counts only where no outcome came in between. */
  async function balance(batch: BatchDoc): Promise<{ sums: Tally; wrong: string[] }> {
    let sums = await tally(batch);
    for (let tries = 1; tries <= countsMax; tries += 1) {
      const open = pendingCount(sums) === 0 ? {} : await pendingTally(c, batch._id);
      const wrong = imbalances(sums, open);
      if (wrong.length === 0) return { sums, wrong };
      const later = await tally(batch);
      if (countIn(later, ...buckets) === countIn(sums, ...buckets)) return { sums, wrong };
      sums = later;
    }
    throw new Later('outcomes come while the batch is counted', 1_000);
  }

  const readHold = createReader(c.batches, { hold: 1 });

  return {
    tally,

    async get(batchId: BatchId): Promise<BatchDoc | undefined> {
      return (await c.batches.findOne({ _id: batchId })) ?? undefined;
    },

    /** How many batches of each tenant are accepted and not begun. */
    async waiting(): Promise<Map<string, number>> {
      const groups = c.batches.aggregate<{ _id: string; n: number }>(
        [{ $match: { status: 'queued' } }, { $group: { _id: '$tenantId', n: { $sum: 1 } } }],
        { hint: queuedOfTenant },
      );
      return new Map((await groups.toArray()).map(({ _id, n }) => [_id, Number(n)]));
    },

    /** The tenants with a batch that came since then and is being worked on, or is about to be. */
    async youngIn(since: Date): Promise<string[]> {
      const found = c.batches.aggregate<{ _id: string }>(
        [{ $match: { createdAt: { $gte: since }, status: statusesInWork } }, { $group: { _id: '$tenantId' } }],
        { hint: inWork },
      );
      return (await found.toArray()).map(({ _id }) => _id);
    },

    /** The batch, if this process instance is the one that works on it; the first to ask is. */
    async claim(batchId: BatchId, processInstanceKey: string): Promise<BatchDoc | undefined> {
      await c.batches.updateOne(
        { _id: batchId, processInstanceKey: { $exists: false } },
        { $set: { processInstanceKey, status: 'validating', startedAt: now() } },
      );
      const batch = await c.batches.findOne({ _id: batchId, processInstanceKey });
      // Before its first row, so that a batch without one is erased by its key too.
      if (batch) await c.keyring.keyFor(batchId, batch.tenantId);
      return batch ?? undefined;
    },

    async validated(
      batchId: BatchId,
      facts: Pick<BatchDoc, 'columns' | 'modes' | 'rails' | 'rows' | 'tally'>,
    ): Promise<void> {
      await c.batches.updateOne({ _id: batchId }, { $set: { ...facts, validatedAt: now() } });
    },

    async setStatus(batchId: BatchId, status: BatchStatus): Promise<void> {
      await c.batches.updateOne({ _id: batchId, closedAt: { $exists: false } }, { $set: { status } });
    },

    /** The file as a whole cannot be paid. Said again, it was said at the same time. */
    async reject(batchId: BatchId, problem: { title: string; detail: string }): Promise<{ closedAt: Date }> {
      const batch = await c.batches.findOne({ _id: batchId });
      if (!batch) throw new Error(`batch ${batchId} is not there`);
      const closedAt = batch.closedAt ?? now();
      const closed = { status: 'rejected' as const, problem, tally: await tally(batch), closedAt };
      await c.batches.updateOne({ _id: batchId }, { $set: closed });
      return { closedAt };
    },

    /** It ends as rejected once its rows are told and its results are there. The first reason stands; answers when it was found. */
    async refuse(batchId: BatchId, problem: { title: string; detail: string }): Promise<Date> {
      const refusedAt = now();
      const first = { _id: batchId, problem: { $exists: false } };
      const { modifiedCount } = await c.batches.updateOne(first, { $set: { problem, refusedAt } });
      return modifiedCount > 0 ? refusedAt : ((await c.batches.findOne({ _id: batchId }))?.refusedAt ?? refusedAt);
    },

    /** What its file turned out to be, for a batch whose file the hub makes. */
    async setFile(batchId: BatchId, facts: Pick<BatchDoc, 'md5' | 'sha256' | 'sizeBytes'>): Promise<void> {
      await c.batches.updateOne({ _id: batchId }, { $set: facts });
    },

    async setFormatted(batchId: BatchId, formattedKey: string): Promise<void> {
      await c.batches.updateOne({ _id: batchId }, { $set: { formattedKey } });
    },

    async belowThreshold(batchId: BatchId, belowThreshold: boolean): Promise<void> {
      await c.batches.updateOne({ _id: batchId }, { $set: { belowThreshold } });
    },

    async addResult(batchId: BatchId, result: Omit<ResultFile, 'at'>): Promise<void> {
      await c.batches.updateOne(
        { _id: batchId, 'results.n': { $ne: result.n } },
        { $push: { results: { ...result, at: now() } } },
      );
    },

    /**
     * Closes (or closes again, after late outcomes); answers what does not add up, and then changes nothing. `before` is done with the counts before
     * anybody sees the batch closed; repeatable. Throws Later while outcomes come so fast that the two counts are never of one moment.
     */
    async close(
      batchId: BatchId,
      before: (batch: BatchDoc, sums: Tally) => Promise<void> = async () => undefined,
    ): Promise<{ status: BatchStatus; imbalances: string[] }> {
      const batch = await c.batches.findOne({ _id: batchId });
      if (!batch) throw new Error(`batch ${batchId} is not there`);
      const { sums, wrong } = await balance(batch);
      const status = closingStatus(batch, pendingCount(sums), countIn(sums, 'completed'));
      if (wrong.length > 0) return { status: batch.status, imbalances: wrong };
      await before(batch, sums);
      // Whoever notes a return while we count finds either us too late or the batch closed.
      const asCounted = { _id: batchId, returned: batch.returned ?? { $exists: false } };
      const closed = await c.batches.updateOne(asCounted, {
        $set: { status, tally: sums, closedAt: batch.closedAt ?? now() },
      });
      if (closed.matchedCount === 0) throw new Later('a payment came back while the batch was counted', 500);
      return { status, imbalances: [] };
    },

    /** The first decision stands; answers it, whoever made it. */
    async decide(decision: DecisionDoc): Promise<DecisionDoc> {
      await insertMissing(c.decisions, [decision]);
      return (await c.decisions.findOne({ _id: decision._id })) ?? decision;
    },

    async decision(batchId: BatchId): Promise<DecisionDoc | undefined> {
      return (await c.decisions.findOne({ _id: batchId })) ?? undefined;
    },

    /** Whether senders must stop for this batch. */
    async holdOf(batchId: BatchId): Promise<BatchDoc['hold']> {
      return (await readHold(batchId))?.hold;
    },

    async setHold(batchId: BatchId, hold: BatchDoc['hold']): Promise<void> {
      await c.batches.updateOne({ _id: batchId }, hold ? { $set: { hold } } : { $unset: { hold: '' } });
    },
  };
}

/** A cancelled batch of which something was paid is told apart by its counts and its hold. */
function closingStatus(batch: BatchDoc, pending: number, paid: number): BatchStatus {
  if (batch.problem) return 'rejected';
  if (pending > 0) return 'completed_with_pending';
  if (batch.hold === 'cancelled' && paid === 0) return 'cancelled';
  return batch.belowThreshold ? 'below_threshold' : 'completed';
}

/** Rows without an outcome, counted from the rows themselves by walking both books side by side. */
async function pendingTally(c: Collections, batchId: BatchId): Promise<Tally> {
  const range = { _id: batchRange(batchId) };
  const outcomes = c.outcomes
    .find(range, { projection: { _id: 1 } })
    .sort({ _id: 1 })
    .batchSize(5000)
    [Symbol.asyncIterator]();
  let next = await outcomes.next();
  const sums = new Map<string, { n: number; minor: bigint }>();
  for await (const payment of c.payments
    .find(range, { projection: { minor: 1, currency: 1 } })
    .sort({ _id: 1 })
    .batchSize(5000)) {
    const row = rowOfKey(payment._id);
    while (!next.done && rowOfKey(next.value._id) < row) next = await outcomes.next();
    if (!next.done && rowOfKey(next.value._id) === row) continue;
    const currency = payment.minor === undefined ? noCurrency : payment.currency;
    const sum = sums.get(currency) ?? { n: 0, minor: 0n };
    sums.set(currency, { n: sum.n + 1, minor: sum.minor + BigInt(payment.minor ?? 0n) });
  }
  return Object.fromEntries([...sums].map(([currency, sum]) => [currency, { asked: sum }]));
}
