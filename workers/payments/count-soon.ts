/** Counts touched sub-batches after a pause that grows with what counting costs, so that many payments share one count. */
import type { Log } from '../../platform/log.ts';

export type Counter = { touch(subBatchId: string): void; flush(): Promise<void> };

/** A count that is lost with the process is made up for by the batch's recount timer. */
export function createCounter(
  count: (subBatchId: string) => Promise<unknown>,
  options: { pauseMs: number; log: Log },
): Counter {
  const touched = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let pauseMs = options.pauseMs;

  function plan(): void {
    timer ??= setTimeout(() => void run(), pauseMs);
  }

  async function run(): Promise<void> {
    const ids = [...touched];
    touched.clear();
    const startedAt = performance.now();
    for (const id of ids) {
      await count(id).catch((error: unknown) => {
        options.log.warn('sub-batch was not counted', { subBatchId: id, error });
        touched.add(id);
      });
    }
    pauseMs = Math.max(options.pauseMs, (performance.now() - startedAt) * 4);
    timer = undefined;
    if (touched.size > 0) plan();
  }

  return {
    touch(subBatchId) {
      touched.add(subBatchId);
      plan();
    },
    async flush() {
      clearTimeout(timer);
      timer = undefined;
      await run();
    },
  };
}
