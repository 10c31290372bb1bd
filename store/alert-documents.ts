/** The documents of alerts. */
import type { TenantId } from '../domain/ids.ts';

export const alertKinds = [
  'batch-stalled',
  'unknowns-old',
  'circuit-open',
  'books-unbalanced',
  'audit-broken',
  'ledger-broken',
  'outbox-old',
] as const;
export type AlertKind = (typeof alertKinds)[number];

/** One per kind and subject, opened anew when it comes again; `_id` is `{kind}/{tenant}/{subject}`. */
export type AlertDoc = {
  _id: string;
  /** `_hub` where it is of the hub itself. */
  tenantId: TenantId;
  kind: AlertKind;
  subject: string;
  detail: string;
  state: 'open' | 'closed';
  openedAt: Date;
  /** When it was last found to be so. */
  seenAt: Date;
  closedAt?: Date;
  /** When somebody was last told. */
  toldAt: Date;
  /** How often it opened, and how often it was told of. */
  times: number;
  tellings: number;
};

/** How much of a batch was done when that changed last; of batches that have payments to send. `_id` is the batch's. */
export type BatchProgressDoc = { _id: string; done: number; since: Date };
