/** POST /api/v1/incidents/resolve: many incidents of one cause or batch tried again together, after a preview. */
import type { RequestHandler } from 'express';
import { isUuid } from '../../domain/ids.ts';
import { Problem } from '../../domain/problem.ts';
import type { IncidentDoc } from '../../store/process-documents.ts';
import type { ReadProcesses } from '../../store/read-processes.ts';
import type { ApiDeps } from '../deps.ts';
import { tenantOf } from '../request.ts';
import { shownIncident } from '../routes/incidents.ts';
import { resolveIncident } from '../routes/post-resolve.ts';
import { readCommand } from './command-body.ts';

/** Resolved in one request; what is left over is told, and asked for again. */
const atOnceMax = 500;
const sideBySide = 8;
const sampleMax = 5;
const retriesByDefault = 3;
const retriesMax = 100;

type Asked = {
  readonly cause?: string;
  readonly batch?: string;
  readonly keys?: readonly string[];
  readonly retries?: number;
  readonly dryRun?: boolean;
};

export function postResolveIncidents(deps: ApiDeps, read: ReadProcesses): RequestHandler {
  return async (req, res) => {
    const { _id: tenantId } = await tenantOf(deps, req);
    const { actor, by, reason, fields } = await readCommand(
      req,
      ['cause', 'batch', 'keys', 'retries', 'dryRun'],
      check,
    );
    const { cause, batch, keys, retries = retriesByDefault, dryRun = false } = fields as Asked;
    const filter = { tenantId, state: 'open' as const, cause: cause?.toLowerCase(), batchId: batch?.toLowerCase() };
    const found = keys
      ? (await Promise.all(keys.map((key) => read.incident(tenantId, key)))).flatMap((one) => one ?? [])
      : await read.incidents(filter, undefined, atOnceMax + 1);
    const open = found.filter(({ state }) => state === 'open');
    const chosen = open.slice(0, atOnceMax);
    const failed: { key: string; detail: string }[] = [];
    if (!dryRun) {
      for (let at = 0; at < chosen.length; at += sideBySide) {
        const some = chosen.slice(at, at + sideBySide);
        const ended = await Promise.all(some.map((one) => resolved(deps, one, { actor, by, reason, retries })));
        failed.push(...ended.flatMap((one) => one ?? []));
      }
      deps.log.info('incidents resolved', { by, chosen: chosen.length, failed: failed.length });
    }
    res.status(dryRun ? 200 : 202).json({
      dry_run: dryRun,
      incidents: open.length,
      at_least: open.length > atOnceMax,
      batches: new Set(open.flatMap(({ batchId }) => batchId ?? [])).size,
      sample: chosen.slice(0, sampleMax).map(shownIncident),
      resolved: dryRun ? 0 : chosen.length - failed.length,
      failed,
      left: open.length - chosen.length,
    });
  };
}

function check(given: Readonly<Record<string, unknown>>, problem: (name: string, message: string) => void): void {
  const { cause, batch, keys, retries, dryRun } = given;
  for (const [name, value] of Object.entries({ cause, batch })) {
    if (value !== undefined && (typeof value !== 'string' || !isUuid(value))) problem(name, 'write a UUID');
  }
  const isKeys = Array.isArray(keys) && keys.length > 0 && keys.length <= atOnceMax;
  if (keys !== undefined && !(isKeys && keys.every((key) => /^\d{1,19}$/.test(String(key))))) {
    problem('keys', `write a list of 1 to ${atOnceMax} keys of incidents`);
  }
  if ([cause, batch, keys].every((value) => value === undefined)) {
    problem('cause', 'say which incidents: by cause, batch or keys');
  }
  if (retries !== undefined && !(Number.isInteger(retries) && Number(retries) >= 1 && Number(retries) <= retriesMax)) {
    problem('retries', `write a whole number from 1 to ${retriesMax}`);
  }
  if (dryRun !== undefined && typeof dryRun !== 'boolean') problem('dryRun', 'write true or false');
}

/** One that cannot be reached now does not keep the others from being tried. */
async function resolved(
  deps: ApiDeps,
  incident: IncidentDoc,
  given: Parameters<typeof resolveIncident>[2],
): Promise<{ key: string; detail: string } | undefined> {
  try {
    await resolveIncident(deps, incident, given);
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { key: incident._id, detail: error.message };
  }
}
