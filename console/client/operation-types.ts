/** What the API answers about processes, incidents, rails and inboxes, as far as the console reads it. */
import type { Totals } from './types.ts';

export type InstanceCounts = Readonly<Record<'active' | 'completed' | 'terminated', number>>;
export type Process = {
  readonly key: string;
  readonly process_id: string;
  readonly version: number;
  readonly resource_name: string;
  readonly deployed_at: string;
  readonly instances: InstanceCounts;
  readonly incidents: number;
};
export type ElementHeat = InstanceCounts & { readonly element_id: string; readonly incidents: number };
export type Heat = {
  readonly key: string;
  readonly process_id: string;
  readonly version: number;
  readonly instances: InstanceCounts;
  readonly incidents: number;
  readonly elements: readonly ElementHeat[];
};
export type Instance = {
  readonly key: string;
  readonly model_key: string;
  readonly process_id: string;
  readonly version: number;
  readonly state: 'active' | 'completed' | 'terminated';
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly incidents: number;
  readonly parent: string | null;
  readonly batch_id: string | null;
  readonly sub_batch_id: string | null;
  readonly row: number | null;
  readonly rail: string | null;
  readonly end_to_end_id: string | null;
};
export type ElementLife = ElementHeat & {
  readonly type: string;
  readonly first_at: string;
  readonly last_at: string;
  readonly failures: number;
  readonly last_failure: {
    readonly at: string;
    readonly job_type: string;
    readonly retries: number;
    readonly message: string;
  } | null;
};
export type InstanceDetail = Instance & {
  readonly elements: readonly ElementLife[];
  readonly open_incidents: readonly Incident[];
};
export type Incident = {
  readonly key: string;
  readonly state: 'open' | 'resolved';
  readonly cause: string;
  readonly error_type: string;
  readonly message: string;
  readonly process_instance_key: string;
  readonly model_key: string;
  readonly process_id: string;
  readonly version: number;
  readonly element_id: string;
  readonly job_type: string | null;
  readonly batch_id: string | null;
  readonly sub_batch_id: string | null;
  readonly row: number | null;
  readonly rail: string | null;
  readonly end_to_end_id: string | null;
  readonly created_at: string;
  readonly resolved_at: string | null;
};
export type Cause = {
  readonly cause: string;
  readonly count: number;
  readonly first_at: string;
  readonly last_at: string;
  readonly process_id: string;
  readonly element_id: string;
  readonly error_type: string;
  readonly message: string;
  readonly newest: string;
};
export type BulkResolve = {
  readonly dry_run: boolean;
  readonly incidents: number;
  readonly at_least: boolean;
  readonly batches: number;
  readonly sample: readonly Incident[];
  readonly resolved: number;
  readonly failed: readonly { readonly key: string; readonly detail: string }[];
  readonly left?: number;
};
export type Rail = {
  readonly rail: string;
  readonly type: 'BULK' | 'PAYMENT';
  readonly payment_modes: readonly string[];
  readonly state: 'up' | 'circuit_open' | 'paused' | 'away';
  readonly state_text: string | null;
  readonly since: string | null;
  readonly paused: {
    readonly by: string;
    readonly reason: string;
    readonly at: string;
    readonly scope: 'tenant' | 'hub';
  } | null;
  readonly circuit: { readonly state: 'closed' | 'open' | 'half_open'; readonly since: string | null };
  readonly lag: number | null;
  readonly calls_per_second: number | null;
  readonly errors_per_minute: number | null;
  readonly calls_under_way: number | null;
  readonly calls_waiting: number | null;
  readonly last_error: string | null;
  readonly starts_paused_by: readonly string[];
  readonly processes: number;
  readonly last_seen_at: string | null;
};
export type Unknown = {
  readonly end_to_end_id: string;
  readonly batch_id: string | null;
  readonly row: number | null;
  readonly rail: string;
  readonly amount: string;
  readonly currency: string;
  readonly since: string;
  readonly age_seconds: number;
  readonly why: string | null;
  readonly hand_mark: 'proposed' | null;
};
export type AgeBand = { readonly up_to_seconds: number | null; readonly count: number; readonly totals: Totals };
export type Unknowns = {
  readonly unknowns: readonly Unknown[];
  readonly next_cursor: string | null;
  readonly ages: readonly AgeBand[];
};
export type ApprovalItem = {
  readonly batch_id: string;
  readonly file_name: string;
  readonly request_id: string;
  readonly maker: string;
  readonly count: number;
  readonly totals: Totals;
  readonly rails: readonly string[];
  readonly seen_before: string | null;
  readonly waiting_since: string;
  readonly deadline_at: string | null;
  readonly may_decide: boolean;
};
export type CancelPreview = {
  readonly rows: number;
  readonly totals: Totals;
  readonly in_flight: { readonly rows: number; readonly totals: Totals };
  readonly is_applicable: boolean;
  readonly why_not: string | null;
};
export type RetryPreview = {
  readonly k: number;
  readonly rows: number;
  readonly totals: Totals;
  readonly left_out: Readonly<Record<'bad_rows' | 'duplicates' | 'cancelled' | 'conflicts' | 'unknown', number>>;
  readonly is_applicable: boolean;
  readonly why_not: string | null;
};
