/** How often one client may ask: a bucket of tokens each, filled steadily. Per process, so that it needs nobody. */
import { Problem } from '../domain/problem.ts';

export type RateLimit = {
  /** Throws `too-many-requests` where the bucket of `key` is empty. */
  take(key: string): void;
};

export type RateLimitOptions = {
  readonly perSecond: number;
  /** What may come at once. */
  readonly burst: number;
  readonly now: () => number;
};

type Bucket = { left: number; at: number };

/** Beyond it the one that was quiet longest is forgotten, and with it that it was ever used. */
const keysMax = 10_000;

export function createRateLimit({ perSecond, burst, now }: RateLimitOptions): RateLimit {
  const buckets = new Map<string, Bucket>();
  return {
    take(key) {
      const at = now();
      const { left, at: before } = buckets.get(key) ?? { left: burst, at };
      const filled = Math.min(burst, left + ((at - before) / 1_000) * perSecond);
      // Set anew, so that the first key of the map is the one that was quiet longest.
      buckets.delete(key);
      buckets.set(key, { left: filled < 1 ? filled : filled - 1, at });
      if (buckets.size > keysMax) buckets.delete(buckets.keys().next().value!);
      if (filled < 1) throw tooMany(Math.ceil((1 - filled) / perSecond));
    },
  };
}

function tooMany(seconds: number): Problem {
  return new Problem('too-many-requests', `the client asks more often than it may: wait ${seconds} s`, {
    retry_after: seconds,
  });
}
