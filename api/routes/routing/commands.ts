/** POST /api/v1/routes/{id}/retry and …/reversal: failed parts paid again, credited parts posted back. */
import type { Request, RequestHandler } from 'express';
import { invalidRequest, type NamedError, Problem } from '../../../domain/problem.ts';
import type { CommandedRoute, CommandRoute } from '../../../store/command-route.ts';
import { routeStanding } from '../../../store/route-standing.ts';
import { readReason } from '../../commander.ts';
import type { ApiDeps } from '../../deps.ts';
import { noteUse, targetsOf } from '../../part-targets.ts';
import { tenantOf } from '../../request.ts';
import { partName } from '../../route-request.ts';
import { refusalProblem } from '../wallets/money.ts';
import { routeOf } from './routes-of.ts';
import { shownRoute } from './shown.ts';

/** Where an account was corrected since, its part goes to what it is now. */
export function postRouteRetry(deps: ApiDeps, commands: CommandRoute): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const asked = { ...(await readReason(req)), at: deps.now() };
    const route = await routeOf(deps, String(req.params.id), tenant, 'route');
    const said = await commands.retry(route, asked, async (failed) => {
      const errors: NamedError[] = [];
      const { autoPayout, currency, parts } = route;
      const chosen = failed.map(({ part }) => part);
      const targets = await targetsOf(
        deps,
        tenant,
        { autoPayout, currency, parts: chosen },
        (part) => partName(part, parts),
        errors,
      );
      if (errors.length > 0) throw invalidRequest(errors);
      return targets;
    });
    if (said.kind === 'done') await noteUse(deps, tenant._id, route.parts);
    await answer(deps, req, res, said, route.from);
  };
}

export function postRouteReversal(deps: ApiDeps, commands: CommandRoute): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const asked = { ...(await readReason(req)), at: deps.now() };
    const route = await routeOf(deps, String(req.params.id), tenant, 'route');
    await answer(deps, req, res, await commands.reverse(route, asked), route.from);
  };
}

const notNow = {
  processing: 'parts of the route are under way: come back when it has ended',
  nothing: 'no part of the route is one that this can be done to',
  reversed: 'the route was reversed',
  erased: 'whom the route paid has been erased: send a new one',
} as const;

async function answer(
  deps: ApiDeps,
  req: Request,
  res: Parameters<RequestHandler>[1],
  said: CommandedRoute,
  from: string,
): Promise<void> {
  if (said.kind === 'refused') throw refusalProblem(said, from);
  if (said.kind === 'notNow') {
    throw new Problem(said.why === 'erased' ? 'personal-data-erased' : 'route-not-ready', notNow[said.why]);
  }
  const { route } = said;
  deps.log.info('route commanded', { routeId: route._id, path: req.path.split('/').at(-1) });
  res.set('Location', `/api/v1/routes/${route._id}`);
  res.status(202).json(shownRoute(route, await routeStanding(deps.c, route)));
}
