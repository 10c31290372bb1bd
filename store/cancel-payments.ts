/** Cancelling takes the same claim as sending: attempt 1 by `cancel`. Who loses leaves the row to settle. */
import { type BatchId, rowOfKey } from '../domain/ids.ts';
import type { Books } from './books.ts';
import type { Collections } from './collections.ts';
import type { OutcomeDoc, PaymentDoc } from './documents.ts';
import { batchRange } from './row-keys.ts';

/** Cancels every payment of a batch that nobody has claimed; answers how many it cancelled. Repeatable. */
export async function cancelPayments(
  c: Collections,
  books: Books,
  batchId: BatchId,
  why: { text: string },
  now: () => Date = () => new Date(),
): Promise<number> {
  let cancelled = 0;
  let chunk: PaymentDoc[] = [];
  const flush = async () => {
    cancelled += await cancelChunk(books, batchId, chunk, why, now());
    chunk = [];
  };
  for await (const payment of c.payments
    .find({ _id: batchRange(batchId) })
    .sort({ _id: 1 })
    .batchSize(2000)) {
    chunk.push(payment);
    if (chunk.length === 1000) await flush();
  }
  await flush();
  return cancelled;
}

async function cancelChunk(
  books: Books,
  batchId: BatchId,
  payments: readonly PaymentDoc[],
  why: { text: string },
  at: Date,
): Promise<number> {
  if (payments.length === 0) return 0;
  const rows = payments.map((p) => rowOfKey(p._id));
  const settled = await books.outcomesOf(batchId, rows);
  const open = payments.filter((p) => !settled.has(rowOfKey(p._id)));
  if (open.length === 0) return 0;
  const claims = open.map((p) => ({ row: rowOfKey(p._id), n: 1 }));
  await books.claim(payments[0]!.tenantId, batchId, claims, { owner: 'cancel', leaseMs: 0 });
  const attempts = await books.latestAttempts(
    batchId,
    claims.map(({ row }) => row),
  );
  const ours = open.filter((p) => {
    const attempt = attempts.get(rowOfKey(p._id));
    return attempt?.owner === 'cancel' && attempt.n === 1;
  });
  const outcomes = ours.map(
    (p): OutcomeDoc => ({
      _id: p._id,
      tenantId: p.tenantId,
      sub: 0,
      status: 'cancelled',
      stage: 'cancel',
      code: 410,
      text: why.text,
      minor: p.minor ?? 0n,
      currency: p.currency,
      at,
    }),
  );
  return (await books.settle(outcomes)).length;
}
