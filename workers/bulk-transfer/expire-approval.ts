/** The deadline's own decision, unless a person was first. */
import { type JobType, textVariable } from '../../platform/job.ts';
import { theHub } from '../../store/audit.ts';
import type { WorkerDeps } from '../deps.ts';

export function expireApproval({ batches, audit, now, log }: WorkerDeps): JobType {
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
      if (stands.decision === 'expired') {
        const told = { action: 'batch.expired', object: { kind: 'batch', id: batchId }, why: stands.comment };
        await audit.append({ tenantId, who: theHub, at: stands.at, once: `approval/${batchId}`, ...told });
      }
      log.info('approval deadline passed', { batchId, decision: stands.decision });
      return { decision: stands.decision };
    },
  };
}
