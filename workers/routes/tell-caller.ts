/** Tells whoever sent a route or a withdrawal that something of it has ended, once by its cause. */
import { uuidOf } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money.ts';
import { durationMs } from '../../domain/switches.ts';
import type { RouteDoc } from '../../store/route-documents.ts';
import { webhookLife } from '../bulk-transfer/send-acknowledgement.ts';
import type { WorkerDeps } from '../deps.ts';

type Ended = {
  readonly word: 'settled' | 'reversed';
  /** The same after any replay. */
  readonly cause: string;
  readonly facts: Readonly<Record<string, unknown>>;
};

export async function tellCaller(
  { outbox, publicUrl, now }: WorkerDeps,
  route: RouteDoc,
  { word, cause, facts }: Ended,
): Promise<void> {
  const { _id: routeId, tenantId, callbackUrl: url, kind, currency, minor, status, requestId, from } = route;
  if (url === undefined) return;
  const event = `${kind}.${word}`;
  const eventId = uuidOf(`${cause}/${event}`);
  const path = kind === 'route' ? `routes/${routeId}` : `wallets/${from}/withdrawals/${routeId}`;
  const body = JSON.stringify({
    event_id: eventId,
    event,
    occurred_at: now().toISOString(),
    [`${kind}_id`]: routeId,
    request_id: requestId ?? null,
    tenant_id: tenantId,
    ...facts,
    status,
    amount: formatMoney({ minor, currency }),
    currency,
    status_url: `${publicUrl}/api/v1/${path}`,
  });
  const until = new Date(now().getTime() + durationMs(webhookLife));
  const entry = { kind: 'webhook', url, event, eventId, body, until } as const;
  await outbox.add([{ id: `webhook/${cause}/${eventId}`, tenantId, entry }]);
}

/** Once each part of a reversal has its end. */
export async function tellIfReversed(deps: WorkerDeps, route: RouteDoc): Promise<void> {
  const { _id, reversal } = route;
  if (!reversal?.doneAt) return;
  const { k } = reversal;
  await tellCaller(deps, route, { word: 'reversed', cause: `${_id}/reversal/${k}`, facts: { reversal: k } });
}
