/** Has the payment's sub-batch counted soon, once for many payments; tells the caller of a payment that came by itself. */
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';
import { announceTransfer } from './announce-transfer.ts';

export function settlePayment(deps: WorkerDeps): JobType {
  return {
    type: 'settle-payment',
    variables: ['batchId', 'subBatchId'],
    jobsMax: 64,
    async handle(job) {
      if (job.variables.subBatchId === undefined) await announceTransfer(deps, textVariable(job, 'batchId'));
      else deps.countSoon(textVariable(job, 'subBatchId'));
      return undefined;
    },
  };
}
