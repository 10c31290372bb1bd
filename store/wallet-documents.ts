/** The documents of the closed loop: wallets with their checkpointed balance, journal entries, and a posting per line. */
import type { TenantId } from '../domain/ids.ts';
import type { WalletKind, WalletStatus } from '../domain/wallet.ts';

/** `_id` is a UUID. `minor` and `seq` are derived from the wallet's postings and change in their transaction only. */
export type WalletDoc = {
  _id: string;
  tenantId: TenantId;
  owner: string;
  currency: string;
  kind: WalletKind;
  allowNegative: boolean;
  status: WalletStatus;
  /** Balance after posting number `seq`. */
  minor: bigint;
  seq: number;
  createdAt: Date;
  /** Who set its status last, and why. */
  statusSet?: { by: string; reason: string; at: Date };
  /** Of a hold: the wallet whose money waits in it, and how it ends. */
  hold?: HoldFacts;
};

export type HoldFacts = {
  of: string;
  /** From then on anybody may end it; absent where whoever waits for a rail must. */
  expiresAt?: Date;
  /** Whoever may pay from it now; another holder's payments are refused. */
  holder: string;
  /** No sender whose lease ended before may hold again. */
  fencedAt?: Date;
};

export type JournalLine = { wallet: string; minor: bigint };

/** What happened, once: `_id` is `{tenantId}/{cause}`. Its lines sum to zero. */
export type JournalDoc = {
  _id: string;
  tenantId: TenantId;
  kind: EntryKind;
  currency: string;
  lines: JournalLine[];
  at: Date;
  /** Who had it done and why, where a person did. */
  by?: string;
  reason?: string;
  /** What it belongs to: an endToEndId, a route, a withdrawal; of a budget a batch. */
  ref?: string;
  /** The budget that it is about. */
  budget?: string;
};

/** The last four are of budgets: what they are given, what was paid, and what came back after it was paid. */
export type EntryKind =
  | 'funding'
  | 'hold'
  | 'release'
  | 'payment'
  | 'payout'
  | 'reversal'
  | 'allotment'
  | 'adjustment'
  | 'consumption'
  | 'refund';

/** One line of one wallet; `_id` is `{wallet}/{seq}`, so that a wallet has one posting of each number. */
export type PostingDoc = {
  _id: string;
  tenantId: TenantId;
  entry: string;
  minor: bigint;
  /** The wallet's balance after it. */
  balance: bigint;
  at: Date;
};
