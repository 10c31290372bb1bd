/** What the API answers about wallets and routes, as far as the console reads it. */

export type WalletKind = 'float' | 'receiver' | 'asset';
export type WalletStatus = 'open' | 'frozen' | 'closed';
export type Wallet = {
  readonly wallet_id: string;
  readonly owner: string;
  readonly kind: WalletKind;
  readonly currency: string;
  readonly status: WalletStatus;
  readonly allow_negative: boolean;
  readonly available: string;
  readonly held: string;
  readonly balance: string;
  readonly created_at: string;
  readonly status_set: { readonly by: string; readonly reason: string; readonly at: string } | null;
};
export type StatementLine = {
  readonly seq: number;
  readonly at: string;
  readonly entry: string;
  readonly kind: 'funding' | 'hold' | 'release' | 'payment' | 'payout' | 'reversal';
  readonly amount: string;
  readonly available: string;
  readonly counterparty: string | null;
  readonly ref: string | null;
  readonly by: string | null;
  readonly reason: string | null;
};
export type Statement = {
  readonly currency: string;
  readonly lines: readonly StatementLine[];
  readonly next_cursor: number | null;
};
export type WalletVerification = {
  readonly sound: boolean;
  readonly available: string;
  readonly recomputed: string;
  readonly lines: number;
};
export type Withdrawal = {
  readonly withdrawal_id: string;
  readonly status: RouteStatus;
  readonly amount: string;
  readonly currency: string;
  readonly account: string;
  readonly requested_by: string;
  readonly created_at: string;
};

export type RouteStatus = 'processing' | 'completed' | 'partly_failed' | 'failed' | 'partly_reversed' | 'reversed';
export type PartState = 'pending' | 'credited' | 'paid_out' | 'failed' | 'reversed';
export type PartError = { readonly code: number; readonly description: string; readonly rail_code: string | null };
export type RouteItem = {
  readonly route_id: string;
  readonly status: RouteStatus;
  readonly amount: string;
  readonly currency: string;
  readonly auto_payout: boolean;
  readonly parts: number;
  readonly request_id: string | null;
  readonly created_at: string;
};
export type RoutePart = {
  readonly n: number;
  readonly role: 'transfer' | 'fee';
  readonly account: string;
  readonly amount: string;
  readonly currency: string;
  readonly share: string | null;
  readonly notes: Readonly<Record<string, string>>;
  readonly state: PartState;
  readonly mode: string;
  readonly round: number;
  readonly end_to_end_id: string;
  readonly reference: string | null;
  readonly error: PartError | null;
  readonly reversal: string | null;
  readonly reversal_error?: PartError | null;
};
export type Route = Omit<RouteItem, 'parts'> & {
  readonly from: string;
  readonly requested_by: string;
  readonly parts: readonly RoutePart[];
  readonly rounds: readonly {
    readonly round: number;
    readonly batch_id: string;
    readonly parts: readonly number[];
    readonly by: string;
    readonly reason: string | null;
    readonly begun_at: string;
    readonly settled_at: string | null;
  }[];
  readonly reversal: {
    readonly by: string;
    readonly reason: string;
    readonly asked_at: string;
    readonly done_at: string | null;
  } | null;
  readonly commands: readonly {
    readonly command: string;
    readonly by: string;
    readonly reason: string;
    readonly given_at: string;
  }[];
};
