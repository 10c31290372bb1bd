/** How the rails stand: what the connectors say of them, and which a person has paused. */
import type { TenantId } from '../domain/ids.ts';

/** What one process of the connectors says of one rail, every few seconds; `_id` is `{rail}/{process}`. */
export type RailStateDoc = {
  _id: string;
  rail: string;
  at: Date;
  type: 'BULK' | 'PAYMENT';
  circuit: 'closed' | 'open' | 'half-open';
  /** Since when calls are cut off. */
  circuitSince?: Date;
  /** The last call that ended without an answer, or why; without parties. */
  lastError?: string;
  /** Calls under way, and that wait for their turn. */
  inside: number;
  waiting: number;
  callsPerSecond: number;
  errorsPerMinute: number;
  /** Sub-batches on the topic that nobody has started. */
  lag: number;
  /** Why starts are paused now. */
  pauses: string[];
  /** Processes come and go: what is not told any more is forgotten. */
  expireAt: Date;
};

/** Nothing new is sent over a rail, because a person says so; `_id` is `{tenantId or *}/{rail}`. */
export type RailHoldDoc = { _id: string; tenantId: TenantId; rail: string; by: string; reason: string; at: Date };
