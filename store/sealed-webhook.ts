/** Webhooks that say where people are paid: their bodies lie in the outbox sealed, and are opened when they are sent. */

import type { TenantId } from '../domain/ids.ts';
import { openTexts, sealTexts } from '../domain/sealing.ts';
import type { Collections } from './collections.ts';
import type { OutboxDoc, OutboxEntry } from './documents.ts';

type Keys = Pick<Collections, 'tenantKeyring'>;
type Webhook = Extract<OutboxEntry, { kind: 'webhook' }>;

/** The same entry with its body sealed under the tenant's key. */
export async function sealedWebhook({ tenantKeyring }: Keys, tenantId: TenantId, entry: Webhook): Promise<Webhook> {
  const key = await tenantKeyring.keyFor(tenantId, tenantId);
  if (!key) throw new Error(`tenant ${tenantId} has no key any more`);
  return { ...entry, body: '', sealed: sealTexts(key, [entry.body])[0]! };
}

/** What is sent. */
export async function webhookBody(
  { tenantKeyring }: Keys,
  { tenantId, entry }: Pick<OutboxDoc, 'tenantId'> & { readonly entry: Webhook },
): Promise<string> {
  if (!entry.sealed) return entry.body;
  const key = await tenantKeyring.key(tenantId);
  if (!key) throw new Error(`tenant ${tenantId} has no key any more`);
  return openTexts(key, [entry.sealed])[0]!;
}
