/** Cancels every payment of the batch that nobody has claimed. */
import { type JobType, textVariable } from '../../platform/job.ts';
import { cancelPayments as cancelUnclaimed } from '../../store/cancel-payments.ts';
import type { WorkerDeps } from '../deps.ts';

export function cancelPayments({ c, books, batches, now, log }: WorkerDeps): JobType {
  return {
    type: 'cancel-payments',
    variables: ['batchId'],
    jobsMax: 4,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      await batches.setHold(batchId, 'cancelled');
      const cancelled = await cancelUnclaimed(
        c,
        books,
        batchId,
        { text: await reasonOf(batchId, job.headers.reason) },
        now,
      );
      log.info('payments cancelled', { batchId, cancelled });
      return undefined;
    },
  };

  async function reasonOf(batchId: string, header: string | undefined): Promise<string> {
    const decision = await batches.decision(batchId);
    if (decision?.decision === 'refused')
      return `Cancelled: approval was refused${decision.comment ? `: ${decision.comment}` : ''}`;
    if (decision?.decision === 'expired') return 'Cancelled: nobody approved before the deadline';
    return `Cancelled: ${header ?? 'the batch was cancelled'}`;
  }
}
