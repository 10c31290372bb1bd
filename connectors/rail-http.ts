/** The one client policy that every call to a rail passes: time-out, bounded retry, concurrency, rate, circuit breaker. */

export type RailRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Appended to the rail's base address. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; the caller writes JSON with exact digits. */
  readonly body?: string;
  /** May be sent again after a lost answer. Off for anything that moves money. */
  readonly idempotent: boolean;
  readonly signal?: AbortSignal;
};

export type RailResponse =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    }
  /** Proven not to have reached the rail: refused, unresolved, circuit open, given up while queueing. */
  | { readonly kind: 'notSent'; readonly text: string; readonly retryAfterMs?: number }
  /** Bytes may have left: time-out, reset, answer cut short or larger than the bound. */
  | { readonly kind: 'lost'; readonly text: string };

export type RailHttp = {
  /** Never throws for what the network or the rail does; every ending is a RailResponse. */
  request(request: RailRequest): Promise<RailResponse>;
  readonly circuit: () => 'closed' | 'open' | 'half-open';
  close(): Promise<void>;
};
