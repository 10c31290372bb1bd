/** POST /api/v1/incidents/{key}/resolve: a step that failed for good is tried again, because a person says so. */
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import type { Actor } from '../../domain/audit-chain.ts';
import { invalidRequest, type NamedError, Problem } from '../../domain/problem.ts';
import { isBackpressure } from '../../platform/zeebe.ts';
import type { IncidentDoc } from '../../store/process-documents.ts';
import type { ReadProcesses } from '../../store/read-processes.ts';
import { actorOf } from '../actor.ts';
import { checkedReason, commander } from '../commander.ts';
import type { ApiDeps } from '../deps.ts';
import { readObject, readQuery, tenantOf } from '../request.ts';
import { incidentOf, shownIncident } from './incidents.ts';

const retriesByDefault = 3;
const retriesMax = 100;

export function postResolve(deps: ApiDeps, read: ReadProcesses): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const by = commander(req);
    const { reason, retries } = await readResolve(req);
    const incident = await incidentOf(read, tenant, req);
    if (incident.state === 'resolved') {
      res.json(shownIncident(incident));
      return;
    }
    await resolveIncident(deps, incident, { actor: actorOf(req), by, reason, retries });
    res.status(202).set('Location', `/api/v1/incidents/${incident._id}`).json(shownIncident(incident));
  };
}

/** Tried again, whoever asks and however many go together: said first, then done. */
export async function resolveIncident(
  deps: ApiDeps,
  incident: IncidentDoc,
  given: { readonly actor: Actor; readonly by: string; readonly reason: string; readonly retries: number },
): Promise<void> {
  const { actor, by, reason, retries } = given;
  const at = deps.now();
  const { _id: incidentKey, tenantId = '' } = incident;
  // Said before it is done: what was tried is known even if the answer is lost.
  const _id = `${incidentKey}/${String(at.getTime()).padStart(15, '0')}-${randomUUID().slice(0, 8)}`;
  const command = { _id, tenantId, incidentKey, command: 'resolve', retries, by, reason, at } as const;
  const { batchId, processId, elementId, errorType } = incident;
  const told = {
    action: 'incident.resolve',
    object: { kind: 'incident', id: incidentKey },
    before: { batchId, processId, elementId, errorType },
    after: { retries },
  };
  await deps.mongo.transaction(async (session) => {
    await deps.c.incidentCommands.insertOne(command, { session });
    await deps.audit.append({ tenantId, who: actor, at, why: reason, ...told }, session);
  });
  const isResolvedNow = await resolve(deps, incident, retries);
  deps.log.info('incident resolved', { incidentKey, by, retries, isResolvedNow });
}

async function readResolve(req: Request): Promise<{ reason: string; retries: number }> {
  const { reason, retries = retriesByDefault } = await readObject(req, ['reason', 'retries']);
  const errors: NamedError[] = [];
  if (!Number.isInteger(retries) || Number(retries) < 1 || Number(retries) > retriesMax) {
    errors.push({ name: 'retries', message: `write a whole number from 1 to ${retriesMax}` });
  }
  const why = checkedReason(reason, errors);
  if (errors.length > 0) throw invalidRequest(errors);
  return { reason: why, retries: Number(retries) };
}

/** False where somebody was faster, which monitoring has not heard of yet. */
async function resolve({ zeebe }: ApiDeps, { _id, jobKey }: IncidentDoc, retries: number): Promise<boolean> {
  try {
    return await zeebe.resolveIncident(_id, jobKey === undefined ? undefined : { key: jobKey, retries });
  } catch (error) {
    if (!isBackpressure(error)) throw error;
    throw new Problem('unavailable', 'Zeebe is away or has too much to do: try again in a moment', {}, error);
  }
}
