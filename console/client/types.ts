/** What the API answers, as far as the console reads it; api/openapi.yaml says it in full. */
import type { BatchStatus } from '../../domain/outcome.ts';
import type { PaymentState } from '../../domain/payment-state.ts';

export type { BatchStatus, PaymentState };
export type Hold = 'paused' | 'cancelled' | null;

export type Counts = Readonly<Record<'total' | PaymentState, number>>;
/** Decimal strings by currency. */
export type Amounts = Readonly<Record<string, Readonly<Record<'total' | PaymentState, string>>>>;
export type Totals = Readonly<Record<string, string>>;
export type Page<K extends string, T> = { readonly [key in K]: readonly T[] } & { readonly next_cursor: string | null };

export type Counted = { readonly count: number; readonly at_least?: boolean };
export type Summary = {
  readonly at: string;
  readonly moving: {
    readonly batches: Counted;
    readonly rows_per_second: number;
    readonly over_seconds: number;
    readonly counts: Counts;
    readonly totals: Amounts;
  };
  readonly stuck: {
    readonly incidents: Counted & { readonly causes: number };
    readonly unknowns: Counted & { readonly oldest_since: string | null; readonly totals: Totals };
    readonly conflicts: Counted;
    readonly paused_batches: Counted;
    readonly payer_blocks: Counted;
    readonly rails: Counted & { readonly names: readonly string[] };
  };
  readonly waiting: { readonly approvals: Counted & { readonly mine: number }; readonly hand_marks: Counted };
  readonly today: {
    readonly since: string;
    readonly batches: number;
    readonly by_status: Readonly<Partial<Record<BatchStatus, number>>>;
  };
};

export type SearchHit = {
  readonly kind: 'batch' | 'payment' | 'transfer' | 'process_instance' | 'incident';
  readonly id: string;
  readonly label: string;
};

export type BatchItem = {
  readonly batch_id: string;
  readonly request_id: string;
  readonly file_name: string;
  readonly status: BatchStatus;
  readonly hold: Hold;
  readonly purpose: string;
  readonly maker: string;
  readonly checker: string | null;
  readonly created_at: string;
  readonly completed_at: string | null;
  readonly rows: number | null;
  readonly rails: readonly string[];
  readonly counts: Counts | null;
  readonly totals: Amounts | null;
  readonly needs_approval: boolean;
  readonly retry_of: string | null;
  readonly open_incidents: number;
  readonly seen_before: string | null;
};

export type Approval = {
  readonly state: 'not_yet' | 'awaited' | 'approved' | 'refused' | 'expired' | 'cancelled';
  readonly by: string | null;
  readonly comment: string | null;
  readonly decided_at: string | null;
  readonly count?: number;
  readonly totals?: Totals;
};

export type Retry = {
  readonly k: number;
  readonly child: string;
  readonly rows: number;
  readonly by: string;
  readonly reason: string;
  readonly given_at: string;
  readonly status: BatchStatus;
};

export type Callback = {
  readonly event: string;
  readonly event_id: string;
  readonly state: 'pending' | 'delivered' | 'given_up';
  readonly tries: number;
  readonly delivered_at: string | null;
  readonly next_try_at: string | null;
  readonly last_error: string | null;
};

export type PayerBlock = {
  readonly id: string;
  readonly rail: string;
  readonly payer: string;
  readonly text: string;
  readonly since: string;
};

export type Batch = {
  readonly batch_id: string;
  readonly request_id: string;
  readonly notes: string;
  readonly status: BatchStatus;
  readonly purpose: string;
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  readonly pending: number;
  readonly file: string;
  readonly created_at: number;
  readonly completed_at: number | null;
  readonly file_name: string;
  readonly checksums: { readonly md5: string; readonly sha256: string };
  readonly result_file: string | null;
  readonly formatted_file: string | null;
  /** `report_url`: of a batch that came as pain.001. */
  readonly results: readonly { readonly n: number; readonly report_url?: string; readonly created_at: number }[];
  readonly problem: { readonly title: string; readonly detail: string } | null;
  readonly maker: string;
  readonly approval: Approval | null;
  readonly seen_before: string | null;
  readonly retry_of: { readonly batch_id: string; readonly k: number } | null;
  readonly retries: readonly Retry[];
  readonly sub_batches: Readonly<Record<'created' | 'ready' | 'dispatched' | 'settled', number>>;
  readonly hold: Hold;
  readonly payer_blocks: readonly PayerBlock[];
  readonly conflicts: readonly unknown[];
  readonly callbacks: readonly Callback[];
  readonly reasons: Readonly<Record<'invalid' | 'duplicates' | 'not_found' | 'cancelled' | 'rejected', number>>;
};

export type RailState = 'up' | 'circuit_open' | 'paused' | 'away';
export type RailProgress = {
  readonly rail: string;
  readonly type: 'BULK' | 'PAYMENT';
  readonly counts: Counts;
  readonly totals: Amounts;
  readonly sub_batches: Batch['sub_batches'];
  readonly stopped: number;
  readonly state: RailState;
  readonly state_text: string | null;
};
export type Progress = {
  readonly batch_id: string;
  readonly status: BatchStatus;
  readonly hold: Hold;
  readonly version: string;
  readonly counts: Counts;
  readonly totals: Amounts;
  readonly speed: { readonly rows_per_second: number; readonly over_seconds: number } | null;
  readonly seconds_left: number | null;
  readonly rails: readonly RailProgress[];
};

export type Failure = {
  readonly code: number;
  readonly title: string;
  readonly rail: string | null;
  readonly rail_code: string | null;
  readonly text: string | null;
  readonly stage: string;
  readonly rows: number;
  readonly totals: Totals;
  readonly retryable: boolean;
};

export type Party = { readonly type: string; readonly id: string; readonly dfsp?: string | null };
export type PaymentRow = {
  readonly row: number;
  readonly end_to_end_id: string;
  readonly client_id: string | null;
  readonly request_id: string | null;
  readonly state: PaymentState;
  readonly rail: string | null;
  readonly mode: string | null;
  readonly payer: Party;
  readonly payee: Party;
  readonly amount: string | null;
  readonly currency: string;
  readonly note: string | null;
  readonly code: number | null;
  readonly text: string | null;
  readonly rail_code: string | null;
  readonly rail_text: string | null;
  readonly reference: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly attempts: number;
};
export type PaymentPage = Page<'payments', PaymentRow> & {
  readonly searched_to?: number | null;
  readonly is_exhausted: boolean;
};

export type RowError = {
  readonly row: number;
  readonly column: string;
  readonly code: string;
  readonly message: string;
};
export type DryRun = {
  readonly valid: boolean;
  readonly rows: number;
  readonly accepted: number;
  readonly refused: number;
  readonly totals: Readonly<Record<string, { readonly rows: number; readonly amount: string }>>;
  readonly problem?: { readonly title: string; readonly detail: string };
  readonly rowErrors: readonly RowError[];
};
export type Accepted = { readonly batch_id: string; readonly seen_before?: string };

export type CommandTaken = {
  readonly command: string;
  readonly by: string;
  readonly reason: string;
  readonly given_at: string;
  readonly child?: string;
};
