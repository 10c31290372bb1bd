/** A gate before something that bears only so much at once and so much a second: a queue, a count and a token bucket. */
import { createRoundRobin } from './round-robin.ts';

export type Turn = { readonly kind: 'in'; leave(): void } | { readonly kind: 'refused'; readonly text: string };

export type Gate = {
  /**
   * Waits its turn: one of each share, first come first served within a share; refused when the wait is too long, the
   * queue full, the signal fired or the gate closed.
   */
  enter(wait: { readonly signal?: AbortSignal; readonly withinMs: number; readonly share?: string }): Promise<Turn>;
  readonly load: () => Load;
  close(): void;
};

export type Load = { readonly inside: number; readonly waiting: number };

export type GateOptions = {
  readonly concurrency: number;
  readonly ratePerSecond: number;
  readonly queueMax: number;
  readonly now: () => number;
};

type Waiter = { readonly admit: (turn: Turn) => void };

export function createGate({ concurrency, ratePerSecond, queueMax, now }: GateOptions): Gate {
  // A tenth of a second's worth at once: a burst that keeps a fast caller busy between two timer ticks.
  const burst = Math.max(1, ratePerSecond / 10);
  const waiters = createRoundRobin<Waiter>();
  let tokens = burst;
  let filledAt = now();
  let inside = 0;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  function refill(): void {
    const at = now();
    tokens = Math.min(burst, tokens + ((at - filledAt) / 1_000) * ratePerSecond);
    filledAt = at;
  }

  function admitSome(): void {
    refill();
    while (waiters.size() > 0) {
      if (inside >= concurrency) return;
      if (tokens < 1) {
        wakeAtNextToken();
        return;
      }
      tokens -= 1;
      inside += 1;
      waiters.shift()?.admit({ kind: 'in', leave: leaveOnce() });
    }
  }

  function wakeAtNextToken(): void {
    timer ??= setTimeout(
      () => {
        timer = undefined;
        admitSome();
      },
      Math.ceil(((1 - tokens) / ratePerSecond) * 1_000),
    );
  }

  function leaveOnce(): () => void {
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      inside -= 1;
      admitSome();
    };
  }

  return {
    enter: ({ signal, withinMs, share = '' }) =>
      new Promise((resolve) => {
        if (isClosed) return resolve({ kind: 'refused', text: 'closed' });
        if (signal?.aborted) return resolve({ kind: 'refused', text: 'given up by the caller' });
        if (waiters.size() >= queueMax) return resolve({ kind: 'refused', text: 'the queue is full' });
        const refuse = (text: string) => waiter.admit({ kind: 'refused', text });
        const stop = () => refuse('given up by the caller');
        const late = setTimeout(() => refuse('no turn in time'), Math.max(0, withinMs));
        const waiter: Waiter = {
          admit(turn) {
            waiters.remove(share, waiter);
            clearTimeout(late);
            signal?.removeEventListener('abort', stop);
            resolve(turn);
          },
        };
        signal?.addEventListener('abort', stop, { once: true });
        waiters.push(share, waiter);
        admitSome();
      }),
    load: () => ({ inside, waiting: waiters.size() }),
    close() {
      isClosed = true;
      clearTimeout(timer);
      for (const waiter of waiters.all()) waiter.admit({ kind: 'refused', text: 'closed' });
    },
  };
}
