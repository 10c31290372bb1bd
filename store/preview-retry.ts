/** What a retry of a batch would send again, and what it would leave out and why; changes nothing. */

import { rowKeyBytes } from '../domain/ids.ts';
import { finalStatuses } from '../domain/outcome.ts';
import type { Collections } from './collections.ts';
import type { BatchDoc } from './documents.ts';
import { failedRows as failedIndex } from './indexes.ts';
import { retriesRange } from './retry-batch.ts';
import { failedRows } from './retryable-rows.ts';
import { batchRange } from './row-keys.ts';

export type RetryPreview = {
  readonly k: number;
  readonly rows: number;
  readonly totals: ReadonlyMap<string, bigint>;
  readonly leftOut: Readonly<Record<'bad_rows' | 'duplicates' | 'cancelled' | 'conflicts' | 'unknown', number>>;
  readonly whyNot?: string;
};

type Books = Pick<Collections, 'outcomes' | 'conflicts' | 'retries' | 'batches' | 'unknowns'>;

export async function previewRetry(
  c: Books,
  batch: BatchDoc,
  codes: readonly number[] | undefined,
  rowsMax: number,
): Promise<RetryPreview> {
  const earlier = await c.retries
    .find({ _id: retriesRange(batch._id) })
    .sort({ k: 1 })
    .toArray();
  const last = earlier.at(-1);
  const lastChild = last && (await c.batches.findOne({ _id: last.child }, { projection: { status: 1, closedAt: 1 } }));
  const totals = new Map<string, bigint>();
  let rows = 0;
  for await (const some of failedRows(c, batch, earlier, codes)) {
    const taken = some.slice(0, rowsMax - rows);
    rows += taken.length;
    await addAmounts(c, batch._id, taken, totals);
    if (rows === rowsMax) break;
  }
  const whyNot = reasonAgainst(
    batch,
    lastChild && !isFinal(lastChild) ? 'the retry before is under way' : undefined,
    rows,
  );
  return { k: earlier.length + 1, rows, totals, leftOut: await leftOutOf(c, batch._id), ...(whyNot && { whyNot }) };
}

function reasonAgainst(batch: BatchDoc, underWay: string | undefined, rows: number): string | undefined {
  if (batch.retryOf) return 'it is a retry itself: retry its parent';
  if (!isFinal(batch)) return `it is ${batch.status}: only a batch that has ended can be retried`;
  return underWay ?? (rows === 0 ? 'no row failed in a way that trying again could mend' : undefined);
}

function isFinal({ status, closedAt }: Pick<BatchDoc, 'status' | 'closedAt'>): boolean {
  return closedAt !== undefined && finalStatuses.includes(status);
}

/** Failed rows carry the amount that they asked for. */
async function addAmounts(
  c: Books,
  batchId: string,
  rows: readonly number[],
  totals: Map<string, bigint>,
): Promise<void> {
  if (rows.length === 0) return;
  const keys = rows.map((row) => rowKeyBytes(batchId, row));
  const sums = c.outcomes.aggregate<{ _id: string; minor: bigint | number }>([
    { $match: { _id: { $in: keys } } },
    { $group: { _id: '$currency', minor: { $sum: '$minor' } } },
  ]);
  for await (const { _id, minor } of sums) totals.set(_id, (totals.get(_id) ?? 0n) + BigInt(minor));
}

async function leftOutOf(c: Books, batchId: string): Promise<RetryPreview['leftOut']> {
  const range = { _id: batchRange(batchId), status: { $in: ['rejected' as const, 'cancelled' as const] } };
  const counts = { bad_rows: 0, duplicates: 0, cancelled: 0 };
  const groups = c.outcomes.aggregate<{ _id: string; n: number }>(
    [{ $match: range }, { $group: { _id: '$stage', n: { $sum: 1 } } }],
    { hint: failedIndex },
  );
  for await (const { _id, n } of groups) {
    if (_id === 'validation') counts.bad_rows += Number(n);
    if (_id === 'deduplication') counts.duplicates += Number(n);
    if (_id === 'cancel') counts.cancelled += Number(n);
  }
  const [conflicts, unknown] = await Promise.all([
    c.conflicts.countDocuments({ batchId }),
    c.unknowns.countDocuments({ _id: batchRange(batchId) }),
  ]);
  return { ...counts, conflicts, unknown };
}
