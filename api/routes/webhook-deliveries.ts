/** GET /api/v1/webhook-deliveries, …/{id} and POST …/{id}/resend: what was told to the tenant's addresses, each try, and telling it again. */
import type { Request, RequestHandler } from 'express';
import { isUuid } from '../../domain/ids.ts';
import { invalidRequest, type NamedError, Problem } from '../../domain/problem.ts';
import { durationMs } from '../../domain/switches.ts';
import type { TenantDoc } from '../../store/documents.ts';
import {
  createWebhookDeliveries,
  type DeliveryPlace,
  stateOf,
  type WebhookDeliveries,
  type WebhookDoc,
} from '../../store/webhook-deliveries.ts';
import { actorOf } from '../actor.ts';
import { checkedReason } from '../commander.ts';
import type { ApiDeps } from '../deps.ts';
import { isLabel, type Query, readObject, readQuery, tenantOf, uuidIn } from '../request.ts';

/** As long as a new one is tried. */
const life = '24h';

export function listWebhookDeliveries(deps: ApiDeps): RequestHandler {
  const deliveries = createWebhookDeliveries(deps.mongo, deps.c);
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['state', 'batch', 'event', 'cursor', 'limit']);
    const after = placeIn(query);
    const limit = query.whole('limit', 50, 1, 200);
    const event = query.text('event');
    if (event !== undefined && !isLabel(event, 100)) query.problem('event', 'write the name of an event');
    const filter = {
      tenantId: tenant._id,
      state: query.word('state', ['pending', 'delivered', 'given_up']),
      batchId: uuidIn(query, 'batch'),
      event,
    };
    query.done();
    const found = await deliveries.list(filter, after, limit);
    const last = found.length === limit ? found.at(-1) : undefined;
    res.json({
      webhook_deliveries: found.map(shownDelivery),
      next_cursor: last ? Buffer.from(`${last.createdAt.getTime()}/${last._id}`).toString('base64url') : null,
    });
  };
}

export function getWebhookDelivery(deps: ApiDeps): RequestHandler {
  const deliveries = createWebhookDeliveries(deps.mongo, deps.c);
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const doc = await deliveryOf(deliveries, tenant, req);
    // What is sealed says where people are paid: for whom it was sent, and not for whoever looks at deliveries.
    const { sealed, body } = doc.entry;
    res.json({ ...shownDelivery(doc), body: sealed ? null : (JSON.parse(body) as unknown) });
  };
}

export function postResend(deps: ApiDeps): RequestHandler {
  const deliveries = createWebhookDeliveries(deps.mongo, deps.c);
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const { reason } = await readObject(req, ['reason']);
    const errors: NamedError[] = [];
    const why = checkedReason(reason, errors);
    if (errors.length > 0) throw invalidRequest(errors);
    const doc = await deliveryOf(deliveries, tenant, req);
    const at = deps.now();
    const until = new Date(at.getTime() + durationMs(life));
    const waiting = await deliveries.resend(doc, { who: actorOf(req), why, at, until });
    deps.log.info('webhook is sent again', { tenantId: tenant._id, eventId: doc.entry.eventId });
    res.status(202).set('Location', `/api/v1/webhook-deliveries/${doc.entry.eventId}`).json(shownDelivery(waiting));
  };
}

async function deliveryOf(deliveries: WebhookDeliveries, tenant: TenantDoc, req: Request): Promise<WebhookDoc> {
  const id = String(req.params.id).toLowerCase();
  const doc = isUuid(id) ? await deliveries.get(tenant._id, id) : undefined;
  if (!doc) throw new Problem('not-found', 'the tenant has no webhook of this event id, or it was heard long ago');
  return doc;
}

function placeIn(query: Query): DeliveryPlace | undefined {
  const text = query.text('cursor');
  if (text === undefined) return undefined;
  const [, ms, key] = /^(\d{1,15})\/([\w/.-]{1,300})$/.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (ms !== undefined && key !== undefined) return { at: new Date(Number(ms)), key };
  query.problem('cursor', 'hand back next_cursor of the page before as it came');
  return undefined;
}

function shownDelivery(doc: WebhookDoc) {
  const { entry, batchId, createdAt, tries, dueAt, doneAt, lastError, attempts = [] } = doc;
  return {
    id: entry.eventId,
    event: entry.event,
    batch_id: batchId ?? null,
    url: entry.url,
    state: stateOf(doc),
    created_at: createdAt.toISOString(),
    tries: Number(tries),
    delivered_at: doneAt?.toISOString() ?? null,
    next_try_at: dueAt?.toISOString() ?? null,
    tried_until: entry.until.toISOString(),
    last_error: lastError ?? null,
    attempts: attempts.map(({ at, ms, status, error }) => ({
      at: at.toISOString(),
      ms: Number(ms),
      status: status === undefined ? null : Number(status),
      error: error ?? null,
    })),
  };
}
