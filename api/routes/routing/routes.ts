/** POST and GET /api/v1/routes, GET …/{id}: an amount that goes to many. */
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { invalidRequest, type NamedError, Problem } from '../../../domain/problem.ts';
import { routeStatuses } from '../../../domain/route.ts';
import type { AcceptRoute } from '../../../store/accept-route.ts';
import type { TenantDoc } from '../../../store/documents.ts';
import { routeStanding } from '../../../store/route-standing.ts';
import type { Wallets } from '../../../store/wallets.ts';
import { actorOf } from '../../actor.ts';
import { callerOf } from '../../caller.ts';
import type { ApiDeps } from '../../deps.ts';
import { noteUse, targetsOf } from '../../part-targets.ts';
import { readQuery, tenantOf } from '../../request.ts';
import { partName, type RouteRequest, readRequestHeaders, readRouteRequest } from '../../route-request.ts';
import { acceptedId, pageOf, readPlace, routeOf } from './routes-of.ts';
import { shownRoute, shownRouteLine } from './shown.ts';

export function postRoute(deps: ApiDeps, wallets: Wallets, accept: AcceptRoute): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const headers = await readRequestHeaders(deps, req, tenant);
    const asked = await readRouteRequest(req);
    const from = await floatOf(wallets, tenant, asked);
    const errors: NamedError[] = [];
    const targets = await targetsOf(deps, tenant, asked, (part) => partName(part, asked.parts), errors);
    if (errors.length > 0) throw invalidRequest(errors);
    await deps.admission.checkRoom(tenant._id, 'batches');
    const { minor, currency, autoPayout, parts, notes } = asked;
    const route = {
      _id: randomUUID(),
      tenantId: tenant._id,
      kind: 'route' as const,
      requestId: headers.requestId,
      from,
      currency,
      minor,
      autoPayout,
      parts: [...parts],
      ...(Object.keys(notes).length > 0 && { notes }),
      by: callerOf(req).subject,
      callbackUrl: headers.callbackUrl,
    };
    const accepted = await accept({ route, targets, idempotencyKey: headers.idempotencyKey, actor: actorOf(req) });
    const { id, isReplayed } = acceptedId(accepted, headers, from);
    if (!isReplayed) await noteUse(deps, tenant._id, parts);
    deps.log.info('route accepted', { routeId: id, tenantId: tenant._id, parts: parts.length, isReplayed });
    if (isReplayed) res.set('Idempotent-Replayed', 'true');
    res.set('Location', `/api/v1/routes/${id}`);
    res.status(202).json({ route_id: id, status_url: `/api/v1/routes/${id}` });
  };
}

export function listRoutes(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['status', 'cursor', 'limit']);
    const status = query.word('status', routeStatuses);
    const limit = query.whole('limit', 50, 1, 200);
    const after = readPlace(query);
    query.done();
    const where = { tenantId: tenant._id, kind: 'route' as const, ...(status && { status }) };
    const { page, next } = await pageOf(deps, where, limit, after);
    res.json({ routes: page.map(shownRouteLine), next_cursor: next });
  };
}

export function getRoute(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const route = await routeOf(deps, String(req.params.id), tenant, 'route');
    res.json(shownRoute(route, await routeStanding(deps.c, route)));
  };
}

/** The wallet that is named, or the tenant's only float of the currency. */
async function floatOf(wallets: Wallets, tenant: TenantDoc, { from, currency }: RouteRequest): Promise<string> {
  if (from !== undefined) {
    const wallet = await wallets.get(tenant._id, from.toLowerCase());
    if (!wallet) throw new Problem('wallet-not-found', 'from: the tenant has no wallet of this id');
    if (wallet.kind !== 'float' || wallet.currency !== currency) {
      throw invalidRequest([{ name: 'from', message: `is no float in ${currency}: name one, or leave it out` }]);
    }
    return wallet._id;
  }
  const floats = await wallets.list(tenant._id, { kind: 'float', currency }, 2);
  const [only, ...others] = floats.filter(({ status }) => status !== 'closed');
  if (only && others.length === 0) return only._id;
  const why = only ? `has several floats in ${currency}: name one` : `has no float in ${currency}: open and fund one`;
  throw invalidRequest([{ name: 'from', message: `the tenant ${why}` }]);
}
