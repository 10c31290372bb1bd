/** The documents of the audit and of what personal data are sealed with. */
import type { AuditEntry, AuditLink } from '../domain/audit-chain.ts';
import type { BatchId, TenantId, TransactionId } from '../domain/ids.ts';

/** Who did what, to what, from where, why; never changed. `_id` is `{time-ordered}-{suffix}`. */
export type AuditEntryDoc = AuditEntry;

/** An entry that has no link yet; `_id` is the entry's. */
export type AuditMarkDoc = { _id: string; tenantId: TenantId; at: Date };

/** `_id` is `{tenantId}/{n, twelve digits}`. */
export type AuditLinkDoc = AuditLink & { readonly _id: string };

/** What the personal data of a batch or a single payment are sealed with; `_id` is its id, of a route or an account what erase-routes.ts says, among the keys of tenants the tenant's. Once thrown away, only when is left. */
export type BatchKeyDoc = {
  _id: BatchId | TransactionId | string;
  tenantId: TenantId;
  at: Date;
  /** Which secret wraps it. */
  by?: string;
  wrapped?: Buffer;
  shreddedAt?: Date;
};
