/** The documents of programmes: who pays, and what became of the budget. */
import type { BatchId, TenantId } from '../domain/ids.ts';
import type { ProgrammeLimit, ProgrammeState } from '../domain/programme.ts';

/** `_id` is `{tenantId}/{id}`. The account is an institution's, not a person's. */
export type ProgrammeDoc = {
  _id: string;
  tenantId: TenantId;
  id: string;
  /** Who registered it: what X-Registering-Institution-ID must say. */
  institutionId: string;
  name: string;
  payer: { type: string; id: string };
  limits: ProgrammeLimit[];
  /** Days of UTC, both included. */
  effectiveFrom: string;
  effectiveUntil?: string;
  state: ProgrammeState;
  /** From 1, one more with each change. */
  version: number;
  /** When a budget of it was opened last. */
  budgetsAt?: Date;
  createdAt: Date;
  changedAt: Date;
  closed?: { by: string; reason: string; at: Date };
};

/** What a batch keeps of its programme as it was when the batch was accepted. */
export type BatchProgramme = Pick<ProgrammeDoc, 'id' | 'institutionId' | 'name' | 'payer' | 'limits'>;

/** What a batch holds of budgets; `_id` is the batch id. Its entries stand in the journal, written with it. */
export type BudgetHoldDoc = {
  _id: BatchId;
  tenantId: TenantId;
  programmeId: string;
  lines: BudgetHoldLine[];
  /** Outcomes and returns that it was settled for so far: fewer are old news. */
  seen: number;
  heldAt: Date;
};

/** Of one currency; `period` is that of the day when it was held. What is in neither was released. */
export type BudgetHoldLine = { currency: string; period: string; asked: bigint; held: bigint; consumed: bigint };

/** A budget of one currency and period, since it was first needed; `_id` is `{tenantId}/{programmeId}/{currency}/{period}`. Its balances are in the ledger. */
export type BudgetDoc = {
  _id: string;
  tenantId: TenantId;
  programmeId: string;
  currency: string;
  period: string;
  /** What the programme gave it, without what people added. */
  allotted: bigint;
  at: Date;
};
