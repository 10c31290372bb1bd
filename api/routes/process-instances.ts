/** GET /api/v1/process-instances and …/{key}: what runs and what ran, by model, state, batch or payment; one with its elements. */
import type { RequestHandler } from 'express';
import { Problem } from '../../domain/problem.ts';
import type { ElementDoc, ProcessInstanceDoc } from '../../store/process-documents.ts';
import type { ReadProcesses } from '../../store/read-processes.ts';
import { cursorOf, readCursor } from '../cursor.ts';
import type { ApiDeps } from '../deps.ts';
import { isLabel, keyOf, type Query, readQuery, tenantOf, uuidIn } from '../request.ts';
import { shownIncident } from './incidents.ts';

const incidentsMax = 100;

export function listProcessInstances(deps: ApiDeps, read: ReadProcesses): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['process', 'version', 'state', 'batch', 'payment', 'cursor', 'limit']);
    const after = readCursor(query);
    const limit = query.whole('limit', 50, 1, 200);
    const version = query.whole('version', 0, 1, 1_000_000);
    const filter = {
      tenantId: tenant._id,
      processId: processIn(query),
      version: version || undefined,
      state: query.word('state', ['active', 'completed', 'terminated']),
      batchId: uuidIn(query, 'batch'),
      payment: uuidIn(query, 'payment'),
    };
    if (version > 0 && !filter.processId)
      query.problem('version', 'name the process too: versions are counted per process');
    query.done();
    const found = await read.instances(filter, after, limit);
    const last = found.length === limit ? found.at(-1)! : undefined;
    res.json({
      process_instances: found.map(shownInstance),
      next_cursor: last ? cursorOf({ at: last.startedAt, key: last._id }) : null,
    });
  };
}

export function getProcessInstance(deps: ApiDeps, read: ReadProcesses): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const key = keyOf(req);
    const instance = key === undefined ? undefined : await read.instance(tenant._id, key);
    if (!instance) {
      throw new Problem('not-found', 'the tenant has no process instance of this key, or it ended long ago');
    }
    const filter = { tenantId: tenant._id, instanceKey: instance._id };
    const incidents = await read.incidents(filter, undefined, incidentsMax);
    res.json({
      ...shownInstance(instance),
      elements: instance.elements.map(shownElement),
      open_incidents: incidents.filter(({ state }) => state === 'open').map(shownIncident),
    });
  };
}

function processIn(query: Query): string | undefined {
  const text = query.text('process');
  if (text !== undefined && !isLabel(text, 200))
    query.problem('process', 'write the id of a process, such as bulk-transfer');
  return text;
}

export function shownInstance(doc: ProcessInstanceDoc) {
  return {
    key: doc._id,
    model_key: doc.modelKey,
    process_id: doc.processId,
    version: doc.version,
    state: doc.state,
    started_at: doc.startedAt.toISOString(),
    ended_at: doc.endedAt?.toISOString() ?? null,
    incidents: doc.incidents,
    parent: doc.parent ?? null,
    batch_id: doc.batchId ?? null,
    sub_batch_id: doc.subBatchId ?? null,
    row: doc.row ?? null,
    rail: doc.rail ?? null,
    end_to_end_id: doc.endToEndId ?? null,
  };
}

function shownElement(element: ElementDoc) {
  const { id, type, entered, completed, terminated, incidents, failures, firstAt, lastAt, lastFailure } = element;
  return {
    element_id: id,
    type,
    active: Math.max(0, entered - completed - terminated),
    completed,
    terminated,
    incidents,
    first_at: firstAt.toISOString(),
    last_at: lastAt.toISOString(),
    failures,
    last_failure: lastFailure
      ? {
          at: lastFailure.at.toISOString(),
          job_type: lastFailure.jobType,
          retries: lastFailure.retries,
          message: lastFailure.message,
        }
      : null,
  };
}
