/** Cancels payments of a cancelled batch that came back unsent: their last claim was another's, so that cancelling the batch passed them over. */
import type { Payment } from '../domain/payment.ts';
import { cancelRows, cancelTextOf } from '../store/cancel-payments.ts';
import type { RailDeps } from './deps.ts';

/** `n`: the claim that a sender would take now. Answers the rows that are cancelled. */
export async function cancelUnsent(
  { c, books, now }: Pick<RailDeps, 'c' | 'books' | 'now'>,
  rows: readonly { readonly payment: Payment; readonly n: number }[],
): Promise<number[]> {
  const first = rows[0]?.payment;
  if (!first) return [];
  const { batchId, tenantId } = first;
  const about = { batchId, tenantId, text: await cancelTextOf(c, batchId), at: now() };
  return cancelRows(
    books,
    about,
    rows.map(({ payment: { row, amount }, n }) => ({ row, n, amount })),
  );
}
