/** Posts the credited parts of a route back, and has rails asked for those that were paid out. */
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';

export function reverseParts({ reverseRoute, log }: WorkerDeps): JobType {
  return {
    type: 'reverse-parts',
    variables: ['routeId'],
    jobsMax: 4,
    async handle(job) {
      const { _id: routeId, status, reversal } = await reverseRoute.reverse(textVariable(job, 'routeId'));
      log.info('parts reversed', { routeId, status, k: reversal?.k, isDone: reversal?.doneAt !== undefined });
      return undefined;
    },
  };
}
