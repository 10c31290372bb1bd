/** First step of a payment on rails that draw it: resolve the payee. Moves nothing. */
import { type JobType, Later } from '../platform/job.ts';
import type { RailDeps } from './deps.ts';
import { checkMayBegin, paymentStep, settled } from './payment-job.ts';
import { createTelling } from './record-answers.ts';
import { refuseUnsent } from './refuse-unsent.ts';

export function lookUpPayee(deps: RailDeps): JobType {
  const { rail } = deps;
  return paymentStep(deps, 'look-up', async ({ payment, outcome, attempt }, job) => {
    if (outcome) throw settled(outcome);
    // Sent already, by an instance before this one: the pay step sees it and goes on to asking.
    if (attempt || !rail.resolvePayee) return undefined;
    await checkMayBegin(deps, payment);
    const telling = createTelling(deps, {
      tenantId: payment.tenantId,
      batchId: payment.batchId,
      ref: payment.endToEndId,
    });
    const answer = await rail.resolvePayee(payment, { signal: job.signal, tell: telling.tell });
    await telling.flush();
    if (answer.kind === 'found') return undefined;
    if (answer.kind === 'retry') throw new Later(`the payee could not be looked up: ${answer.text}`, 2_000);
    const no = { code: answer.code ?? 404, railCode: answer.railCode, text: answer.text } as const;
    if (await refuseUnsent(deps, payment, no)) throw settled({ status: 'rejected', railText: answer.text });
    return undefined;
  });
}
