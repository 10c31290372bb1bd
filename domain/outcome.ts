/** What came of a payment, once and for all, in the hub's words. */

export type OutcomeStatus = 'completed' | 'rejected' | 'cancelled';

/** Where the outcome was reached; the batch's closing equation counts by it. `manual`: two people said so. */
export type Stage = 'validation' | 'deduplication' | 'lookup' | 'cancel' | 'rail' | 'manual';

/** Numeric codes of the result file; docs/errors.md tells each one's cause and cure. */
export const reasonCodes = {
  400: 'The row is not valid',
  402: 'The payer has no funds for it',
  404: 'The payee was not found',
  409: 'A row before it asks for the same payment',
  410: 'The payment was cancelled before it was sent',
  422: 'The rail or the payee refused it',
  424: 'The money came back after it was paid',
  502: 'The rail answered what cannot be understood',
} as const;
export type ReasonCode = keyof typeof reasonCodes;

/** The nearest of ISO 20022's external status reasons. */
export const isoReasons: Readonly<Record<ReasonCode, string>> = {
  400: 'FF01',
  402: 'AM04',
  404: 'AC01',
  409: 'AM05',
  410: 'CUST',
  422: 'MS03',
  424: 'AC04',
  502: 'NARR',
};

/** One thing wrong with one cell of a file. */
export type RowError = {
  readonly row: number;
  readonly column: string;
  readonly code: string;
  readonly message: string;
};

export type BatchStatus =
  | 'queued'
  | 'validating'
  | 'awaiting_approval'
  | 'processing'
  | 'completed'
  | 'below_threshold'
  | 'completed_with_pending'
  | 'rejected'
  | 'cancelled';

export const finalStatuses: readonly BatchStatus[] = [
  'completed',
  'below_threshold',
  'completed_with_pending',
  'rejected',
  'cancelled',
];

export type ResultWord = 'SUCCESS' | 'FAILURE' | 'PENDING';

/** The word of the result file for an outcome; none yet is PENDING. `isReturned`: its money came back later. */
export function resultWordOf(status: OutcomeStatus | undefined, isReturned = false): ResultWord {
  if (status === undefined) return 'PENDING';
  return status === 'completed' && !isReturned ? 'SUCCESS' : 'FAILURE';
}

/** The word of the batch detail for an outcome; none yet is IN_PROGRESS. */
export function detailWordOf(
  status: OutcomeStatus | undefined,
  isReturned = false,
): 'COMPLETED' | 'FAILED' | 'IN_PROGRESS' {
  if (status === undefined) return 'IN_PROGRESS';
  return status === 'completed' && !isReturned ? 'COMPLETED' : 'FAILED';
}
