/** GET and POST /api/v1/notice-opt-outs, DELETE …/{id}: payees who want no notices. Who they are stands in bodies alone, never in an address that is logged. */
import type { RequestHandler } from 'express';
import { noticeChannels, type PayeeIdentity, readAddress } from '../../../domain/notice.ts';
import { invalidRequest, type NamedError, Problem } from '../../../domain/problem.ts';
import { identifierTypeOf, identifierTypes } from '../../../domain/row-check.ts';
import { masked } from '../../../platform/log.ts';
import type { OptOutDoc } from '../../../store/notice-documents.ts';
import { idOf, type OptOuts } from '../../../store/opt-outs.ts';
import { actorOf } from '../../actor.ts';
import { callerOf } from '../../caller.ts';
import { checkedReason } from '../../commander.ts';
import type { ApiDeps } from '../../deps.ts';
import { isLabel, type Query, readObject, readQuery, tenantOf } from '../../request.ts';

const idShape = /^[\w-]{43}$/;

export function listOptOuts(deps: ApiDeps, optOuts: OptOuts): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['cursor', 'limit']);
    const after = placeIn(query);
    const limit = query.whole('limit', 50, 1, 1_000);
    query.done();
    const found = await optOuts.list(tenant._id, after, limit);
    const last = found.length === limit ? found.at(-1) : undefined;
    res.json({
      opt_outs: found.map(shownOptOut),
      next_cursor: last ? Buffer.from(`${last.at.getTime()}/${idOf(last)}`).toString('base64url') : null,
    });
  };
}

/** The same again answers the first. */
export function postOptOut(deps: ApiDeps, optOuts: OptOuts): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const body = await readObject(req, ['identifier_type', 'identifier', 'channel', 'reason']);
    const errors: NamedError[] = [];
    const reason = checkedReason(body.reason, errors);
    const identity = readIdentity(body, errors);
    const channel = noticeChannels.find((one) => one === body.channel);
    if (body.channel !== undefined && !channel) {
      errors.push({ name: 'channel', message: `write one of ${noticeChannels.join(', ')}, or leave it out for all` });
    }
    if (errors.length > 0) throw invalidRequest(errors);
    const asked = { tenantId: tenant._id, identity, channel, by: callerOf(req).subject, reason, at: deps.now() };
    const { optOut, isNew } = await optOuts.add(asked, actorOf(req));
    deps.log.info('payee opted out', { tenantId: tenant._id, optOut: idOf(optOut), isNew });
    res.status(isNew ? 201 : 200).json(shownOptOut(optOut));
  };
}

export function deleteOptOut(deps: ApiDeps, optOuts: OptOuts): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const errors: NamedError[] = [];
    const why = checkedReason((await readObject(req, ['reason'])).reason, errors);
    if (errors.length > 0) throw invalidRequest(errors);
    const id = String(req.params.id);
    const removed =
      idShape.test(id) && (await optOuts.remove(tenant._id, id, { who: actorOf(req), why, at: deps.now() }));
    if (!removed) throw new Problem('not-found', 'the tenant has no opt-out of this id');
    deps.log.info('payee opted in again', { tenantId: tenant._id, optOut: id });
    res.json(shownOptOut(removed));
  };
}

function readIdentity(
  { identifier_type: type, identifier: id }: Readonly<Record<string, unknown>>,
  errors: NamedError[],
): PayeeIdentity {
  const known = typeof type === 'string' ? identifierTypeOf(type) : undefined;
  if (!known) errors.push({ name: 'identifier_type', message: `write one of ${identifierTypes.join(', ')}` });
  const channel = known === 'msisdn' ? 'sms' : known === 'email' ? 'email' : undefined;
  if (typeof id !== 'string' || !isLabel(id.trim(), 254)) {
    errors.push({ name: 'identifier', message: 'write whom payments name, in up to 254 printable characters' });
  } else if (channel && !readAddress(id.trim(), channel)) {
    const what = channel === 'sms' ? 'a phone number of 5 to 15 digits' : 'one e-mail address';
    errors.push({ name: 'identifier', message: `is none of ${known}: write ${what}` });
  }
  return { type: known ?? '', id: typeof id === 'string' ? id.trim() : '' };
}

function placeIn(query: Query): { readonly at: Date; readonly id: string } | undefined {
  const text = query.text('cursor');
  if (text === undefined) return undefined;
  const [, ms, id] = /^(\d{1,15})\/([\w-]{43})$/.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (ms !== undefined && id !== undefined) return { at: new Date(Number(ms)), id };
  query.problem('cursor', 'hand back next_cursor of the page before as it came');
  return undefined;
}

function shownOptOut(optOut: OptOutDoc) {
  const { identity, channel, by, reason, at } = optOut;
  return {
    id: idOf(optOut),
    identifier_type: identity.type,
    identifier: masked(identity.id),
    channel: channel ?? null,
    by,
    reason,
    at: at.toISOString(),
  };
}
