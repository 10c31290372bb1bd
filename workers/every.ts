/** Does something again and again, one at a time, with a pause between; what fails is told and tried again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../platform/log.ts';

export type Loop = {
  /** Resolves once what is being done has ended. */
  stop(): Promise<void>;
};

/** Pauses vary by a fifth, so that processes that were started together do not act together. */
export function every(ms: number, log: Log, onFailure: string, work: () => Promise<void>): Loop {
  const stopped = new AbortController();
  const running = (async () => {
    while (!stopped.signal.aborted) {
      await work().catch((error: unknown) => log.warn(onFailure, { error }));
      const pauseMs = ms * (0.9 + Math.random() / 5);
      await sleep(pauseMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined);
    }
  })();
  return {
    stop() {
      stopped.abort();
      return running;
    },
  };
}
