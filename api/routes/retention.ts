/** GET and PUT /api/v1/tenants/{id}/retention, POST and DELETE /api/v1/batches/{id}/legal-hold: how long personal data are kept, and what is kept longer. */
import type { Request, RequestHandler } from 'express';
import { invalidRequest, Problem } from '../../domain/problem.ts';
import { durationMs } from '../../domain/switches.ts';
import type { BatchDoc } from '../../store/documents.ts';
import { liftLegalHold, setLegalHold } from '../../store/legal-hold.ts';
import { readReason } from '../commander.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, readObject, tenantOf } from '../request.ts';
import { changeTenant, ownTenant } from './switches.ts';

const day = 86_400_000;
const daysMax = 36_500;

export function getRetention(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const { personalDataKeep } = await ownTenant(deps, req);
    res.json(shown(deps, personalDataKeep));
  };
}

export function putRetention(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const { keep: given = null } = await readObject(req, ['keep']);
    const keep = given === null ? undefined : given;
    if (keep !== undefined && !isKeep(keep)) {
      throw invalidRequest([{ name: 'keep', message: `write days from 1d to ${daysMax}d, or null for the hub's own` }]);
    }
    await changeTenant(deps, req, tenant, 'retention.set', async (session) => {
      const before = await deps.tenants.setPersonalDataKeep(tenant._id, keep, session);
      return { before: { keep: before.personalDataKeep ?? null }, after: { keep: keep ?? null } };
    });
    deps.log.info('retention set', { tenantId: tenant._id, keep: keep ?? 'default' });
    res.json(shown(deps, keep));
  };
}

function isKeep(keep: unknown): keep is string {
  return (
    typeof keep === 'string' && /^\d{1,5}d$/.test(keep) && durationMs(keep) >= day && durationMs(keep) <= daysMax * day
  );
}

function shown({ personalDataKeep }: ApiDeps, own: string | undefined) {
  return { keep: own ?? personalDataKeep, is_default: own === undefined };
}

export function postLegalHold(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const held = await setLegalHold(deps.mongo, deps.c, await askedHold(deps, req));
    if (held.erasedAt) throw erasedProblem(held.erasedAt);
    deps.log.info('legal hold set', { batchId: held._id });
    res.json({ batch_id: held._id, legal_hold: shownHold(held) });
  };
}

export function deleteLegalHold(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const free = await liftLegalHold(deps.mongo, deps.c, await askedHold(deps, req));
    deps.log.info('legal hold lifted', { batchId: free._id });
    res.json({ batch_id: free._id, legal_hold: shownHold(free) });
  };
}

async function askedHold(deps: ApiDeps, req: Request) {
  const tenant = await tenantOf(deps, req);
  const said = await readReason(req);
  return { batch: await batchOf(deps, req, tenant), ...said, at: deps.now() };
}

export function shownHold({ legalHold }: BatchDoc) {
  return legalHold ? { by: legalHold.by, reason: legalHold.reason, since: legalHold.at.toISOString() } : null;
}

/** Asked for what needs personal data that are no more. */
export function erasedProblem(at: Date): Problem {
  return new Problem('personal-data-erased', `the batch's files and personal data were erased at ${at.toISOString()}`, {
    erased_at: at.toISOString(),
  });
}
