/** Sweeps the outbox: publishes messages, starts single payments, hands sub-batches to Kafka, lets waiting ones go, posts webhooks; each again until it is done. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TransferVariables } from '../domain/process.ts';
import type { KafkaBus } from '../platform/kafka.ts';
import type { Log } from '../platform/log.ts';
import { isBackpressure, type Zeebe } from '../platform/zeebe.ts';
import type { Books } from '../store/books.ts';
import type { OutboxDoc } from '../store/documents.ts';
import type { DueFilter, Outbox } from '../store/outbox.ts';
import type { SubBatches } from '../store/sub-batches.ts';
import type { WebhookSender } from './webhook.ts';

export type RelayDeps = {
  readonly outbox: Outbox;
  readonly zeebe: Pick<Zeebe, 'publish' | 'start'>;
  readonly books: Pick<Books, 'latestAttempts' | 'outcomesOf'>;
  readonly kafka: Pick<KafkaBus, 'send'>;
  readonly subBatches: Pick<SubBatches, 'release' | 'count'>;
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

type Lane = {
  readonly kinds: DueFilter['kinds'];
  readonly atOnce: number;
  /** From so many of one tenant on, others are taken before more of theirs. */
  readonly ofOneTenant: number;
};

/** What goes to one place waits for no other place: a webhook that hangs, or a Kafka that is away, holds up no message. */
const lanes: readonly Lane[] = [
  { kinds: { $nin: ['webhook', 'sub-batch'] }, atOnce: 50, ofOneTenant: 20 },
  { kinds: { $in: ['sub-batch'] }, atOnce: 50, ofOneTenant: 20 },
  { kinds: { $in: ['webhook'] }, atOnce: 60, ofOneTenant: 10 },
];

export function startRelay(deps: RelayDeps): Relay {
  const { outbox, log, now } = deps;
  let isStopped = false;
  const rests = lanes.map(createRest);
  const loops = lanes.map((lane, at) => sweep(lane, rests[at]!));

  async function sweep({ kinds, atOnce, ofOneTenant }: Lane, rest: Rest): Promise<void> {
    const running = new Map<Promise<void>, string>();
    while (!isStopped) {
      const max = Math.min(ofOneTenant, atOnce - running.size);
      const filter = { kinds, notOf: busyTenants(running.values(), ofOneTenant) };
      const entries = max === 0 ? [] : await outbox.take(max, filter).catch(noneOf);
      for (const doc of entries) {
        const one = (doc.entry.kind === 'webhook' ? deps.webhook(doc) : deliver(doc)).finally(() =>
          running.delete(one),
        );
        running.set(one, doc.tenantId);
      }
      if (max === 0) await Promise.race(running.keys());
      else if (entries.length === 0) await rest.take(deps.idleMs);
    }
    await Promise.allSettled(running.keys());
  }

  function noneOf(error: unknown): [] {
    log.warn('outbox could not be swept', { error });
    return [];
  }

  function wake(): void {
    for (const rest of rests) rest.end();
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
    } else if (entry.kind === 'count') {
      await deps.subBatches.count(entry.subBatchId);
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
      await Promise.all(loops);
    },
  };
}

function busyTenants(tenantIds: Iterable<string>, max: number): string[] {
  const counts = new Map<string, number>();
  for (const id of tenantIds) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts].flatMap(([id, count]) => (count >= max ? [id] : []));
}

/** Until somebody ends it, or a while: others write to the outbox too, and what was put off is due some time. */
type Rest = { take(ms: number): Promise<void>; end(): void };

function createRest(): Rest {
  let isEnded = false;
  let rouse = () => {};
  return {
    async take(ms) {
      if (!isEnded) {
        const roused = new AbortController();
        rouse = () => roused.abort();
        await sleep(ms, undefined, { signal: roused.signal }).catch(() => undefined);
      }
      isEnded = false;
    },
    end() {
      isEnded = true;
      rouse();
    },
  };
}
