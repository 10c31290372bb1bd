/** Posts the credited parts of a route back, and has rails asked for those that were paid out. */
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';
import { tellIfReversed } from './tell-caller.ts';

export function reverseParts(deps: WorkerDeps): JobType {
  const { reverseRoute, log } = deps;
  return {
    type: 'reverse-parts',
    variables: ['routeId'],
    jobsMax: 4,
    async handle(job) {
      const route = await reverseRoute.reverse(textVariable(job, 'routeId'));
      const { _id: routeId, status, reversal } = route;
      log.info('parts reversed', { routeId, status, k: reversal?.k, isDone: reversal?.doneAt !== undefined });
      await tellIfReversed(deps, route);
      return undefined;
    },
  };
}
