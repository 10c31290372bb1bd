/** Answers that take a while to find: asked for once at a time, and kept for ten times as long as it took. */

export type KeptAnswers<A> = (key: string, ask: () => Promise<A>) => Promise<A>;

/** Kept for `leastMs` at least and `mostMs` at most; the `max` newest are. A failure is kept for nobody. */
export function createKeptAnswers<A>(
  { leastMs = 1_000, mostMs = 30_000, max = 500 }: { leastMs?: number; mostMs?: number; max?: number } = {},
  clock: () => number = Date.now,
): KeptAnswers<A> {
  const kept = new Map<string, { readonly answer: Promise<A>; until: number }>();
  return (key, ask) => {
    const had = kept.get(key);
    if (had && had.until > clock()) return had.answer;
    const began = clock();
    const entry = { answer: ask(), until: Number.POSITIVE_INFINITY };
    kept.delete(key);
    kept.set(key, entry);
    if (kept.size > max) kept.delete(kept.keys().next().value ?? '');
    entry.answer.then(
      () => {
        entry.until = clock() + Math.min(mostMs, Math.max(leastMs, 10 * (clock() - began)));
      },
      () => kept.delete(key),
    );
    return entry.answer;
  };
}
