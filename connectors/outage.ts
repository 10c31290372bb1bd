/** Since when a rail's circuit is not closed, for whoever has to decide how long to stay away. */
import type { CircuitState } from '../platform/circuit.ts';

export type Outage = {
  /** How long to stay away; 0 when calls may pass, or when one may try. */
  pauseMs(): number;
};

const pauseMinMs = 2_000;
const pauseMaxMs = 30_000;

/** Grows with the outage: a thousand payments that try again every second would slow every other rail. */
export function createOutage(circuit: () => CircuitState, now = () => performance.now()): Outage {
  let since: number | undefined;
  return {
    pauseMs() {
      const state = circuit();
      since = state === 'closed' ? undefined : (since ?? now());
      if (state !== 'open' || since === undefined) return 0;
      return Math.min(pauseMaxMs, Math.max(pauseMinMs, (now() - since) / 2));
    },
  };
}
