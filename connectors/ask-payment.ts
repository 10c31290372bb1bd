/** Asks the rail what came of a payment that was sent, or may have been. */
import type { JobType } from '../platform/job.ts';
import type { Attempt } from '../store/books.ts';
import type { RailDeps } from './deps.ts';
import { paymentStep } from './payment-job.ts';
import { blockPayer, createTelling, recordAnswers } from './record-answers.ts';
import { isoMs, waitMs } from './waiting.ts';

export function askPayment(deps: RailDeps): JobType {
  const { definition, rail, books, now } = deps;
  const { timeoutMs } = definition.limits;
  return paymentStep(deps, 'ask', async ({ payment, outcome, attempt }, job) => {
    if (outcome) return { state: 'final', waitFor: 'PT0S' };
    if (!attempt) return { state: 'unsent', waitFor: 'PT1S' };
    const proof = await books.proofOf(payment.endToEndId, attempt.n);
    if (proof.unsent) return { state: 'unsent', waitFor: 'PT1S' };
    const overAt = attempt.until.getTime() + timeoutMs;
    // A rail may misanswer questions about a call that is still under way.
    if (!proof.ended && now().getTime() < overAt) return { state: 'pending', waitFor: isoMs(overAt - now().getTime()) };
    const telling = createTelling(deps, {
      tenantId: payment.tenantId,
      batchId: payment.batchId,
      ref: payment.endToEndId,
      attempt: attempt.n,
    });
    const answer = await rail.query(payment, { at: attempt.at }, { signal: job.signal, tell: telling.tell });
    telling.doubt([answer]);
    await recordAnswers(deps, [{ payment, answer, attempt }]);
    const believed = answer.kind === 'neverReceived' && now().getTime() > doubtEndsAt(attempt);
    const isBlocked = answer.kind === 'payerBlocked';
    await telling.flush(believed || isBlocked ? answer.kind : undefined);
    if (believed || isBlocked) await deps.unknowns.forget([payment]);
    // After the proof: whoever lifts the block finds a payment that may be sent.
    if (isBlocked) await blockPayer(deps, payment, answer.text);
    if (answer.kind === 'completed' || answer.kind === 'rejected') return { state: 'final', waitFor: 'PT0S' };
    if (isBlocked) return { state: 'unsent', waitFor: 'PT5S' };
    if (believed) return { state: 'unsent', waitFor: 'PT1S' };
    const { at } = attempt;
    const nextMs = waitMs(now().getTime() - at.getTime());
    // A rail that has no trace of it is asked again as soon as that proves something.
    const soonestMs = answer.kind === 'neverReceived' ? doubtEndsAt(attempt) - now().getTime() : nextMs;
    return { state: 'pending', waitFor: isoMs(Math.min(nextMs, soonestMs)) };
  });

  /** "No trace of it" proves nothing while a send may still be on its way. */
  function doubtEndsAt(attempt: Attempt): number {
    return attempt.until.getTime() + timeoutMs + definition.neverReceivedAfterMs;
  }
}
