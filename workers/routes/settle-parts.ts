/** Settles a round of a route as far as its parts have their outcomes, and tells the caller when all have. */
import { uuidOf } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money.ts';
import { durationMs } from '../../domain/switches.ts';
import { type JobType, textVariable, wholeVariable } from '../../platform/job.ts';
import { roundId } from '../../store/accept-route.ts';
import type { RoundDoc, RouteDoc } from '../../store/route-documents.ts';
import { webhookLife } from '../bulk-transfer/send-acknowledgement.ts';
import type { WorkerDeps } from '../deps.ts';

const firstLookMs = 2_000;
const lastLookMs = 600_000;

export function settleParts(deps: WorkerDeps): JobType {
  const { settleRound, log, now } = deps;
  return {
    type: 'settle-parts',
    variables: ['routeId', 'round'],
    jobsMax: 16,
    async handle(job) {
      const id = roundId(textVariable(job, 'routeId'), wholeVariable(job, 'round'));
      const { open, route, round } = await settleRound(id);
      if (open === 0) {
        log.info('parts settled', { routeId: route._id, round: round.k, status: route.status });
        await tellCaller(deps, route, round);
      }
      return { openParts: open, waitFor: waitFor(now().getTime() - round.at.getTime()) };
    },
  };
}

/** A tenth of its age: sooner for the young, and never rarer than every ten minutes. */
function waitFor(ageMs: number): string {
  return `PT${Math.round(Math.min(lastLookMs, Math.max(firstLookMs, ageMs / 10)) / 1_000)}S`;
}

async function tellCaller({ outbox, publicUrl, now }: WorkerDeps, route: RouteDoc, round: RoundDoc): Promise<void> {
  const { _id: routeId, tenantId, callbackUrl: url, kind, currency, minor, status, requestId, from } = route;
  if (url === undefined) return;
  const event = `${kind}.settled`;
  const eventId = uuidOf(`${round._id}/${event}`);
  const path = kind === 'route' ? `routes/${routeId}` : `wallets/${from}/withdrawals/${routeId}`;
  const body = JSON.stringify({
    event_id: eventId,
    event,
    occurred_at: now().toISOString(),
    [`${kind}_id`]: routeId,
    request_id: requestId ?? null,
    tenant_id: tenantId,
    round: round.k,
    status,
    amount: formatMoney({ minor, currency }),
    currency,
    status_url: `${publicUrl}/api/v1/${path}`,
  });
  const until = new Date(now().getTime() + durationMs(webhookLife));
  const entry = { kind: 'webhook', url, event, eventId, body, until } as const;
  await outbox.add([{ id: `webhook/${round._id}/${eventId}`, tenantId, entry }]);
}
