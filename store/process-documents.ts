/** The documents made of Zeebe's records, which can be made anew. Keys are decimal text; times are Zeebe's own. */
import type { BatchId, SubBatchId, TenantId, TransactionId } from '../domain/ids.ts';

/** A model as it was deployed; `_id` is its definition key. Kept for good: instances outlive the topic. */
export type ProcessModelDoc = {
  _id: string;
  processId: string;
  version: number;
  resourceName: string;
  xml: string;
  deployedAt: Date;
};

/** The last record folded in, of that partition of Zeebe: what comes again is older or the same, and changes nothing. */
type Folded = { partition: number; position: number };

/** What an instance works for, as far as the variables it was started with say. */
export type InstanceOwner = {
  tenantId?: TenantId;
  /** Of a single payment its transactionId. */
  batchId?: BatchId | TransactionId;
  subBatchId?: SubBatchId;
  row?: number;
  rail?: string;
  endToEndId?: string;
};

/** One per instance, ended ones until `expireAt`; `_id` is its key. */
export type ProcessInstanceDoc = InstanceOwner &
  Folded & {
    _id: string;
    modelKey: string;
    processId: string;
    /** 0 until the first record that names it. */
    version: number;
    parent?: string;
    state: 'active' | 'completed' | 'terminated';
    startedAt: Date;
    endedAt?: Date;
    /** Open ones. */
    incidents: number;
    /** In the order in which they were first entered. */
    elements: ElementDoc[];
    expireAt?: Date;
  };

/** How often an element was entered and left; loops count, they do not lengthen the list. */
export type ElementCounts = {
  id: string;
  entered: number;
  completed: number;
  terminated: number;
  /** Open ones. */
  incidents: number;
};

export type ElementDoc = ElementCounts & {
  type: string;
  firstAt: Date;
  /** When it was last entered or left. */
  lastAt: Date;
  /** Jobs that failed, were put off or timed out. */
  failures: number;
  lastFailure?: { at: Date; jobType: string; retries: number; message: string };
};

/** `_id` is its key; resolved ones until `expireAt`. */
export type IncidentDoc = InstanceOwner &
  Folded & {
    _id: string;
    instanceKey: string;
    modelKey: string;
    processId: string;
    version: number;
    elementId: string;
    jobKey?: string;
    jobType?: string;
    /** Zeebe's word, such as JOB_NO_RETRIES. */
    errorType: string;
    /** Accounts and the like masked. */
    message: string;
    /** The same for all that have process, element, error and words (ids and numbers apart) in common. */
    cause: string;
    state: 'open' | 'resolved';
    createdAt: Date;
    resolvedAt?: Date;
    expireAt?: Date;
  };

/** What somebody did about an incident, kept for ever, also when projections are made anew; `_id` is `{incident}/{time-ordered}`. */
export type IncidentCommandDoc = {
  _id: string;
  tenantId: TenantId;
  incidentKey: string;
  command: 'resolve';
  retries: number;
  by: string;
  reason: string;
  at: Date;
};

/** Counts per element of one model, for a tenant or one batch of theirs; `_id` is `{tenantId or batchId}/{modelKey}/{partition}`. */
export type HeatDoc = Folded & {
  _id: string;
  tenantId: TenantId;
  batchId?: BatchId;
  modelKey: string;
  processId: string;
  version: number;
  started: number;
  completed: number;
  terminated: number;
  /** Open ones. */
  incidents: number;
  elements: ElementCounts[];
  expireAt?: Date;
};
