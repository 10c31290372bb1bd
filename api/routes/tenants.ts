/** GET /api/v1/tenants, GET and PUT …/{id}: which tenants the hub has. For its administrators, who see nothing of a tenant's payments. */
import type { Request, RequestHandler } from 'express';
import { invalidRequest, type NamedError, Problem } from '../../domain/problem.ts';
import type { TenantDoc } from '../../store/documents.ts';
import { actorOf } from '../actor.ts';
import type { ApiDeps } from '../deps.ts';
import { isLabel, readObject, readQuery } from '../request.ts';

const fields = ['name', 'batch_options', 'allow_private_addresses'] as const;

/** By id; `cursor` is the last id that was seen. */
export function listTenants({ tenants }: ApiDeps): RequestHandler {
  return async (req, res) => {
    const query = readQuery(req, ['cursor', 'limit']);
    const limit = query.whole('limit', 50, 1, 200);
    const cursor = query.text('cursor');
    if (cursor !== undefined && !isTenantId(cursor))
      query.problem('cursor', 'hand back next_cursor of the page before as it came');
    query.done();
    const found = await tenants.list(cursor, limit);
    const last = found.length === limit ? found.at(-1)! : undefined;
    res.json({ tenants: found.map(shownTenant), next_cursor: last?._id ?? null });
  };
}

export function getTenant({ tenants }: ApiDeps): RequestHandler {
  return async (req, res) => {
    readQuery(req, []).done();
    const tenant = await tenants.get(String(req.params.id));
    if (!tenant) throw new Problem('not-found', 'the hub has no such tenant: PUT makes one');
    res.json(shownTenant(tenant));
  };
}

/** Makes the tenant, or sets what the hub's administrators decide about it; its own settings stay as they are. */
export function putTenant(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    readQuery(req, []).done();
    const id = tenantIdOf(req);
    const own = await readTenant(req);
    const who = actorOf(req);
    const { before, tenant } = await deps.mongo.transaction(async (session) => {
      const put = await deps.tenants.put(id, own, deps.webhookSecretOf(id), session);
      const told = { before: put.before && shownTenant(put.before), after: shownTenant(put.tenant) };
      await deps.audit.append(
        { tenantId: id, who, action: 'tenant.put', object: { kind: 'tenant', id }, ...told },
        session,
      );
      return put;
    });
    deps.log.info(before ? 'tenant set' : 'tenant made', { tenantId: id, by: who.subject });
    res
      .status(before ? 200 : 201)
      .set('Location', `/api/v1/tenants/${id}`)
      .json(shownTenant(tenant));
  };
}

/** It is part of file keys, of topics' keys and of the names of models. */
function isTenantId(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{1,62}$/.test(text);
}

function tenantIdOf(req: Request): string {
  const id = String(req.params.id);
  if (isTenantId(id)) return id;
  throw invalidRequest([{ name: 'id', message: 'write 2 to 63 small letters, digits and dashes, a dash not first' }]);
}

async function readTenant(req: Request): Promise<Pick<TenantDoc, 'name' | 'batchOptions' | 'allowPrivateAddresses'>> {
  const {
    name,
    batch_options: batchOptions = true,
    allow_private_addresses: allowPrivateAddresses = false,
  } = await readObject(req, fields);
  const errors: NamedError[] = [];
  if (typeof name !== 'string' || !isLabel(name, 128)) {
    errors.push({ name: 'name', message: 'write the name of the tenant, in up to 128 printable characters' });
  }
  for (const [field, value] of [
    ['batch_options', batchOptions],
    ['allow_private_addresses', allowPrivateAddresses],
  ] as const) {
    if (typeof value !== 'boolean') errors.push({ name: field, message: 'write true or false, or leave it out' });
  }
  if (errors.length > 0) throw invalidRequest(errors);
  return {
    name: name as string,
    batchOptions: batchOptions === true,
    allowPrivateAddresses: allowPrivateAddresses === true,
  };
}

function shownTenant({ _id, name, batchOptions, allowPrivateAddresses }: TenantDoc) {
  return { id: _id, name, batch_options: batchOptions, allow_private_addresses: allowPrivateAddresses };
}
