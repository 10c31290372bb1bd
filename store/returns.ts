/** The book of returns: money of completed payments that came back. Once per payment; its outcome stays as it is. */
import { type BatchId, batchIdOfKey, rowOfKey, type TenantId } from '../domain/ids.ts';
import type { Sum } from '../domain/tally.ts';
import { insertMissing } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { BatchDoc } from './documents.ts';
import { announceLateResults } from './late-results.ts';
import type { Outbox } from './outbox.ts';
import { batchRange, rowRange } from './row-keys.ts';

/** Money of a completed payment that came back, once; `_id` is the row key. The outcome stays as it is. */
export type ReturnDoc = {
  _id: Buffer;
  tenantId: TenantId;
  minor: bigint;
  currency: string;
  railCode: string;
  railText: string;
  reference?: string;
  /** When the rail said so. */
  reportedAt: Date;
  at: Date;
};

export type Returns = ReturnType<typeof createReturns>;

export function createReturns(c: Collections, outbox: Outbox) {
  return {
    /**
     * Writes returns that are not there yet, and has the results of batches that were closed made again. Repeated, it finishes what a
     * call before it began. Answers how many are new.
     */
    async record(returns: readonly ReturnDoc[]): Promise<number> {
      const there = await insertMissing(c.returns, returns);
      for (const batchId of new Set(returns.map(({ _id }) => batchIdOfKey(_id)))) await announce(batchId);
      return returns.length - there.length;
    },
  };

  /** A batch that is not closed yet tells of them when it is merged and closed. */
  async function announce(batchId: BatchId): Promise<void> {
    const returned = await c.returns.countDocuments({ _id: batchRange(batchId) });
    await c.batches.updateOne({ _id: batchId }, { $max: { returned } });
    const batch = await c.batches.findOne({ _id: batchId });
    if (batch?.closedAt) await announceLateResults(c, outbox, batch, `returned-${returned}`);
  }
}

/** Returns of these rows, by row; of a batch that has none nothing is read. */
export async function returnsOf(
  c: Pick<Collections, 'returns'>,
  { _id, returned }: Pick<BatchDoc, '_id' | 'returned'>,
  first: number,
  last: number,
): Promise<Map<number, ReturnDoc>> {
  if (!returned) return new Map();
  const found = await c.returns.find({ _id: rowRange(_id, first, last) }).toArray();
  return new Map(found.map((doc) => [rowOfKey(doc._id), doc]));
}

/** How many came back and how much, per currency. */
export async function sumReturns(
  c: Pick<Collections, 'returns'>,
  batchId: BatchId,
): Promise<(Sum & { readonly currency: string })[]> {
  const groups = c.returns.aggregate<{ _id: string; n: number; minor: bigint | number }>([
    { $match: { _id: batchRange(batchId) } },
    { $group: { _id: '$currency', n: { $sum: 1 }, minor: { $sum: '$minor' } } },
  ]);
  return (await groups.toArray()).map(({ _id, n, minor }) => ({ currency: _id, n: Number(n), minor: BigInt(minor) }));
}
