/** The one client policy that every call to a rail passes: time-out, bounded retry, concurrency, rate, circuit breaker. */
import { Pool } from 'undici';
import { type Circuit, createCircuit } from './circuit.ts';
import { createGate, type Load } from './gate.ts';
import { exchange, tooLate } from './http-exchange.ts';
import { type Log, masked } from './log.ts';
import { currentShare } from './share.ts';

export type RailRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Appended to the rail's base address. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; the caller writes JSON with exact digits. */
  readonly body?: string;
  /** May be sent again after a lost answer. Off for anything that moves money. */
  readonly idempotent: boolean;
  /** Given up sooner than the rail's limit, where a caller makes several requests within one time-out. */
  readonly timeoutMs?: number;
  /** No byte leaves at or after this: the end of the sender's lease, looked at right before it is written. */
  readonly notAfter?: Date;
  readonly signal?: AbortSignal;
};

export type RailResponse =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Names in lower case; repeated ones joined by ", ". */
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    }
  /** Proven not to have reached the rail: refused, unresolved, circuit open, given up while queueing, too late to be written. */
  | { readonly kind: 'notSent'; readonly text: string; readonly retryAfterMs?: number }
  /** Bytes may have left: time-out, reset, answer cut short or larger than the bound. */
  | { readonly kind: 'lost'; readonly text: string; readonly isTooLarge?: boolean };

export type RailHttp = {
  /**
   * Never throws for what the network or the rail does; every ending is a RailResponse. Ends within `timeoutMs` of being
   * asked, waiting and retries included, and no byte leaves after that. Throws TypeError on a request that is no HTTP.
   */
  request(request: RailRequest): Promise<RailResponse>;
  /** Calls under way, and calls that wait for their turn. */
  readonly load: () => Load;
  readonly circuit: () => 'closed' | 'open' | 'half-open';
  /** Lets calls in flight end; what waits or comes later is not sent. */
  close(): Promise<void>;
};

/** One try of one request, for metrics; tries that the circuit or the queue refused have no status. */
export type RailCall = {
  readonly name: string;
  readonly outcome: RailResponse['kind'];
  readonly status?: number;
  readonly ms: number;
};

export type RailHttpOptions = {
  readonly baseUrl: string;
  /** The rail's id, for logs and metrics. */
  readonly name: string;
  readonly limits: { readonly concurrency: number; readonly ratePerSecond: number; readonly timeoutMs: number };
  readonly log: Log;
  /** Milliseconds that only grow. */
  readonly now?: () => number;
  /** The clock of leases. */
  readonly clock?: () => Date;
  readonly random?: () => number;
  /** Hears how long a call waited for its turn, in milliseconds. */
  readonly onTurn?: (waitedMs: number) => void;
  readonly onCall?: (call: RailCall) => void;
  /** Opens after this many failures in a row, and lets one call try again after `openMs`. */
  readonly breaker?: { readonly failuresMax: number; readonly openMs: number };
  /** A larger answer is given up: it would not be an answer of a rail. */
  readonly answerMaxBytes?: number;
};

/** Tries of an idempotent request, the first included: a hiccup passes, a rail that is down is not hammered. */
const triesMax = 3;
const pauseBaseMs = 100;
const pauseMaxMs = 2_000;

