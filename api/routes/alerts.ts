/** GET /api/v1/alerts: what a person should look at, of the tenant and of the hub itself. */
import type { RequestHandler } from 'express';
import { type AlertDoc, alertKinds } from '../../store/alert-documents.ts';
import { listAlerts } from '../../store/alerts.ts';
import { hubWide } from '../../store/audit.ts';
import type { ApiDeps } from '../deps.ts';
import { readQuery, tenantOf } from '../request.ts';

export function getAlerts(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['state', 'kind', 'limit']);
    const state = query.word('state', ['open', 'closed', 'all']) ?? 'open';
    const kind = query.word('kind', alertKinds);
    const limit = query.whole('limit', 100, 1, 1_000);
    query.done();
    const filter = { tenantId: tenant._id, kind, state: state === 'all' ? undefined : state };
    const found = await listAlerts(deps.c, filter, limit);
    res.json({ alerts: found.map(shownAlert) });
  };
}

function shownAlert({ tenantId, kind, subject, detail, state, openedAt, seenAt, closedAt, times }: AlertDoc) {
  return {
    kind,
    of: tenantId === hubWide ? 'hub' : 'tenant',
    subject,
    detail,
    state,
    opened_at: openedAt.toISOString(),
    seen_at: seenAt.toISOString(),
    closed_at: closedAt?.toISOString() ?? null,
    times: Number(times),
  };
}
