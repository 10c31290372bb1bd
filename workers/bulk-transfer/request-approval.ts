/** Asks a second person to decide on the batch. */
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';

export function requestApproval({ batches, log }: WorkerDeps): JobType {
  return {
    type: 'request-approval',
    variables: ['batchId'],
    jobsMax: 16,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      await batches.setStatus(batchId, 'awaiting_approval');
      log.info('approval requested', { batchId });
      return undefined;
    },
  };
}
