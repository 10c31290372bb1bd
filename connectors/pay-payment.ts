/** Moves the money of one payment: claims it, sends it at most once per claim, writes what came of it. */
import type { PaymentState } from '../domain/process.ts';
import { type JobType, Later } from '../platform/job.ts';
import type { Attempt } from '../store/books.ts';
import type { RailDeps } from './deps.ts';
import { cancelHere, checkMayBegin, paymentStep, settled } from './payment-job.ts';
import type { FormattedPayment } from './payments.ts';
import type { Answer } from './rail.ts';
import { type Answered, blockPayer, createTelling, recordAnswers } from './record-answers.ts';
import { isoMs } from './waiting.ts';

export function payPayment(deps: RailDeps): JobType {
  const { definition, rail, books, leaseMs, now } = deps;
  return paymentStep(deps, 'pay', async ({ payment, outcome, attempt }, job) => {
    if (outcome) throw settled(outcome);
    // Who claimed it for cancelling died before the outcome.
    if (attempt?.owner === 'cancel') await cancelHere(deps, payment, attempt.n);
    if (attempt && !(await mayFollow(payment.endToEndId, attempt))) return { state: 'pending', waitFor: 'PT1S' };
    const n = (attempt?.n ?? 0) + 1;
    await checkMayBegin(deps, payment, n);
    const owner = `${job.processInstanceKey}/${job.key}`;
    const claim = await books.claim(payment.tenantId, payment.batchId, [{ row: payment.row, n }], { owner, leaseMs });
    if (claim.rows.length === 0) return { state: 'pending', waitFor: 'PT1S' };
    return send(payment, { n, at: claim.at }, claim.until, job.signal);
  });

  /** Only what is proven not to have been taken may be sent again. */
  async function mayFollow(endToEndId: string, attempt: Attempt): Promise<boolean> {
    if (attempt.owner === 'cancel' || attempt.owner === 'refuse') return false;
    return (await books.proofOf(endToEndId, attempt.n)).unsent;
  }

  async function send(
    payment: FormattedPayment,
    attempt: Answered['attempt'],
    until: Date,
    signal: AbortSignal,
  ): Promise<PaymentState> {
    if (!rail.send) throw new TypeError(`rail ${definition.id} is of type PAYMENT and has no send`);
    const telling = createTelling(deps, {
      tenantId: payment.tenantId,
      batchId: payment.batchId,
      ref: payment.endToEndId,
      attempt: attempt.n,
    });
    // Nobody may have slept past the lease between claiming and sending.
    if (now() >= until) throw new Later('the claim ran out before the payment was sent', 1_000);
    const answer = await rail.send(payment, { signal, tell: telling.tell, notAfter: until });
    telling.doubt([answer]);
    await recordAnswers(deps, [{ payment, answer, attempt }], true);
    await telling.flush(answer.kind);
    return stateOf(payment, answer);
  }

  async function stateOf(payment: FormattedPayment, answer: Answer): Promise<PaymentState> {
    switch (answer.kind) {
      case 'completed':
        return { state: 'final', waitFor: 'PT0S' };
      case 'rejected':
        throw settled({ status: 'rejected', railText: answer.text });
      case 'payerBlocked':
        await blockPayer(deps, payment, answer.text);
        return { state: 'unsent', waitFor: 'PT5S' };
      case 'notSent':
        return { state: 'unsent', waitFor: isoMs(answer.retryAfterMs ?? 1_000) };
      default:
        return { state: 'pending', waitFor: 'PT1S' };
    }
  }
}
