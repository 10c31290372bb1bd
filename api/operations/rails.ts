/** GET /api/v1/rails, POST …/{rail}/pause and /resume: how each rail stands, and stopping new sends over one. */
import type { Request, RequestHandler } from 'express';
import { Problem } from '../../domain/problem.ts';
import type { OperatorCommands } from '../../store/operator-commands.ts';
import type { RailHoldDoc, RailStateDoc } from '../../store/rail-documents.ts';
import { type RailHolds, resumeRail } from '../../store/rail-holds.ts';
import { type RailStanding, type RailStates, wholeHub } from '../../store/rail-states.ts';
import type { ApiDeps } from '../deps.ts';
import { readQuery, tenantOf } from '../request.ts';
import { rounded } from './batch-progress.ts';
import { readCommand } from './command-body.ts';

export function listRails(deps: ApiDeps, railStates: RailStates): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const rails = deps.rails.all;
    const standings = await railStates.of(
      tenant._id,
      rails.map(({ id }) => id),
    );
    res.json({
      rails: rails.map(({ id, type, paymentModes }) => ({
        rail: id,
        type,
        payment_modes: paymentModes,
        ...shownStanding(standings.get(id)!),
      })),
    });
  };
}

export function postRailPause(deps: ApiDeps, holds: RailHolds, commands: OperatorCommands): RequestHandler {
  return async (req, res) => {
    const { tenantId, rail, by, reason, at, isNew } = await notedCommand(deps, commands, req, 'pause-rail');
    const hold = isNew ? await holds.pause({ tenantId, rail, by, reason, at }) : await holds.of(tenantId, rail);
    deps.log.info('rail paused', { tenantId, rail });
    res.json({ rail, paused: hold ? shownHold(hold) : null });
  };
}

export function postRailResume(deps: ApiDeps, holds: RailHolds, commands: OperatorCommands): RequestHandler {
  return async (req, res) => {
    const { tenantId, rail, at, isNew } = await notedCommand(deps, commands, req, 'resume-rail');
    if (isNew) await resumeRail(deps.mongo, deps.c, deps.outbox, { tenantId, rail }, at);
    deps.log.info('rail resumed', { tenantId, rail });
    const left = await holds.of(tenantId, rail);
    res.json({ rail, paused: left ? shownHold(left) : null });
  };
}

/** What a person commands of a rail, noted once by its key. */
async function notedCommand(
  deps: ApiDeps,
  commands: OperatorCommands,
  req: Request,
  command: 'pause-rail' | 'resume-rail',
) {
  const { _id: tenantId } = await tenantOf(deps, req);
  const { actor, by, reason, idempotencyKey } = await readCommand(req);
  const rail = railOf(deps, req);
  const at = deps.now();
  const object = { kind: 'rail', id: `${tenantId}/${rail}` };
  const { isNew } = await commands.note({ actor, tenantId, object, command, by, reason, at, idempotencyKey });
  return { tenantId, rail, by, reason, at, isNew };
}

function railOf({ rails }: ApiDeps, req: Request): string {
  const id = String(req.params.rail);
  const rail = rails.all.find((each) => each.id === id);
  if (!rail) throw new Problem('not-found', 'the hub has no rail of this id: GET /api/v1/rails lists them');
  return rail.id;
}

export function shownHold({ by, reason, at, tenantId }: RailHoldDoc) {
  return { by, reason, at: at.toISOString(), scope: tenantId === wholeHub ? ('hub' as const) : ('tenant' as const) };
}

function shownStanding({ state, text, since, hold, told }: RailStanding) {
  const sum = (name: 'callsPerSecond' | 'errorsPerMinute' | 'inside' | 'waiting') =>
    told.reduce((total, doc) => total + Number(doc[name]), 0);
  const seen = told.map(({ at }) => at.getTime());
  return {
    state,
    state_text: text,
    since: since?.toISOString() ?? null,
    paused: hold ? shownHold(hold) : null,
    circuit: shownCircuit(told),
    lag: Math.max(0, ...told.map(({ lag }) => Number(lag))),
    calls_per_second: rounded(sum('callsPerSecond')),
    errors_per_minute: rounded(sum('errorsPerMinute')),
    last_error: told.find(({ lastError }) => lastError)?.lastError ?? null,
    calls_under_way: sum('inside'),
    calls_waiting: sum('waiting'),
    starts_paused_by: [...new Set(told.flatMap(({ pauses }) => pauses))].sort(),
    processes: told.length,
    last_seen_at: seen.length > 0 ? new Date(Math.max(...seen)).toISOString() : null,
  };
}

function shownCircuit(told: readonly RailStateDoc[]) {
  const open = told.filter(({ circuit }) => circuit !== 'closed');
  const since = open.flatMap(({ circuitSince }) => (circuitSince ? [circuitSince.getTime()] : []));
  const word = open.some(({ circuit }) => circuit === 'open') ? 'open' : open.length > 0 ? 'half_open' : 'closed';
  return { state: word, since: since.length > 0 ? new Date(Math.min(...since)).toISOString() : null };
}
