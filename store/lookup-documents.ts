/** What rails said of payees before they are paid. */
import type { TenantId } from '../domain/ids.ts';

/** A payee asked for once per batch; `_id` is batch, rail and party hashed. */
export type LookupDoc = {
  _id: string;
  tenantId: TenantId;
  found: boolean;
  code?: 404 | 422;
  railCode?: string;
  text?: string;
  dfsp?: string;
  at: Date;
};
