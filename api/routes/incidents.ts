/** GET /api/v1/incidents, …/{key} and …/{key}/commands: tokens that wait for a person, one by one or grouped by their cause. */
import type { Request, RequestHandler } from 'express';
import { Problem } from '../../domain/problem.ts';
import type { TenantDoc } from '../../store/documents.ts';
import type { IncidentDoc } from '../../store/process-documents.ts';
import { type Cause, groupedMax, type ReadProcesses } from '../../store/read-processes.ts';
import { cursorOf, readCursor } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { keyOf, readQuery, tenantOf, uuidIn } from '../request.ts';

export function listIncidents(deps: ApiDeps, read: ReadProcesses): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['state', 'batch', 'cause', 'groupBy', 'cursor', 'limit']);
    const after = readCursor(query);
    const limit = query.whole('limit', 50, 1, 200);
    const groupBy = query.word('groupBy', ['cause']);
    const state = query.word('state', ['open', 'resolved', 'all']) ?? 'open';
    const filter = {
      tenantId: tenant._id,
      state: state === 'all' ? undefined : state,
      batchId: uuidIn(query, 'batch'),
      cause: uuidIn(query, 'cause'),
    };
    if (groupBy && after) query.problem('cursor', 'causes come on one page');
    query.done();
    if (groupBy) {
      const causes = await read.causes(filter);
      res.json({ causes: causes.map(shownCause), counted_max: groupedMax });
      return;
    }
    const found = await read.incidents(filter, after, limit);
    const last = found.length === limit ? found.at(-1)! : undefined;
    res.json({
      incidents: found.map(shownIncident),
      next_cursor: last ? cursorOf({ at: last.createdAt, key: last._id }) : null,
    });
  };
}

export function getIncident(deps: ApiDeps, read: ReadProcesses): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    res.json(shownIncident(await incidentOf(read, tenant, req)));
  };
}

/** What people did about it. */
export function getIncidentCommands(deps: ApiDeps, read: ReadProcesses): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const { _id: key } = await incidentOf(read, tenant, req);
    const commands = await read.incidentCommands(tenant._id, key);
    res.json({
      commands: commands.map(({ command, retries, by, reason, at }) => ({
        command,
        retries,
        by,
        reason,
        given_at: at.toISOString(),
      })),
    });
  };
}

/** The tenant's own incident named in the path; another tenant's is as absent as none. */
export async function incidentOf(read: ReadProcesses, tenant: TenantDoc, req: Request): Promise<IncidentDoc> {
  const key = keyOf(req);
  const incident = key === undefined ? undefined : await read.incident(tenant._id, key);
  if (!incident) throw new Problem('not-found', 'the tenant has no incident of this key, or it was resolved long ago');
  return incident;
}

export function shownIncident(doc: IncidentDoc) {
  return {
    key: doc._id,
    state: doc.state,
    cause: doc.cause,
    error_type: doc.errorType,
    message: doc.message,
    process_instance_key: doc.instanceKey,
    model_key: doc.modelKey,
    process_id: doc.processId,
    version: doc.version,
    element_id: doc.elementId,
    job_key: doc.jobKey ?? null,
    job_type: doc.jobType ?? null,
    batch_id: doc.batchId ?? null,
    sub_batch_id: doc.subBatchId ?? null,
    row: doc.row ?? null,
    rail: doc.rail ?? null,
    end_to_end_id: doc.endToEndId ?? null,
    created_at: doc.createdAt.toISOString(),
    resolved_at: doc.resolvedAt?.toISOString() ?? null,
  };
}

function shownCause({ cause, count, firstAt, lastAt, newest }: Cause) {
  return {
    cause,
    count,
    first_at: firstAt.toISOString(),
    last_at: lastAt.toISOString(),
    process_id: newest.processId,
    element_id: newest.elementId,
    error_type: newest.errorType,
    message: newest.message,
    newest: newest._id,
  };
}
