/** Lets the work of each tenant go on beside that of all others, a little of each at once, in the order it came. */

export type Turns = {
  /** Runs `work` when it is its turn among those of its share; not at all once the signal has fired. */
  take(share: string, signal: AbortSignal, work: () => Promise<void>): Promise<void>;
};

export function createTurns(atOnce: number): Turns {
  const shares = new Map<string, { inside: number; readonly waiting: Set<() => void> }>();
  return {
    async take(share, signal, work) {
      const line = shares.get(share) ?? { inside: 0, waiting: new Set() };
      shares.set(share, line);
      if (line.inside < atOnce) line.inside += 1;
      else await turnIn(line.waiting, signal);
      try {
        signal.throwIfAborted();
        await work();
      } finally {
        const [next] = line.waiting;
        if (next) {
          line.waiting.delete(next);
          next();
        } else {
          line.inside -= 1;
          if (line.inside === 0) shares.delete(share);
        }
      }
    },
  };
}

/** Rejects without having taken the turn when the signal fires first. */
function turnIn(waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      waiting.delete(go);
      reject(signal.reason);
    };
    const go = () => {
      signal.removeEventListener('abort', stop);
      resolve();
    };
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    waiting.add(go);
  });
}
