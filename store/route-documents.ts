/** The documents of payment routing: routes and withdrawals, their rounds of payment, and beneficiary accounts. */
import type { BatchId, TenantId } from '../domain/ids.ts';
import type { RouteStatus } from '../domain/route.ts';
import type { PartyDoc } from './documents.ts';

export type RoutePart = {
  /** From 1, fees after the transfers. */
  n: number;
  role: 'transfer' | 'fee';
  account: string;
  minor: bigint;
  /** As the client wrote it, where it asked for a percentage. */
  share?: string;
};

/** What a client notes about parts, by their number; personal. */
export type PartNotes = Record<number, Record<string, string>>;

/** An amount and whom it goes to; a withdrawal is one of a single part. `_id` is a UUID. */
export type RouteDoc = {
  _id: string;
  tenantId: TenantId;
  kind: 'route' | 'withdrawal';
  requestId?: string;
  /** The wallet it is paid from. */
  from: string;
  currency: string;
  minor: bigint;
  /** Parts leave the loop, by the rail of their account; otherwise they are credited to its wallet. */
  autoPayout: boolean;
  parts: RoutePart[];
  notes?: PartNotes;
  by: string;
  callbackUrl?: string;
  createdAt: Date;
  /** As of the last settling; reads count anew. */
  status: RouteStatus;
  rounds: number;
  /** The latest reversal that somebody asked for. */
  reversal?: RouteReversal;
  commands: RouteCommand[];
  /** Since when nobody can read its notes and payees. */
  erasedAt?: Date;
};

export type RouteCommand = { command: 'retry' | 'reversal'; by: string; reason: string; at: Date; k: number };

export type RouteReversal = {
  k: number;
  by: string;
  reason: string;
  at: Date;
  doneAt?: Date;
};

/**
 * `insufficient`: the receiver has less than that now. `asked`: nobody knows yet. `reversal_refused`: its rail did not bring it back.
 * `paid_out`: it has left the loop by a rail that brings nothing back.
 */
export type ReversalResult = 'asked' | 'reversed' | 'insufficient' | 'reversal_refused' | 'paid_out' | 'not_paid';

/**
 * A rail is to be asked to take a paid part back: written before it is. `_id` is the id by which the rail knows the reversal; what was
 * tried, said and came of it stands in the books as of a single payment of this id.
 */
export type ReversalDoc = {
  _id: string;
  tenantId: TenantId;
  routeId: string;
  /** Which reversal of the route. */
  k: number;
  /** The payment. */
  batchId: BatchId;
  row: number;
  rail: string;
  reference?: string;
  minor: bigint;
  currency: string;
  at: Date;
};

/** One try to pay parts: a hold, and a batch whose row r is its target number r. `_id` is `{route}/{k}`, k from 1. */
export type RoundDoc = {
  _id: string;
  tenantId: TenantId;
  routeId: string;
  k: number;
  batchId: BatchId;
  holdId: string;
  targets: RouteTarget[];
  /** Who pays whom, in the order of the targets; absent once they are erased. */
  parties?: TargetParties[];
  by: string;
  reason?: string;
  at: Date;
  /** Each of its parts has its outcome, and what was not paid went back. */
  settledAt?: Date;
};

export type RouteTarget = { n: number; minor: bigint; mode: string };
export type TargetParties = { payer: PartyDoc; payee: PartyDoc };

/** Whom a part names: `_id` is `{tenantId}/{account}`. Without a mode it can be credited, and not paid out. */
export type AccountDoc = {
  _id: string;
  tenantId: TenantId;
  account: string;
  name: string;
  mode?: string;
  payee?: PartyDoc;
  setBy: string;
  setAt: Date;
  /** About when it was paid last, to the day. */
  usedAt?: Date;
};
