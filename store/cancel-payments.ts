/** Cancelling takes the same claim as sending: the next attempt by `cancel`. Who loses leaves the row to settle. */
import { type BatchId, rowKeyBytes, rowOfKey } from '../domain/ids.ts';
import type { Books } from './books.ts';
import type { Collections } from './collections.ts';
import { commandsRange } from './command-batch.ts';
import type { OutcomeDoc, PaymentDoc } from './documents.ts';
import { batchRange } from './row-keys.ts';

/** A payment to cancel; `n`: the attempt that its next sender would claim. */
export type Cancellable = {
  readonly row: number;
  readonly n: number;
  readonly amount: { readonly minor: bigint; readonly currency: string };
};

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
  const settled = await books.outcomesOf(
    batchId,
    payments.map((p) => rowOfKey(p._id)),
  );
  const open = payments
    .filter((p) => !settled.has(rowOfKey(p._id)))
    .map((p) => ({
      row: rowOfKey(p._id),
      n: 1,
      amount: { minor: p.minor ?? 0n, currency: p.currency },
    }));
  return (await cancelRows(books, { batchId, tenantId: payments[0]!.tenantId, ...why, at }, open)).length;
}

/** Cancels rows without an outcome, each unless somebody else has the claim; answers those that it cancelled. */
export async function cancelRows(
  books: Books,
  about: { readonly batchId: BatchId; readonly tenantId: string; readonly text: string; readonly at: Date },
  rows: readonly Cancellable[],
): Promise<number[]> {
  if (rows.length === 0) return [];
  const { batchId, tenantId, text, at } = about;
  await books.claim(tenantId, batchId, rows, { owner: 'cancel', leaseMs: 0 });
  const attempts = await books.latestAttempts(
    batchId,
    rows.map(({ row }) => row),
  );
  // A claim by `cancel` says that the row is never sent, whoever took it; who died before the outcome is made up for here.
  const ours = rows.filter(({ row }) => attempts.get(row)?.owner === 'cancel');
  const outcomes = ours.map(
    ({ row, amount }): OutcomeDoc => ({
      _id: rowKeyBytes(batchId, row),
      tenantId,
      sub: 0,
      status: 'cancelled',
      stage: 'cancel',
      code: 410,
      text,
      ...amount,
      at,
    }),
  );
  return books.settle(outcomes);
}

/** Why a batch's payments are cancelled, as the caller reads it beside each row. */
export async function cancelTextOf(
  c: Pick<Collections, 'commands' | 'decisions'>,
  batchId: BatchId,
  otherwise = 'the batch was cancelled',
): Promise<string> {
  const decision = await c.decisions.findOne({ _id: batchId });
  if (decision?.decision === 'refused')
    return `Cancelled: approval was refused${decision.comment ? `: ${decision.comment}` : ''}`;
  if (decision?.decision === 'expired') return 'Cancelled: nobody approved before the deadline';
  const command = await c.commands.findOne({ _id: commandsRange(batchId), command: 'cancel' });
  return `Cancelled: ${command?.reason ?? otherwise}`;
}
