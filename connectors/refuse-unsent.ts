/** A final no before anything was sent: takes the claim that a sender would need, then writes the outcome. */
import type { ReasonCode } from '../domain/outcome.ts';
import type { Payment } from '../domain/payment.ts';
import type { RailDeps } from './deps.ts';
import { standingOf } from './payment-job.ts';
import { outcomeOf } from './record-answers.ts';

/** True when the payment is refused now; false when somebody has sent it or may have, and the rail has to be asked. */
export async function refuseUnsent(
  deps: RailDeps,
  payment: Payment,
  no: { readonly code: ReasonCode; readonly railCode: string; readonly text: string },
): Promise<boolean> {
  const { books, now } = deps;
  const claim = { owner: 'refuse', leaseMs: 0 };
  await books.claim(payment.tenantId, payment.batchId, [{ row: payment.row, n: 1 }], claim);
  const { attempt } = await standingOf(deps, payment);
  if (attempt?.owner !== 'refuse') return false;
  const { code, railCode, text } = no;
  await books.settle([outcomeOf(payment, { status: 'rejected', code, railCode, railText: text }, now())]);
  return true;
}
