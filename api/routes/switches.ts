/** GET and PUT /api/v1/tenants/{id}/switches: the stages of the tenant's batches, flat, under the seed's names. */
import type { Request, RequestHandler } from 'express';
import { Problem } from '../../domain/problem.ts';
import { type FlatSwitches, flatten, switchesOf } from '../../domain/switches.ts';
import type { TenantDoc } from '../../store/documents.ts';
import type { ApiDeps } from '../deps.ts';
import { readObject, readQuery, tenantOf } from '../request.ts';
import { checkedSwitches } from '../submission.ts';

/** Every switch with the value that a batch would get now. */
export function getSwitches(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    res.json(flatten(switchesOf(tenant.switches)));
  };
}

/** Replaces the tenant's own values; what is not named is at its default again. Batches under way keep what they have. */
export function putSwitches(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const own = await readObject(req, undefined);
    const switches = checkedSwitches({}, own);
    await deps.tenants.setSwitches(tenant._id, own as FlatSwitches);
    deps.log.info('switches set', { tenantId: tenant._id, switches: Object.keys(own) });
    res.json(flatten(switches));
  };
}

/** The tenant in the path, if it is the one that asks. */
export async function ownTenant(deps: ApiDeps, req: Request): Promise<TenantDoc> {
  const tenant = await tenantOf(deps, req);
  readQuery(req, []).done();
  if (req.params.id !== tenant._id) throw new Problem('not-found', 'there is no such tenant of yours');
  return tenant;
}
