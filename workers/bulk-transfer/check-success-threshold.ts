/** Says whether enough of the batch's payments succeeded; the rows stay as they are. */
import type { Switches } from '../../domain/switches.ts';
import { countIn } from '../../domain/tally.ts';
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';

export function checkSuccessThreshold({ batches, log }: WorkerDeps): JobType {
  return {
    type: 'check-success-threshold',
    variables: ['batchId', 'switches'],
    jobsMax: 8,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const { successRate } = (job.variables.switches as Switches).successThresholdCheck;
      const batch = await batches.get(batchId);
      if (!batch) throw new Error(`batch ${batchId} is not there`);
      const tally = await batches.tally(batch);
      const asked = countIn(tally, 'asked');
      const belowThreshold = countIn(tally, 'completed') * 100 < successRate * asked;
      await batches.belowThreshold(batchId, belowThreshold);
      if (belowThreshold) log.warn('batch ended below its success threshold', { batchId, successRate, asked });
      return { belowThreshold };
    },
  };
}
