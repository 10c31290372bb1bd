/** Second step of a payment on rails that draw it: what it would cost. Moves nothing. */
import { type JobType, Later } from '../platform/job.ts';
import type { RailDeps } from './deps.ts';
import { checkMayBegin, paymentStep, settled } from './payment-job.ts';
import { blockPayer, createTelling } from './record-answers.ts';
import { refuseUnsent } from './refuse-unsent.ts';

export function requestQuote(deps: RailDeps): JobType {
  const { rail } = deps;
  return paymentStep(deps, 'quote', async ({ payment, outcome, attempt }, job) => {
    if (outcome) throw settled(outcome);
    if (attempt || !rail.quote) return undefined;
    await checkMayBegin(deps, payment);
    const telling = createTelling(deps, {
      tenantId: payment.tenantId,
      batchId: payment.batchId,
      ref: payment.endToEndId,
    });
    const answer = await rail.quote(payment, { signal: job.signal, tell: telling.tell });
    await telling.flush();
    if (answer.kind === 'quoted') return undefined;
    if (answer.kind === 'notSent') throw new Later(`no quote yet: ${answer.text}`, answer.retryAfterMs ?? 2_000);
    if (answer.kind === 'payerBlocked') {
      await blockPayer(deps, payment, answer.text);
      throw new Later(`the payer is blocked: ${answer.text}`, 5_000);
    }
    if (await refuseUnsent(deps, payment, answer)) throw settled({ status: 'rejected', railText: answer.text });
    return undefined;
  });
}
