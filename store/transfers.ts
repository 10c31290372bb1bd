/** Single payments as they stand in the books: asked for, and what came of them. */
import { rowKeyBytes, soleRow, type TransactionId } from '../domain/ids.ts';
import type { Collections } from './collections.ts';
import type { ConflictDoc, OutcomeDoc, PaymentDoc, TransferDoc } from './documents.ts';

export type TransferStanding = {
  readonly transfer: TransferDoc;
  readonly payment: PaymentDoc;
  /** None yet = pending. */
  readonly outcome?: OutcomeDoc;
  /** Later answers that say otherwise. */
  readonly conflicts: readonly ConflictDoc[];
};

/** Undefined where there is no such single payment. */
export async function transferStanding(
  c: Pick<Collections, 'transfers' | 'payments' | 'outcomes' | 'conflicts'>,
  transactionId: TransactionId,
): Promise<TransferStanding | undefined> {
  const _id = rowKeyBytes(transactionId, soleRow);
  const [transfer, payment, outcome, conflicts] = await Promise.all([
    c.transfers.findOne({ _id: transactionId }),
    c.payments.findOne({ _id }),
    c.outcomes.findOne({ _id }),
    c.conflicts.find({ batchId: transactionId }).toArray(),
  ]);
  if (!transfer || !payment) return undefined;
  return { transfer, payment, outcome: outcome ?? undefined, conflicts };
}
