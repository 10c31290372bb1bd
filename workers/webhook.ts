/** Posts one webhook of the outbox: signed, tried with growing pauses until its life is over, then given up and shown. */
import type { Log } from '../platform/log.ts';
import type { WebhookClient } from '../platform/webhook-client.ts';
import { hubWide } from '../store/audit.ts';
import type { Collections } from '../store/collections.ts';
import type { OutboxAttempt, OutboxDoc } from '../store/documents.ts';
import type { Outbox } from '../store/outbox.ts';
import { webhookBody } from '../store/sealed-webhook.ts';
import { webhookSecretsOf } from '../store/tenants.ts';

export type WebhookSender = (doc: OutboxDoc) => Promise<void>;

const longestPauseMs = 3_600_000;

export function createWebhookSender(deps: {
  readonly c: Collections;
  readonly outbox: Outbox;
  readonly client: WebhookClient;
  /** Signs alerts to the hub's operator. */
  readonly operatorSecret?: string;
  readonly log: Log;
  readonly now: () => Date;
}): WebhookSender {
  const { c, outbox, client, operatorSecret, log, now } = deps;
  return async (doc) => {
    const { entry } = doc;
    if (entry.kind !== 'webhook') return;
    const ids = { batchId: doc.batchId, event: entry.event, eventId: entry.eventId };
    const began = now();
    const tried = (how: Pick<OutboxAttempt, 'status' | 'error'>): OutboxAttempt => {
      return { at: began, ms: now().getTime() - began.getTime(), ...how };
    };
    try {
      const { secrets, allowPrivate } = await senderOf(doc.tenantId, began);
      const { url, method, event, eventId } = entry;
      const status = await client.post({
        url,
        method,
        body: await webhookBody(c, { tenantId: doc.tenantId, entry }),
        event,
        eventId,
        secrets,
        allowPrivate,
        at: began,
      });
      if (status >= 200 && status < 300) {
        await outbox.done(doc._id, tried({ status }));
        log.info('webhook delivered', { ...ids, tries: doc.tries });
        return;
      }
      await again(doc, entry.until, `answered ${status}`, tried({ status }));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      await again(doc, entry.until, why, tried({ error: why.slice(0, 300) })).catch((second: unknown) =>
        log.warn('webhook could not be put off', { ...ids, error: second }),
      );
    }
  };

  /** What goes to the hub's own operator is signed with a secret of theirs, and may go to a network of theirs. */
  async function senderOf(tenantId: string, at: Date): Promise<{ secrets: readonly string[]; allowPrivate: boolean }> {
    if (tenantId === hubWide && operatorSecret !== undefined) return { secrets: [operatorSecret], allowPrivate: true };
    const tenant = await c.tenants.findOne({ _id: tenantId });
    if (!tenant) throw new Error(`tenant ${tenantId} is not there`);
    return { secrets: webhookSecretsOf(tenant, at), allowPrivate: tenant.allowPrivateAddresses };
  }

  async function again(doc: OutboxDoc, until: Date, why: string, attempt: OutboxAttempt): Promise<void> {
    const pauseMs = Math.min(longestPauseMs, 1_000 * 2 ** Math.min(doc.tries, 12)) * (0.5 + Math.random() / 2);
    const retryAt = new Date(now().getTime() + pauseMs);
    if (retryAt > until) {
      log.error('webhook given up', { entry: doc._id, batchId: doc.batchId, tries: doc.tries, why });
      return outbox.giveUp(doc._id, why, attempt);
    }
    return outbox.failed(doc._id, why, retryAt, attempt);
  }
}
