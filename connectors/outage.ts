/** Since when a rail's circuit is not closed, for whoever has to decide how long to stay away. */
import type { CircuitState } from '../platform/circuit.ts';

export type Outage = {
  /** How long to stay away; 0 when calls may pass, or to one now and then that is to find out whether they do. */
  pauseMs(who: Caller): number;
};

/** A payment's step, or the start of more payments. */
type Caller = 'job' | 'start';

const pauseMinMs = 2_000;
const pauseMaxMs = 30_000;
/** The circuit is half open for as long as its probe waits for an answer, which is most of the time where a rail hangs. */
const triesEveryMs: Readonly<Record<Caller, number>> = { job: 500, start: 5_000 };

/** Grows with the outage: a thousand payments that try again every second would slow every other rail. */
export function createOutage(circuit: () => CircuitState, now = () => performance.now()): Outage {
  const triedAt = new Map<Caller, number>();
  let since: number | undefined;

  function mayTry(who: Caller): boolean {
    const last = triedAt.get(who);
    if (last !== undefined && now() - last < triesEveryMs[who]) return false;
    triedAt.set(who, now());
    return true;
  }

  return {
    pauseMs(who) {
      const state = circuit();
      since = state === 'closed' ? undefined : (since ?? now());
      if (since === undefined || (state === 'half-open' && mayTry(who))) return 0;
      return Math.min(pauseMaxMs, Math.max(pauseMinMs, (now() - since) / 2));
    },
  };
}
