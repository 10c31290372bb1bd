/** The job types of one rail: each carries the rail's name, so that a rail that hangs holds up nobody else. */
import { type JobType, textVariable } from '../platform/job.ts';
import { onBehalfOf } from '../platform/share.ts';
import { askPayment } from './ask-payment.ts';
import { askSubBatch } from './ask-sub-batch.ts';
import { createBeneficiaries } from './create-beneficiaries.ts';
import type { RailDeps } from './deps.ts';
import { lookUpParties } from './look-up-parties.ts';
import { lookUpPayee } from './look-up-payee.ts';
import { payPayment } from './pay-payment.ts';
import { paySubBatch } from './pay-sub-batch.ts';
import { requestQuote } from './request-quote.ts';
import { reversePayment } from './reverse-payment.ts';

/** What a model may write before `+ rail`: `= "pay-" + rail`. */
export const railJobKinds: readonly string[] = [
  'look-up-parties',
  'look-up',
  'quote',
  'create-beneficiaries',
  'pay',
  'ask',
  'reverse',
];

export function railJobs(deps: RailDeps): JobType[] {
  return jobsOf(deps).map((job) => ({
    ...job,
    // The rail's gate lets one call of each tenant in after the other.
    handle: (taken) => onBehalfOf(textVariable(taken, 'tenantId'), () => job.handle(taken)),
  }));
}

function jobsOf(deps: RailDeps): JobType[] {
  if (deps.definition.type === 'BULK')
    return [lookUpParties(deps), createBeneficiaries(deps), paySubBatch(deps), askSubBatch(deps), reversePayment(deps)];
  const ofPayments = [lookUpPayee(deps), requestQuote(deps), payPayment(deps), askPayment(deps)];
  return [lookUpParties(deps), ...ofPayments, reversePayment(deps)];
}
