/** Takes in what a rail has brought back of a route, and ends the route's reversal with its last part. */
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';

export function settleReversal({ reverseRoute, log }: WorkerDeps): JobType {
  return {
    type: 'settle-reversal',
    variables: ['reversalId'],
    jobsMax: 8,
    async handle(job) {
      const reversalId = textVariable(job, 'reversalId');
      const { _id: routeId, status, reversal } = await reverseRoute.settle(reversalId);
      log.info('reversal settled', { routeId, reversalId, status, isLast: reversal?.doneAt !== undefined });
      return undefined;
    },
  };
}
