/** What the API answers about webhooks and alerts, as far as the console reads it. */

export type DeliveryState = 'pending' | 'delivered' | 'given_up';
export type Attempt = {
  readonly at: string;
  readonly ms: number;
  readonly status: number | null;
  readonly error: string | null;
};
export type Delivery = {
  readonly id: string;
  readonly event: string;
  readonly batch_id: string | null;
  readonly url: string;
  readonly state: DeliveryState;
  readonly created_at: string;
  readonly tries: number;
  readonly delivered_at: string | null;
  readonly next_try_at: string | null;
  readonly tried_until: string;
  readonly last_error: string | null;
  readonly attempts: readonly Attempt[];
};
export type DeliveryDetail = Delivery & { readonly body: Readonly<Record<string, unknown>> | null };

export type WebhookSettings = {
  readonly notification_url: string | null;
  readonly alert_url: string | null;
  readonly signing_secret: { readonly ends_with: string; readonly since: string | null };
  readonly also_valid: { readonly ends_with: string; readonly until: string } | null;
};
export type NewSecret = { readonly signing_secret: string; readonly also_valid_until: string | null };

export type AlertKind =
  | 'batch-stalled'
  | 'unknowns-old'
  | 'circuit-open'
  | 'books-unbalanced'
  | 'audit-broken'
  | 'outbox-old';
export type Alert = {
  readonly kind: AlertKind | (string & {});
  readonly of: 'tenant' | 'hub';
  readonly subject: string;
  readonly detail: string;
  readonly state: 'open' | 'closed';
  readonly opened_at: string;
  readonly seen_at: string;
  readonly closed_at: string | null;
  readonly times: number;
};
