/** Lets the sub-batches go: as many at once as the window of their tenant and rail allows. */
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';

export function dispatchBatch({ batches, subBatches, log }: WorkerDeps): JobType {
  return {
    type: 'dispatch-batch',
    variables: ['tenantId', 'batchId'],
    jobsMax: 8,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const dispatched = await subBatches.dispatch(textVariable(job, 'tenantId'), batchId);
      // Cancelled before there were sub-batches to count: nobody else would count them.
      if ((await batches.holdOf(batchId)) === 'cancelled') await subBatches.countAll(batchId);
      log.info('batch dispatched', { batchId, ...dispatched });
      return undefined;
    },
  };
}
