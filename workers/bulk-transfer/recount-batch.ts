/** Counts again what may have been settled by somebody who died before counting. */
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';

export function recountBatch({ subBatches }: WorkerDeps): JobType {
  return {
    type: 'recount-batch',
    variables: ['batchId'],
    jobsMax: 4,
    async handle(job) {
      await subBatches.recount({ batchId: textVariable(job, 'batchId') });
      return undefined;
    },
  };
}
