/** How often a request state may be asked for: as often as the provider allows, and seldom beyond that. */

export type Polls = {
  /** False where the provider wants to be left alone for a while. */
  mayAsk(id: string): boolean;
  /** What the provider said about it: how often in all. */
  allowed(id: string, times: number | undefined): void;
};

/** Beyond its limit, so seldom: the result is told by a callback, or found by our own correlation id. */
const beyondEveryMs = 600_000;
/** In memory: a process that was started anew begins to count again. */
const rememberedMax = 20_000;

export function createPolls(now: () => Date): Polls {
  const known = new Map<string, { asked: number; at: number; limit: number }>();

  function of(id: string) {
    const one = known.get(id) ?? { asked: 0, at: 0, limit: Number.POSITIVE_INFINITY };
    known.delete(id);
    known.set(id, one);
    if (known.size > rememberedMax) known.delete(known.keys().next().value!);
    return one;
  }

  return {
    mayAsk(id) {
      const one = of(id);
      if (one.asked >= one.limit && now().getTime() - one.at < beyondEveryMs) return false;
      one.asked += 1;
      one.at = now().getTime();
      return true;
    },
    allowed(id, times) {
      if (times !== undefined && times > 0) of(id).limit = times;
    },
  };
}
