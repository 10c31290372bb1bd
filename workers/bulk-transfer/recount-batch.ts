/** Counts again what may have been settled by somebody who died before counting. */
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';

export function recountBatch({ batches, subBatches }: WorkerDeps): JobType {
  return {
    type: 'recount-batch',
    variables: ['batchId'],
    jobsMax: 4,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      // Of a cancelled batch, sub-batches that were never let go are settled too.
      if ((await batches.holdOf(batchId)) === 'cancelled') await subBatches.countAll(batchId);
      else await subBatches.recount({ batchId });
      return undefined;
    },
  };
}