export function createRailHttp(options: RailHttpOptions): RailHttp {
  const { name, limits, log, now = () => performance.now(), clock = () => new Date(), random = Math.random } = options;
  const { origin, prefix } = addressOf(options.baseUrl);
  const pool = new Pool(origin, {
    connections: limits.concurrency,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: Math.min(10_000, limits.timeoutMs) },
  });
  const gate = createGate({ ...limits, queueMax: Math.max(1_000, limits.concurrency * 10), now });
  const circuit = createCircuit({
    ...(options.breaker ?? { failuresMax: 10, openMs: 5_000 }),
    now,
    onChange: (state) => log.warn('rail circuit changed', { rail: name, circuit: state }),
  });

  async function tryOnce(asked: RailRequest, deadline: number): Promise<RailResponse> {
    const isLate = () => asked.notAfter !== undefined && clock() >= asked.notAfter;
    if (isLate()) return tooLate;
    if (circuit.shutForMs() > 0) return shut(circuit);
    // Half of the time at most goes into the queue, so that whoever gets through has time for an answer.
    const askedAt = now();
    const turn = await gate.enter({ signal: asked.signal, withinMs: (deadline - now()) / 2, share: currentShare() });
    options.onTurn?.(now() - askedAt);
    if (turn.kind === 'refused') return { kind: 'notSent', text: turn.text };
    const pass = circuit.enter();
    if (!pass) {
      turn.leave();
      return shut(circuit);
    }
    let response: RailResponse | undefined;
    try {
      response = await exchange(pool, {
        ...asked,
        path: prefix + asked.path,
        timeoutMs: deadline - now(),
        answerMaxBytes: options.answerMaxBytes ?? 5 * 1024 * 1024,
        isLate,
      });
      return response;
    } finally {
      turn.leave();
      pass.ended(response && response !== tooLate && !asked.signal?.aborted ? healthOf(response) : 'unclear');
    }
  }

  async function tryAndTell(asked: RailRequest, deadline: number): Promise<RailResponse> {
    const startedAt = now();
    const response = await tryOnce(asked, deadline);
    const ms = Math.round(now() - startedAt);
    const status = response.kind === 'answered' ? response.status : undefined;
    options.onCall?.({ name, outcome: response.kind, ...(status !== undefined && { status }), ms });
    const fields = { rail: name, method: asked.method, path: maskedPath(asked.path), status, ms };
    if (response.kind === 'answered') log.debug('rail answered', fields);
    else
      log.warn(response.kind === 'lost' ? 'rail answer lost' : 'rail not reached', { ...fields, why: response.text });
    return response;
  }

  return {
    async request(asked) {
      const deadline = now() + Math.min(asked.timeoutMs ?? limits.timeoutMs, limits.timeoutMs);
      for (let tries = 1; ; tries++) {
        const response = await tryAndTell(asked, deadline);
        if (!asked.idempotent || tries === triesMax || !mayPass(response)) return response;
        const pauseMs = pauseOf(response, tries, random);
        if (now() + pauseMs >= deadline || !(await paused(pauseMs, asked.signal))) return response;
      }
    },
    load: gate.load,
    circuit: circuit.state,
    async close() {
      gate.close();
      await pool.close();
    },
  };
}

function addressOf(baseUrl: string): { origin: string; prefix: string } {
  const url = new URL(baseUrl);
  if (!/^https?:$/.test(url.protocol) || url.username || url.search || url.hash) {
    throw new RangeError(`a rail's base address is http(s)://host[:port][/path], without user, query or fragment`);
  }
  return { origin: url.origin, prefix: url.pathname.replace(/\/$/, '') };
}

function shut(circuit: Circuit): RailResponse {
  return { kind: 'notSent', text: 'the circuit is open', retryAfterMs: Math.ceil(circuit.shutForMs()) };
}

/** 500 and 504 are words of some rails about one payment; 502 and 503 say that the rail is down. */
function healthOf(response: RailResponse): 'worked' | 'failed' {
  return response.kind === 'answered' && response.status !== 502 && response.status !== 503 ? 'worked' : 'failed';
}

function mayPass(response: RailResponse): boolean {
  if (response.kind === 'notSent') return response.retryAfterMs === undefined;
  if (response.kind === 'lost') return !response.isTooLarge;
  return [429, 502, 503, 504].includes(response.status);
}

/** Full jitter, so that many callers do not come back together; never sooner than the rail asks for. */
function pauseOf(response: RailResponse, tries: number, random: () => number): number {
  const jitterMs = random() * Math.min(pauseMaxMs, pauseBaseMs * 2 ** tries);
  const asked = response.kind === 'answered' ? Number(response.headers['retry-after']) : Number.NaN;
  return Number.isFinite(asked) ? Math.max(jitterMs, asked * 1_000) : jitterMs;
}

/** True after `ms`, false at once when the signal fires. */
function paused(ms: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = () => end(false);
    const timer = setTimeout(() => end(true), ms);
    const end = (passed: boolean) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      resolve(passed);
    };
    if (signal?.aborted) end(false);
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Path without query, and without what may name a person or an account: only words and UUIDs stay readable. */
function maskedPath(path: string): string {
  const readable = /^(?:[a-z][a-z_-]*|v?\d{1,3}(?:\.\d+)*|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/i;
  return (path.split('?')[0] ?? '')
    .split('/')
    .map((segment) => (readable.test(segment) ? segment : masked(segment)))
    .join('/');
}
