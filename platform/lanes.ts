/** Lets a loop run ahead of its own writes: so many at once, the first failure thrown to the loop. */

export type Lanes = {
  /** Begins `work` when a lane is free; throws what an earlier one threw. */
  add(work: () => Promise<unknown>): Promise<void>;
  /** Resolves when all have ended; throws the first failure. */
  end(): Promise<void>;
};

export function createLanes(max: number): Lanes {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  function throwFailure(): void {
    if (failure) throw failure.error;
  }

  return {
    async add(work) {
      while (running.size >= max) await Promise.race(running);
      throwFailure();
      const one = work()
        .then(
          () => undefined,
          (error: unknown) => {
            failure ??= { error };
          },
        )
        .finally(() => running.delete(one));
      running.add(one);
    },
    async end() {
      await Promise.all(running);
      throwFailure();
    },
  };
}
