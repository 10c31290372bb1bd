/** What people say came of payments whose rail cannot tell. */
import type { BatchId, TenantId, TransactionId } from '../domain/ids.ts';

/** What came of a payment by the word of two people; `_id` is `{endToEndId}/{n}`, n from 1. One at a time is undecided. */
export type HandMarkDoc = {
  _id: string;
  tenantId: TenantId;
  batchId: BatchId | TransactionId;
  row: number;
  rail: string;
  minor: bigint;
  currency: string;
  outcome: 'completed' | 'rejected';
  reference?: string;
  /** How they know. */
  evidence: string;
  reason: string;
  by: string;
  at: Date;
  /** True until it is decided. */
  isOpen: boolean;
  decided?: { state: 'confirmed' | 'refused'; by: string; reason: string; at: Date };
};
