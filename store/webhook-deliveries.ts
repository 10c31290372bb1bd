/** Webhooks as the outbox has them: what was sent where, each try, and having one sent again. */
import type { Actor } from '../domain/audit-chain.ts';
import type { BatchId, TenantId } from '../domain/ids.ts';
import type { Filter, Mongo } from '../platform/mongo.ts';
import { appendAudit } from './audit.ts';
import { type Collections, webhooksOfTenant } from './collections.ts';
import type { OutboxDoc, OutboxEntry } from './documents.ts';

export type WebhookDoc = Omit<OutboxDoc, 'entry'> & { readonly entry: Extract<OutboxEntry, { kind: 'webhook' }> };

export type DeliveryState = 'pending' | 'delivered' | 'given_up';

export type DeliveryFilter = {
  readonly tenantId: TenantId;
  readonly state?: DeliveryState;
  readonly batchId?: BatchId;
  readonly event?: string;
};

export type DeliveryPlace = { readonly at: Date; readonly key: string };

export type WebhookDeliveries = ReturnType<typeof createWebhookDeliveries>;

/** One that is tried anyway within this time is left to that try. */
const soonMs = 60_000;

export function createWebhookDeliveries(
  mongo: Pick<Mongo, 'transaction'>,
  c: Pick<Collections, 'outbox' | 'tenants' | 'auditEntries' | 'auditUnsealed'>,
) {
  async function get(tenantId: TenantId, eventId: string): Promise<WebhookDoc | undefined> {
    const filter = { tenantId, 'entry.kind': 'webhook', 'entry.eventId': eventId } as Filter<OutboxDoc>;
    return ((await c.outbox.findOne(filter)) as WebhookDoc | null) ?? undefined;
  }

  return {
    get,

    /** Newest first, after `after`. */
    async list(filter: DeliveryFilter, after: DeliveryPlace | undefined, limit: number): Promise<WebhookDoc[]> {
      const found = c.outbox
        .find(queryOf(filter, after))
        .hint(webhooksOfTenant)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit);
      return (await found.toArray()) as WebhookDoc[];
    },

    /**
     * Has it sent again, for as long as a new one would be tried, to the tenant's address as it is now where it is a notification. While it waits, to be
     * sent again is what it does already: said twice, it is sent once.
     */
    async resend(
      doc: WebhookDoc,
      asked: { readonly who: Actor; readonly why: string; readonly at: Date; readonly until: Date },
    ): Promise<WebhookDoc> {
      const { _id, tenantId, entry } = doc;
      const { who, why, at, until } = asked;
      return mongo.transaction(async (session) => {
        const tenant = await c.tenants.findOne({ _id: tenantId }, { session, projection: { notificationUrl: 1 } });
        const url = _id.startsWith('notify/') ? (tenant?.notificationUrl ?? entry.url) : entry.url;
        const waits = { _id, $or: [{ dueAt: null }, { dueAt: { $gt: new Date(at.getTime() + soonMs) } }] };
        const { modifiedCount } = await c.outbox.updateOne(
          waits as Filter<OutboxDoc>,
          {
            $set: { dueAt: at, 'entry.until': until, 'entry.url': url },
            $unset: { doneAt: '', givenUpAt: '' },
          },
          { session },
        );
        if (modifiedCount > 0) {
          const object = { kind: 'webhook', id: entry.eventId };
          const before = { state: stateOf(doc), event: entry.event, tries: Number(doc.tries) };
          await appendAudit(c, { tenantId, who, at, why, action: 'webhook.resend', object, before }, session);
        }
        return (await c.outbox.findOne({ _id }, { session })) as WebhookDoc;
      });
    },
  };
}

export function stateOf({ doneAt, givenUpAt }: Pick<OutboxDoc, 'doneAt' | 'givenUpAt'>): DeliveryState {
  return doneAt ? 'delivered' : givenUpAt ? 'given_up' : 'pending';
}

const stateFilters: Readonly<Record<DeliveryState, Filter<OutboxDoc>>> = {
  pending: { dueAt: { $type: 'date' } },
  delivered: { doneAt: { $exists: true } },
  given_up: { givenUpAt: { $exists: true } },
};

function queryOf({ tenantId, state, batchId, event }: DeliveryFilter, after?: DeliveryPlace): Filter<OutboxDoc> {
  return {
    tenantId,
    'entry.kind': 'webhook',
    ...(state && stateFilters[state]),
    ...(batchId !== undefined && { batchId }),
    ...(event !== undefined && { 'entry.event': event }),
    ...(after && { $or: [{ createdAt: { $lt: after.at } }, { createdAt: after.at, _id: { $lt: after.key } }] }),
  } as Filter<OutboxDoc>;
}
