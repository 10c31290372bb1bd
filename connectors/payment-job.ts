/** What the jobs of a single payment share: which payment it is, whether it is settled, who may send it. */
import type { Payment } from '../domain/payment.ts';
import { bpmnErrors, type PaymentState } from '../domain/process.ts';
import { BpmnError, type JobType, Later, textVariable, wholeVariable } from '../platform/job.ts';
import type { Job } from '../platform/zeebe.ts';
import type { Attempt } from '../store/books.ts';
import type { OutcomeDoc } from '../store/documents.ts';
import { cancelUnsent } from './cancel-unsent.ts';
import type { RailDeps } from './deps.ts';
import { paymentOfDoc } from './payments.ts';
import { closedWaitMs, spread, waitMs } from './waiting.ts';

/** Jobs of one step in hand at once, per process; more than the rail's own limit, since many only wait for the books. */
const jobsMax = 64;

/** The payment that a job is about and what the books say of it, all asked at once. */
async function standingOfJob(deps: RailDeps, job: Job): Promise<PaymentStanding> {
  const batchId = textVariable(job, 'batchId');
  const row = wholeVariable(job, 'row');
  const [doc, standing] = await Promise.all([deps.books.payment(batchId, row), standingOf(deps, { batchId, row })]);
  if (!doc) throw new Error(`payment ${batchId}/${row} is not in the books`);
  const isOfBatch = job.variables.subBatchId !== undefined;
  return {
    payment: paymentOfDoc(doc, batchId, isOfBatch ? textVariable(job, 'subBatchId') : undefined),
    ...standing,
  };
}

/** A step of one payment: the job type with what every step has, and the payment with both its books. */
export function paymentStep(
  deps: RailDeps,
  kind: 'look-up' | 'quote' | 'pay' | 'ask',
  step: (about: PaymentStanding, job: Job) => Promise<PaymentState | undefined>,
): JobType {
  return {
    type: `${kind}-${deps.definition.id}`,
    variables: ['tenantId', 'batchId', 'subBatchId', 'row'],
    jobsMax,
    async handle(job) {
      const key = `${textVariable(job, 'batchId')}/${wholeVariable(job, 'row')}`;
      deps.waits.taken(key, kind);
      if (kind === 'pay') deps.waits.through(key);
      if (kind === 'ask') checkIsThere(deps);
      try {
        const state = await step(await standingOfJob(deps, job), job);
        // After the others the model waits, for the rail or for a timer.
        if (kind === 'look-up' || kind === 'quote') deps.waits.ready(key);
        return state;
      } catch (error) {
        deps.waits.through(key);
        throw error;
      }
    },
  };
}

export type PaymentStanding = { readonly payment: Payment; readonly outcome?: OutcomeDoc; readonly attempt?: Attempt };

/** Both books of one payment, at one time. */
export async function standingOf(
  { books }: RailDeps,
  { batchId, row }: Pick<Payment, 'batchId' | 'row'>,
): Promise<{ outcome?: OutcomeDoc; attempt?: Attempt }> {
  const [outcomes, attempts] = await Promise.all([
    books.outcomesOf(batchId, [row]),
    books.latestAttempts(batchId, [row]),
  ]);
  return { outcome: outcomes.get(row), attempt: attempts.get(row) };
}

/**
 * Nothing new is begun for a batch on hold or a blocked payer; both come again later. What a cancelled batch has not sent
 * ends here; `n` is the claim that would be next.
 */
export async function checkMayBegin(deps: RailDeps, payment: Payment, n = 1): Promise<void> {
  const { batches, payerBlocks, railHolds, subBatches, now } = deps;
  const [hold, block, railHold] = await Promise.all([
    batches.holdOf(payment.batchId),
    payerBlocks.of(payment),
    railHolds.of(payment.tenantId, payment.rail),
  ]);
  if (hold === 'cancelled') await cancelHere(deps, payment, n);
  if (hold) throw new Later(`the batch is ${hold}`, spread(15_000));
  if (railHold) throw new Later('the rail is paused', spread(15_000));
  if (block) {
    // It may have been started whole before anybody knew: others of the tenant need its place.
    const { subBatchId: _id, batchId, tenantId, rail } = payment;
    if (_id) await subBatches.stop({ _id, batchId, tenantId, rail });
    // Somebody has to act, which takes a while; a thousand payments that ask all the time would slow everybody else.
    throw new Later(`the payer is blocked: ${block.text}`, spread(waitMs(now().getTime() - block.at.getTime())));
  }
  const closedMs = deps.hours();
  if (closedMs > 0) throw new Later('the rail is closed at this hour', spread(closedWaitMs(closedMs)));
  checkIsThere(deps);
}

/** Asks nothing of a rail that calls are cut off from, and claims nothing for it. */
function checkIsThere({ outage }: RailDeps): void {
  const awayMs = outage.pauseMs('job');
  if (awayMs > 0) throw new Later('calls to the rail are cut off', spread(awayMs));
}

/** Throws the way out if the payment is cancelled now; whoever else has the claim goes on. */
export async function cancelHere(deps: RailDeps, payment: Payment, n: number): Promise<void> {
  const cancelled = await cancelUnsent(deps, [{ payment, n }]);
  if (cancelled.length > 0) throw settled({ status: 'cancelled' });
}

/** The way out of the model's steps for a payment that has its outcome. */
export function settled(outcome: Pick<OutcomeDoc, 'status' | 'railText' | 'text'>): BpmnError {
  return new BpmnError(
    bpmnErrors.paymentRefused,
    `the payment is ${outcome.status}: ${outcome.railText ?? outcome.text ?? ''}`,
  );
}
