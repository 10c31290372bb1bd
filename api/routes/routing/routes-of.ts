/** What the routes of routing share: the route named in the path, and answers for what was accepted or not. */
import { isUuid } from '../../../domain/ids.ts';
import { Problem } from '../../../domain/problem.ts';
import type { AcceptedRoute } from '../../../store/accept-route.ts';
import type { TenantDoc } from '../../../store/documents.ts';
import type { RouteDoc } from '../../../store/route-documents.ts';
import type { ApiDeps } from '../../deps.ts';
import type { Query } from '../../request.ts';
import type { RequestHeaders } from '../../route-request.ts';
import { refusalProblem } from '../wallets/money.ts';

/** The tenant's own, named in the path; another tenant's is as absent as none. */
export async function routeOf(
  { c }: Pick<ApiDeps, 'c'>,
  id: string,
  tenant: TenantDoc,
  kind: RouteDoc['kind'],
): Promise<RouteDoc> {
  const _id = id.toLowerCase();
  const route = isUuid(_id) ? await c.routes.findOne({ _id, tenantId: tenant._id, kind }) : undefined;
  if (!route)
    throw new Problem('route-not-found', `the tenant has no ${kind} of this id: check it and Platform-TenantId`);
  return route;
}

/** The id of what was accepted, now or before; throws why it was not. */
export function acceptedId(
  accepted: AcceptedRoute,
  { idempotencyKey }: RequestHeaders,
  from: string,
): { readonly id: string; readonly isReplayed: boolean } {
  if (accepted.kind === 'keyReused') {
    const key = idempotencyKey === undefined ? 'X-CorrelationID' : 'Idempotency-Key';
    throw new Problem('idempotency-key-reused', `this ${key} came before with another request: use a new one`);
  }
  if (accepted.kind === 'refused') throw refusalProblem(accepted, from);
  return { id: accepted.routeId, isReplayed: accepted.kind === 'replayed' };
}

export type Page = { readonly at: Date; readonly key: string };

export function placeText({ createdAt, _id }: RouteDoc): string {
  return Buffer.from(`${createdAt.getTime()}/${_id}`).toString('base64url');
}

export function readPlace(query: Query): Page | undefined {
  const text = query.text('cursor');
  if (text === undefined) return undefined;
  const [, ms, key = ''] = /^(\d{1,15})\/(.{36})$/.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (ms !== undefined && isUuid(key)) return { at: new Date(Number(ms)), key };
  query.problem('cursor', 'hand back next_cursor of the page before as it came');
  return undefined;
}

/** Newest first; one more than asked for says that there are more. */
export async function pageOf(
  { c }: Pick<ApiDeps, 'c'>,
  where: Partial<Pick<RouteDoc, 'tenantId' | 'kind' | 'from' | 'status'>>,
  limit: number,
  after: Page | undefined,
): Promise<{ readonly page: RouteDoc[]; readonly next: string | null }> {
  const found = await c.routes
    .find({
      ...where,
      ...(after && { $or: [{ createdAt: { $lt: after.at } }, { createdAt: after.at, _id: { $lt: after.key } }] }),
    })
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit + 1)
    .toArray();
  const page = found.slice(0, limit);
  return { page, next: found.length > limit ? placeText(page.at(-1)!) : null };
}
