/** Asks the rail what came of a payment that was sent, or may have been. */
import type { JobType } from '../platform/job.ts';
import type { Attempt } from '../store/books.ts';
import type { RailDeps } from './deps.ts';
import { paymentStep } from './payment-job.ts';
import { createTelling, recordFinals } from './record-answers.ts';
import { waitFor } from './waiting.ts';

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
    if (!proof.ended && now().getTime() < overAt) return { state: 'pending', waitFor: isoUntil(overAt) };
    const telling = createTelling(deps, { tenantId: payment.tenantId, ref: payment.endToEndId, attempt: attempt.n });
    const answer = await rail.query(payment, { at: attempt.at }, { signal: job.signal, tell: telling.tell });
    await recordFinals(deps, [{ payment, answer }]);
    const believed = answer.kind === 'neverReceived' && isPastDoubt(attempt);
    await telling.flush(believed ? 'neverReceived' : undefined);
    if (answer.kind === 'completed' || answer.kind === 'rejected') return { state: 'final', waitFor: 'PT0S' };
    if (believed) return { state: 'unsent', waitFor: 'PT1S' };
    return { state: 'pending', waitFor: waitFor(now().getTime() - attempt.at.getTime()) };
  });

  /** "No trace of it" proves nothing while a send may still be on its way. */
  function isPastDoubt(attempt: Attempt): boolean {
    return now().getTime() > attempt.until.getTime() + timeoutMs + definition.neverReceivedAfterMs;
  }

  function isoUntil(atMs: number): string {
    return `PT${Math.max(1, Math.ceil((atMs - now().getTime()) / 1000))}S`;
  }
}
