/** GET /api/v1/batches/{id}/notices and POST …/resend: what payees were told, why some were not, and telling those again. */
import type { RequestHandler } from 'express';
import { batchIdOfKey, endToEndIdOf } from '../../../domain/ids.ts';
import { noticeChannels, noticeStates } from '../../../domain/notice.ts';
import { invalidRequest, type NamedError, Problem } from '../../../domain/problem.ts';
import { durationMs } from '../../../domain/switches.ts';
import type { NoticeDoc, NoticeRoundDoc } from '../../../store/notice-documents.ts';
import { type NoticeCount, type Notices, rowKeyOfNotice, rowOfNotice } from '../../../store/notices.ts';
import { actorOf } from '../../actor.ts';
import { checkedReason } from '../../commander.ts';
import type { ApiDeps } from '../../deps.ts';
import { batchOf, type Query, readObject, readQuery, tenantOf } from '../../request.ts';

/** As long as a new one is tried. */
const life = '24h';
const resendable = ['failed', 'unknown'] as const;

export function getBatchNotices(deps: ApiDeps, notices: Notices): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['channel', 'state', 'cursor', 'limit']);
    const channel = query.word('channel', noticeChannels);
    const state = query.word('state', noticeStates);
    const after = keyIn(query);
    const limit = query.whole('limit', 50, 1, 1_000);
    query.done();
    const batch = await batchOf(deps, req, tenant);
    const filter = { ...(channel && { channel }), ...(state && { state }) };
    // In this order: what is told to be done by one is found done by the next.
    const round = await notices.round(batch._id);
    const counts = await notices.counts(batch._id);
    const found = await notices.list(batch._id, filter, after, limit);
    const last = found.length === limit ? found.at(-1) : undefined;
    res.json({
      batch_id: batch._id,
      state: stateOf(round, counts),
      channels: round?.channels ?? [],
      outcomes: round?.outcomes ?? [],
      rows_looked_through: round?.row ?? 0,
      without_address: Object.fromEntries(
        Object.entries(round?.withoutAddress ?? {}).map(([name, count]) => [name, Number(count)]),
      ),
      counts: counts.map(({ reason, ...count }) => ({ ...count, reason: reason ?? null })),
      notices: found.map(shownNotice),
      next_cursor: last ? last._id.toString('base64url') : null,
    });
  };
}

/** `off`: nobody asked for any. `planning`: rows are being looked through. */
function stateOf(round: NoticeRoundDoc | undefined, counts: readonly NoticeCount[]) {
  if (!round) return 'off';
  if (round.dueAt !== null) return 'planning';
  return counts.some(({ state }) => state === 'waiting' || state === 'sending') ? 'sending' : 'done';
}

export function postNoticesResend(deps: ApiDeps, notices: Notices): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const { reason, channel, states } = await readObject(req, ['reason', 'channel', 'states']);
    const errors: NamedError[] = [];
    const why = checkedReason(reason, errors);
    const only = noticeChannels.find((one) => one === channel);
    if (channel !== undefined && !only) {
      errors.push({ name: 'channel', message: `write one of ${noticeChannels.join(', ')}, or leave it out for all` });
    }
    const wanted = readStates(states, errors);
    if (errors.length > 0) throw invalidRequest(errors);
    const batch = await batchOf(deps, req, tenant);
    const round = await notices.round(batch._id);
    if (!round)
      throw new Problem('command-not-applicable', 'no payee of this batch was to be told: notify.enable was off');
    if (batch.erasedAt) throw new Problem('personal-data-erased', 'the addresses of this batch were erased');
    const counts = await notices.counts(batch._id);
    const of = counts.filter(
      ({ state, ...one }) => wanted.some((word) => word === state) && (!only || one.channel === only),
    );
    const at = deps.now();
    // Said before it is done: said twice is better than done unsaid.
    const told = { action: 'notices.resend', object: { kind: 'batch', id: batch._id }, before: { counts: of } };
    await deps.audit.append({ tenantId: tenant._id, who: actorOf(req), at, why, ...told });
    const until = new Date(at.getTime() + durationMs(life));
    const count = await notices.resend(round, { channel: only, states: wanted, until });
    deps.log.info('notices are sent again', { tenantId: tenant._id, batchId: batch._id, count });
    res.status(202).set('Location', `/api/v1/batches/${batch._id}/notices`).json({ batch_id: batch._id, count });
  };
}

function readStates(value: unknown, errors: NamedError[]): readonly (typeof resendable)[number][] {
  if (value === undefined) return ['failed'];
  const found = resendable.filter((state) => Array.isArray(value) && value.includes(state));
  if (Array.isArray(value) && value.length > 0 && value.every((word) => resendable.some((state) => state === word)))
    return found;
  errors.push({ name: 'states', message: 'write a list of failed, unknown or both; without it those that failed' });
  return [];
}

function keyIn(query: Query): Buffer | undefined {
  const text = query.text('cursor');
  if (text === undefined) return undefined;
  const key = Buffer.from(text, 'base64url');
  if (key.length === 22) return key;
  query.problem('cursor', 'hand back next_cursor of the page before as it came');
  return undefined;
}

function shownNotice(notice: NoticeDoc) {
  const { channel, outcome, state, reason, tries, reference, at, endedAt, dueAt } = notice;
  const row = rowOfNotice(notice);
  return {
    row,
    end_to_end_id: endToEndIdOf(batchIdOfKey(rowKeyOfNotice(notice)), row),
    channel,
    outcome,
    state,
    reason: reason ?? null,
    tries: Number(tries),
    reference: reference ?? null,
    created_at: at.toISOString(),
    ended_at: endedAt?.toISOString() ?? null,
    next_try_at: state === 'waiting' ? (dueAt?.toISOString() ?? null) : null,
  };
}
