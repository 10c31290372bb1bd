/** The outcome of a row that is refused before anything is dispatched. */
import type { ReasonCode, RowError, Stage } from '../../domain/outcome.ts';
import { noCurrency } from '../../domain/tally.ts';
import type { OutcomeDoc, PaymentDoc } from '../../store/documents.ts';

export function refusal(
  payment: PaymentDoc,
  stage: Extract<Stage, 'validation' | 'deduplication' | 'lookup'>,
  reason: { readonly code: ReasonCode; readonly text: string; readonly errors?: RowError[] },
  at: Date,
): OutcomeDoc {
  return {
    _id: payment._id,
    tenantId: payment.tenantId,
    sub: 0,
    status: 'rejected',
    stage,
    code: reason.code,
    text: reason.text,
    minor: payment.minor ?? 0n,
    currency: payment.minor === undefined ? noCurrency : payment.currency,
    at,
    errors: reason.errors,
  };
}
