/** Posts the credited parts of a route back, and notes of each part what came of it. */
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';

export function reverseParts({ reverseRoute, log }: WorkerDeps): JobType {
  return {
    type: 'reverse-parts',
    variables: ['routeId'],
    jobsMax: 4,
    async handle(job) {
      const { _id: routeId, status, reversal } = await reverseRoute(textVariable(job, 'routeId'));
      log.info('route reversed', { routeId, status, k: reversal?.k });
      return undefined;
    },
  };
}
