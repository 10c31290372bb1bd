/** Sweeps the outbox: publishes messages, starts single payments, hands sub-batches to Kafka, lets waiting ones go, posts webhooks; each again until it is done. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TransferVariables } from '../domain/process.ts';
import type { KafkaBus } from '../platform/kafka.ts';
import type { Log } from '../platform/log.ts';
import { isBackpressure, type Zeebe } from '../platform/zeebe.ts';
import type { Books } from '../store/books.ts';
import type { OutboxDoc } from '../store/documents.ts';
import type { Outbox } from '../store/outbox.ts';
import type { SubBatches } from '../store/sub-batches.ts';
import type { WebhookSender } from './webhook.ts';

export type RelayDeps = {
  readonly outbox: Outbox;
  readonly zeebe: Pick<Zeebe, 'publish' | 'start'>;
  readonly books: Pick<Books, 'latestAttempts' | 'outcomesOf'>;
  readonly kafka: Pick<KafkaBus, 'send'>;
  readonly subBatches: Pick<SubBatches, 'release'>;
  readonly webhook: WebhookSender;
  readonly log: Log;
  readonly now: () => Date;
  /** Pause between sweeps that find nothing. */
  readonly idleMs: number;
};

export type Relay = {
  /** There is something in the outbox: sweep now. */
  wake(): void;
  stop(): Promise<void>;
};

/** A message that nobody waits for yet is kept for this long; longer than any outage that we mean to survive by ourselves. */
const messageTtlMs = 24 * 3_600_000;
const takeMax = 50;

export function startRelay(deps: RelayDeps): Relay {
  const { outbox, log, now } = deps;
  let isStopped = false;
  let isAwake = false;
  let rouse = () => {};
  const loop = sweep();

  async function sweep(): Promise<void> {
    while (!isStopped) {
      const handled = await sweepOnce().catch((error: unknown) => {
        log.warn('outbox could not be swept', { error });
        return 0;
      });
      if (handled === 0) await rest();
    }
  }

  /** Until somebody wakes us, or a while: others write to the outbox too, and what was put off is due some time. */
  async function rest(): Promise<void> {
    if (!isAwake) {
      const roused = new AbortController();
      rouse = () => roused.abort();
      await sleep(deps.idleMs, undefined, { signal: roused.signal }).catch(() => undefined);
    }
    isAwake = false;
  }

  function wake(): void {
    isAwake = true;
    rouse();
  }

  async function sweepOnce(): Promise<number> {
    const entries = await outbox.take(takeMax);
    await Promise.all(entries.map((doc) => (doc.entry.kind === 'webhook' ? deps.webhook(doc) : deliver(doc))));
    return entries.length;
  }

  async function deliver(doc: OutboxDoc): Promise<void> {
    try {
      await send(doc);
      await outbox.done(doc._id);
    } catch (error) {
      const pauseMs = Math.min(30_000, 100 * 2 ** Math.min(doc.tries, 9)) * (0.5 + Math.random() / 2);
      if (!isBackpressure(error))
        log.warn('outbox entry was not delivered', { entry: doc._id, tries: doc.tries, error });
      await outbox.failed(doc._id, String(error), new Date(now().getTime() + pauseMs)).catch(() => undefined);
    }
  }

  async function send({ entry, tenantId }: OutboxDoc): Promise<void> {
    if (entry.kind === 'message') {
      const { name, key, messageId, variables } = entry;
      await deps.zeebe.publish({ name, key, messageId, variables, ttlMs: messageTtlMs });
    } else if (entry.kind === 'start') {
      if (!(await isBegun(entry.variables))) await deps.zeebe.start(entry.process, entry.variables);
    } else if (entry.kind === 'sub-batch') {
      const value = JSON.stringify({ subBatchId: entry.subBatchId });
      await deps.kafka.send([{ topic: `payments.${entry.rail}`, key: entry.subBatchId, value }]);
    } else if (entry.kind === 'release') {
      await deps.subBatches.release(tenantId, entry.rail);
    }
  }

  /** Whether an instance works on the payment already: the API starts them too, and may die before it says so. Claims sort out the rest. */
  async function isBegun({ batchId, row }: TransferVariables): Promise<boolean> {
    const [outcomes, attempts] = await Promise.all([
      deps.books.outcomesOf(batchId, [row]),
      deps.books.latestAttempts(batchId, [row]),
    ]);
    return outcomes.has(row) || attempts.has(row);
  }

  return {
    wake,
    async stop() {
      isStopped = true;
      wake();
      await loop;
    },
  };
}
