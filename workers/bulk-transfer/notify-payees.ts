/** Has the payees of a batch told what became of their payments: one document, whose rows are looked through and told beside the process. */
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';

export function notifyPayees({ batches, notices, log }: WorkerDeps): JobType {
  return {
    type: 'notify-payees',
    variables: ['batchId'],
    jobsMax: 8,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const batch = await batches.get(batchId);
      // A batch of before there were such switches has none.
      if (!batch?.switches.notify?.enable) return undefined;
      await notices.ask(batchId, batch.tenantId, batch.switches.notify);
      log.info('payees are to be told', { batchId });
      return undefined;
    },
  };
}
