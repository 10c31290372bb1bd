/** Settles a round of a route as far as its parts have their outcomes, and tells the caller when all have. */
import { type JobType, textVariable, wholeVariable } from '../../platform/job.ts';
import { roundId } from '../../store/accept-route.ts';
import type { WorkerDeps } from '../deps.ts';
import { tellCaller } from './tell-caller.ts';

const firstLookMs = 2_000;
const lastLookMs = 600_000;

export function settleParts(deps: WorkerDeps): JobType {
  const { settleRound, log, now } = deps;
  return {
    type: 'settle-parts',
    variables: ['routeId', 'round'],
    jobsMax: 16,
    async handle(job) {
      const id = roundId(textVariable(job, 'routeId'), wholeVariable(job, 'round'));
      const { open, route, round } = await settleRound(id);
      if (open === 0) {
        log.info('parts settled', { routeId: route._id, round: round.k, status: route.status });
        await tellCaller(deps, route, { word: 'settled', cause: round._id, facts: { round: round.k } });
      }
      return { openParts: open, waitFor: waitFor(now().getTime() - round.at.getTime()) };
    },
  };
}

/** A tenth of its age: sooner for the young, and never rarer than every ten minutes. */
function waitFor(ageMs: number): string {
  return `PT${Math.round(Math.min(lastLookMs, Math.max(firstLookMs, ageMs / 10)) / 1_000)}S`;
}
