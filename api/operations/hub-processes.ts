/** GET /api/v1/hub/process-instances and /hub/incidents, POST …/{key}/resolve: what works for no tenant, for whoever administers the hub. */
import type { RequestHandler } from 'express';
import { Problem } from '../../domain/problem.ts';
import { hubWide } from '../../store/audit.ts';
import type { Orphans } from '../../store/orphans.ts';
import { cursorOf, readCursor } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { keyOf, readQuery } from '../request.ts';
import { shownIncident } from '../routes/incidents.ts';
import { resolveIncident } from '../routes/post-resolve.ts';
import { shownInstance } from '../routes/process-instances.ts';
import { readCommand } from './command-body.ts';

const retriesByDefault = 3;

export function listHubInstances(orphans: Orphans): RequestHandler {
  return async (req, res) => {
    const query = readQuery(req, ['state', 'cursor', 'limit']);
    const state = query.word('state', ['active', 'completed', 'terminated']);
    const after = readCursor(query);
    const limit = query.whole('limit', 50, 1, 200);
    query.done();
    const found = await orphans.instances(state, after, limit);
    const last = found.length === limit ? found.at(-1) : undefined;
    res.json({
      process_instances: found.map(shownInstance),
      next_cursor: last ? cursorOf({ at: last.startedAt, key: last._id }) : null,
    });
  };
}

export function listHubIncidents(orphans: Orphans): RequestHandler {
  return async (req, res) => {
    const query = readQuery(req, ['state', 'cursor', 'limit']);
    const state = query.word('state', ['open', 'resolved', 'all']) ?? 'open';
    const after = readCursor(query);
    const limit = query.whole('limit', 50, 1, 200);
    query.done();
    const found = await orphans.incidents(state === 'all' ? undefined : state, after, limit);
    const last = found.length === limit ? found.at(-1) : undefined;
    res.json({
      incidents: found.map(shownIncident),
      next_cursor: last ? cursorOf({ at: last.createdAt, key: last._id }) : null,
    });
  };
}

export function postHubResolve(deps: ApiDeps, orphans: Orphans): RequestHandler {
  return async (req, res) => {
    const { actor, by, reason } = await readCommand(req);
    const key = keyOf(req);
    const incident = key === undefined ? undefined : await orphans.incident(key);
    if (!incident) throw new Problem('not-found', 'the hub has no incident of this key that is of no tenant');
    const isOpen = incident.state === 'open';
    if (isOpen) {
      const own = { ...incident, tenantId: hubWide };
      await resolveIncident(deps, own, { actor, by, reason, retries: retriesByDefault });
    }
    res.status(isOpen ? 202 : 200).json(shownIncident(incident));
  };
}
