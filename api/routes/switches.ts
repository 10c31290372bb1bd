/** GET and PUT /api/v1/tenants/{id}/switches: the stages of the tenant's batches, flat, under the seed's names. */
import type { Request, RequestHandler } from 'express';
import { Problem } from '../../domain/problem.ts';
import { type FlatSwitches, flatten, switchesOf } from '../../domain/switches.ts';
import type { ClientSession } from '../../platform/mongo.ts';
import type { TenantDoc } from '../../store/documents.ts';
import { actorOf } from '../actor.ts';
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
    const switches = checkedSwitches(deps, {}, own);
    await changeTenant(deps, req, tenant, 'switches.set', async (session) => {
      const before = await deps.tenants.setSwitches(tenant._id, own as FlatSwitches, session);
      return { before: before.switches, after: own };
    });
    deps.log.info('switches set', { tenantId: tenant._id, switches: Object.keys(own) });
    res.json(flatten(switches));
  };
}

type Change = { readonly before: Record<string, unknown>; readonly after: Record<string, unknown> };

/** A change to the tenant's own settings and its audit, both or neither. */
export async function changeTenant(
  { mongo, audit }: ApiDeps,
  req: Request,
  { _id: tenantId }: TenantDoc,
  action: string,
  change: (session: ClientSession) => Promise<Change>,
): Promise<void> {
  const who = actorOf(req);
  await mongo.transaction(async (session) => {
    const told = await change(session);
    await audit.append({ tenantId, who, action, object: { kind: 'tenant', id: tenantId }, ...told }, session);
  });
}

/** The tenant in the path, if it is the one that asks. */
export async function ownTenant(deps: ApiDeps, req: Request): Promise<TenantDoc> {
  const tenant = await tenantOf(deps, req);
  readQuery(req, []).done();
  if (req.params.id !== tenant._id) throw new Problem('not-found', 'there is no such tenant of yours');
  return tenant;
}
