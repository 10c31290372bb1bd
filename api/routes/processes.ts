/** GET /api/v1/processes, …/{key}/model, …/{key}/heat and /api/v1/batches/{id}/heat: models, and where their instances are. */
import type { RequestHandler } from 'express';
import { Problem } from '../../domain/problem.ts';
import type { TenantDoc } from '../../store/documents.ts';
import type { ElementCounts, ProcessModelDoc } from '../../store/process-documents.ts';
import type { Counts, Heat, ReadProcesses } from '../../store/read-processes.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, keyOf, readQuery, tenantOf } from '../request.ts';

const none: Counts = { started: 0, completed: 0, terminated: 0, incidents: 0 };

export function listProcesses(deps: ApiDeps, read: ReadProcesses): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const [models, heat] = await Promise.all([read.models(tenant._id), read.heat(tenant._id)]);
    const countsOf = new Map(heat.map((each) => [each.modelKey, each]));
    res.json({
      processes: models.map((model) => ({
        key: model._id,
        process_id: model.processId,
        version: model.version,
        resource_name: model.resourceName,
        deployed_at: model.deployedAt.toISOString(),
        ...shownCounts(countsOf.get(model._id) ?? none),
      })),
    });
  };
}

export function getProcessModel(deps: ApiDeps, read: ReadProcesses): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const { xml } = await modelOf(read, tenant, keyOf(req));
    res.type('application/xml').send(xml);
  };
}

export function getProcessHeat(deps: ApiDeps, read: ReadProcesses): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const { _id: modelKey, processId, version } = await modelOf(read, tenant, keyOf(req));
    const [heat] = await read.heat(tenant._id, { modelKey });
    res.json(shownHeat(heat ?? { modelKey, processId, version, ...none, elements: [] }));
  };
}

export function getBatchHeat(deps: ApiDeps, read: ReadProcesses): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const { _id: batchId } = await batchOf(deps, req, tenant);
    const heat = await read.heat(tenant._id, { batchId });
    res.json({ batch_id: batchId, processes: heat.map(shownHeat) });
  };
}

async function modelOf(read: ReadProcesses, tenant: TenantDoc, key: string | undefined): Promise<ProcessModelDoc> {
  const model = key === undefined ? undefined : await read.model(tenant._id, key);
  if (!model) throw new Problem('not-found', 'there is no model of this key: GET /api/v1/processes lists them');
  return model;
}

function shownHeat({ modelKey, processId, version, elements, ...counts }: Heat) {
  return {
    key: modelKey,
    process_id: processId,
    version,
    ...shownCounts(counts),
    elements: elements.map(shownElement),
  };
}

/** What is told of instances that began before the records that are kept may make "active" too small, never below nothing. */
function shownCounts({ started, completed, terminated, incidents }: Counts) {
  const active = Math.max(0, started - completed - terminated);
  return { instances: { active, completed, terminated }, incidents: Math.max(0, incidents) };
}

function shownElement({ id, entered, completed, terminated, incidents }: ElementCounts) {
  const active = Math.max(0, entered - completed - terminated);
  return { element_id: id, active, completed, terminated, incidents: Math.max(0, incidents) };
}
