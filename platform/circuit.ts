/** A circuit breaker: after failures in a row nobody passes for a while, then one probe decides. */

export type CircuitState = 'closed' | 'open' | 'half-open';

export type Circuit = {
  state(): CircuitState;
  /** How long nobody passes; 0 when somebody may. */
  shutForMs(): number;
  /** A pass, or undefined while shut. The holder must say how it ended. */
  enter(): Pass | undefined;
};

/** `unclear` says nothing of the other side, such as a call that its caller gave up. */
export type Pass = { ended(how: 'worked' | 'failed' | 'unclear'): void };

export type CircuitOptions = {
  readonly failuresMax: number;
  readonly openMs: number;
  readonly now: () => number;
  readonly onChange: (state: CircuitState) => void;
};

/** While a probe is out, others are told to come back after this long. */
const probeWaitMs = 1_000;

export function createCircuit({ failuresMax, openMs, now, onChange }: CircuitOptions): Circuit {
  let failures = 0;
  let openedAt: number | undefined;
  let isProbing = false;

  function state(): CircuitState {
    if (openedAt === undefined) return 'closed';
    return now() - openedAt >= openMs ? 'half-open' : 'open';
  }

  function shutForMs(): number {
    if (openedAt === undefined) return 0;
    if (state() === 'open') return openedAt + openMs - now();
    return isProbing ? probeWaitMs : 0;
  }

  const probe: Pass = {
    ended(how) {
      isProbing = false;
      if (how === 'unclear') return;
      openedAt = how === 'failed' ? now() : undefined;
      failures = 0;
      onChange(how === 'failed' ? 'open' : 'closed');
    },
  };

  const ordinary: Pass = {
    ended(how) {
      if (openedAt !== undefined || how === 'unclear') return;
      failures = how === 'failed' ? failures + 1 : 0;
      if (failures < failuresMax) return;
      openedAt = now();
      onChange('open');
    },
  };

  return {
    state,
    shutForMs,
    enter() {
      if (shutForMs() > 0) return undefined;
      if (openedAt === undefined) return ordinary;
      isProbing = true;
      onChange('half-open');
      return probe;
    },
  };
}
