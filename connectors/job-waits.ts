/** How long the payments that this process started wait in Zeebe before each of their steps is taken: the sign that more is started than worked off. */

export type JobWaits = {
  /** From now on a step of the payment may be taken. */
  ready(payment: string): void;
  /** A step was taken, by this process. */
  taken(payment: string, step: string): void;
  /** It is on its way to the rail, or has left the way there. */
  through(payment: string): void;
};

/** What other processes took is never heard of; so many are remembered. */
const rememberedMax = 20_000;

export function createJobWaits(
  told: {
    readonly onWait: (step: string, ms: number) => void;
    readonly onThrough: (payment: string) => void;
  },
  now = () => performance.now(),
): JobWaits {
  const readyAt = new Map<string, number>();
  return {
    ready(payment) {
      readyAt.delete(payment);
      readyAt.set(payment, now());
      if (readyAt.size > rememberedMax) readyAt.delete(readyAt.keys().next().value ?? '');
    },
    taken(payment, step) {
      const since = readyAt.get(payment);
      if (since === undefined) return;
      readyAt.delete(payment);
      told.onWait(step, now() - since);
    },
    through: told.onThrough,
  };
}
