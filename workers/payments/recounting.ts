/** Counts what is under way now and then, for whoever died between an outcome and its count; also of batches closed with pending rows. */
import type { Log } from '../../platform/log.ts';
import type { SubBatches } from '../../store/sub-batches.ts';

export function startRecounting(subBatches: Pick<SubBatches, 'recount'>, options: { everyMs: number; log: Log }) {
  let running = false;
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    subBatches
      .recount()
      .catch((error: unknown) => options.log.warn('sub-batches were not recounted', { error }))
      .finally(() => {
        running = false;
      });
  }, options.everyMs);
  return { stop: () => clearInterval(timer) };
}
