/** Takes in what a rail has brought back of a route, and ends the route's reversal with its last part. */
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';
import { tellIfReversed } from './tell-caller.ts';

export function settleReversal(deps: WorkerDeps): JobType {
  const { reverseRoute, log } = deps;
  return {
    type: 'settle-reversal',
    variables: ['reversalId'],
    jobsMax: 8,
    async handle(job) {
      const reversalId = textVariable(job, 'reversalId');
      const route = await reverseRoute.settle(reversalId);
      const { _id: routeId, status, reversal } = route;
      log.info('reversal settled', { routeId, reversalId, status, isLast: reversal?.doneAt !== undefined });
      await tellIfReversed(deps, route);
      return undefined;
    },
  };
}
