/** Counts a sub-batch from its outcomes once its rail has nothing more to say. */
import { type JobType, Later, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';

export function settleSubBatch({ subBatches, log }: WorkerDeps): JobType {
  return {
    type: 'settle-sub-batch',
    variables: ['subBatchId'],
    jobsMax: 16,
    async handle(job) {
      const subBatchId = textVariable(job, 'subBatchId');
      const sub = await subBatches.count(subBatchId);
      if (sub && sub.status !== 'settled') throw new Later('some payments of the sub-batch have no outcome yet', 2_000);
      log.info('sub-batch settled', { subBatchId, rail: sub?.rail, rows: sub?.rows });
      return undefined;
    },
  };
}
