/** Ends holds whose time is over now and then, for whoever died while money waited in one. */
import type { Log } from '../../platform/log.ts';
import type { Ledger } from '../../store/ledger/ledger.ts';

export function startEndingHolds(ledger: Pick<Ledger, 'endExpired'>, options: { everyMs: number; log: Log }) {
  const { everyMs, log } = options;
  let running = false;
  const timer = setInterval(() => {
    if (running) return;
    running = true;
    ledger
      .endExpired()
      .then((ended) => void (ended > 0 && log.info('holds ended because their time was over', { ended })))
      .catch((error: unknown) => log.warn('holds were not ended', { error }))
      .finally(() => {
        running = false;
      });
  }, everyMs);
  return { stop: () => clearInterval(timer) };
}
