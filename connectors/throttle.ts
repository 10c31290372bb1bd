/** How many process starts may be under way at once: more while Zeebe keeps up, half as soon as it pushes back (AIMD). */

export type Throttle = {
  /** Runs `start` when there is room; a push-back is told, waited out and tried again. */
  run<T>(start: () => Promise<T>, isPushBack: (error: unknown) => boolean): Promise<T>;
  readonly limit: () => number;
  /** Set while Zeebe pushes back. */
  readonly isPushedBack: () => boolean;
};

export function createThrottle(options: {
  readonly min: number;
  readonly max: number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random?: () => number;
}): Throttle {
  const random = options.random ?? Math.random;
  const queue: (() => void)[] = [];
  let limit = options.min;
  let inside = 0;
  let pushedBack = 0;

  async function enter(): Promise<void> {
    while (inside >= Math.floor(limit)) await new Promise<void>((resume) => queue.push(resume));
    inside += 1;
  }

  function leave(): void {
    inside -= 1;
    queue.shift()?.();
  }

  return {
    limit: () => Math.floor(limit),
    isPushedBack: () => pushedBack > 0,
    async run(start, isPushBack) {
      for (let tries = 0; ; tries += 1) {
        await enter();
        try {
          const made = await start();
          limit = Math.min(options.max, limit + 1 / limit);
          pushedBack = Math.max(0, pushedBack - 1);
          return made;
        } catch (error) {
          if (!isPushBack(error)) throw error;
          limit = Math.max(options.min, limit / 2);
          pushedBack = Math.min(options.max, pushedBack + 1);
        } finally {
          leave();
        }
        await options.sleep(Math.min(2_000, 20 * 2 ** Math.min(tries, 7)) * (0.5 + random() / 2));
      }
    },
  };
}
