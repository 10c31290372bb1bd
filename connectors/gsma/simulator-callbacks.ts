/** The simulated provider's callbacks: PUT of the final transaction or error to where the client asked, tried a few times. */
import type { Booked } from '../simulator-ledger.ts';
import { refusal, type Taken, transactionBody } from './simulator-bodies.ts';

/** After these a callback is given up; whoever missed it can still ask. */
const pausesMs = [250, 1_000, 5_000];
const timeoutMs = 5_000;

export type Callbacks = { tell(entry: Booked<Taken>, whole?: object): void; close(): void };

/** Callbacks live in memory only: those of a provider that was killed are lost, as in life. */
export function createCallbacks(now: () => Date): Callbacks {
  const stop = new AbortController();
  const timers = new Set<NodeJS.Timeout>();

  async function attempt(url: string, correlationId: string, body: string, pauses: readonly number[]): Promise<void> {
    if (await isTaken(url, correlationId, body)) return;
    const [pauseMs, ...rest] = pauses;
    if (pauseMs === undefined || stop.signal.aborted) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void attempt(url, correlationId, body, rest);
    }, pauseMs);
    timers.add(timer);
  }

  async function isTaken(url: string, correlationId: string, body: string): Promise<boolean> {
    const headers = {
      'content-type': 'application/json',
      'x-correlationid': correlationId,
      'x-date': now().toISOString(),
    };
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const response = await fetch(url, { method: 'PUT', headers, body, signal, redirect: 'error' });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  return {
    /** `whole`: the batch that ended with this payment; a payment of a batch is not told by itself. */
    tell(entry, whole) {
      const { callbackUrl } = entry.data;
      if (!callbackUrl || (entry.data.batchId && !whole)) return;
      const body = whole ?? (entry.state === 'rejected' ? refusal(now()) : transactionBody(entry));
      void attempt(callbackUrl, entry.id, JSON.stringify(body), pausesMs);
    },
    close() {
      stop.abort();
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
