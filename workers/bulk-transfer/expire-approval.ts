/** The deadline's own decision, unless a person was first. */
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';

export function expireApproval({ batches, now, log }: WorkerDeps): JobType {
  return {
    type: 'expire-approval',
    variables: ['batchId', 'tenantId'],
    jobsMax: 16,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const tenantId = textVariable(job, 'tenantId');
      const comment = 'nobody decided before the deadline';
      const stands = await batches.decide({
        _id: batchId,
        tenantId,
        decision: 'expired',
        by: 'deadline',
        comment,
        at: now(),
      });
      log.info('approval deadline passed', { batchId, decision: stands.decision });
      return { decision: stands.decision };
    },
  };
}
