/** Has the payment's sub-batch counted soon, once for many payments. */
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';

export function settlePayment({ countSoon }: WorkerDeps): JobType {
  return {
    type: 'settle-payment',
    variables: ['subBatchId'],
    jobsMax: 64,
    async handle(job) {
      countSoon(textVariable(job, 'subBatchId'));
      return undefined;
    },
  };
}
