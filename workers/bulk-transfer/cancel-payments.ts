/** Cancels every payment of the batch that nobody has claimed. */
import { type JobType, Later, textVariable } from '../../platform/job.ts';
import { cancelTextOf, cancelPayments as cancelUnclaimed } from '../../store/cancel-payments.ts';
import type { WorkerDeps } from '../deps.ts';

export function cancelPayments({ c, books, batches, now, log }: WorkerDeps): JobType {
  return {
    type: 'cancel-payments',
    variables: ['batchId'],
    jobsMax: 4,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const batch = await batches.get(batchId);
      if (!batch) throw new Error(`batch ${batchId} is not there`);
      await batches.setHold(batchId, 'cancelled');
      if (!batch.validatedAt) throw new Later('the rows of the batch are still being read', 2_000);
      const text = await cancelTextOf(c, batchId, job.headers.reason);
      const cancelled = await cancelUnclaimed(c, books, batchId, { text }, now);
      log.info('payments cancelled', { batchId, cancelled });
      return undefined;
    },
  };
}
