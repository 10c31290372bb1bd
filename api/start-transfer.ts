/** Starts the process of a single payment as soon as it is in the books; what does not succeed here the outbox does. */
import type { Log } from '../platform/log.ts';
import type { Zeebe } from '../platform/zeebe.ts';
import type { StartEntry } from '../store/accept-transfer.ts';
import type { Outbox } from '../store/outbox.ts';

export type TransferStarter = {
  /** How long the outbox should leave the next start to us; 0 while we have our hands full. */
  graceMs(): number;
  start(entry: StartEntry): void;
  /** Resolves when what was begun has ended. */
  drain(): Promise<void>;
};

/** Starts under way at once; the outbox carries what is beyond. */
const atOnceMax = 64;
/** Longer than Zeebe takes to answer while it is well: a start that the outbox repeats makes an instance that finds nothing to do. */
const graceMs = 5_000;

export function createTransferStarter(deps: {
  readonly zeebe: Pick<Zeebe, 'start'>;
  readonly outbox: Pick<Outbox, 'done' | 'failed'>;
  readonly log: Log;
  readonly now: () => Date;
}): TransferStarter {
  const { zeebe, outbox, log, now } = deps;
  const underWay = new Set<Promise<void>>();

  async function begin({ id, process, variables }: StartEntry): Promise<void> {
    try {
      await zeebe.start(process, variables);
    } catch (error) {
      log.warn('payment was not started and is left to the outbox', { entry: id, error });
      await outbox.failed(id, String(error), now());
      return;
    }
    await outbox.done(id);
  }

  return {
    graceMs: () => (underWay.size < atOnceMax ? graceMs : 0),
    start(entry) {
      const work = begin(entry)
        .catch((error: unknown) => log.warn('start was not noted in the outbox', { entry: entry.id, error }))
        .finally(() => underWay.delete(work));
      underWay.add(work);
    },
    async drain() {
      await Promise.all(underWay);
    },
  };
}
