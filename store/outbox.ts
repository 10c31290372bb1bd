/** What starts or wakes another part: written with its cause, swept until done. */
import type { ClientSession } from '../platform/mongo.ts';
import { insertMissing } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { OutboxAttempt, OutboxDoc, OutboxEntry } from './documents.ts';

export type NewEntry = {
  /** Derived from the cause, so that the same cause writes it once. */
  readonly id: string;
  readonly tenantId: string;
  readonly batchId?: string;
  readonly entry: OutboxEntry;
  readonly dueAt?: Date;
};

export type DueFilter = {
  readonly kinds?: { $in: OutboxEntry['kind'][] } | { $nin: OutboxEntry['kind'][] };
  /** Tenants that are passed over. */
  readonly notOf?: readonly string[];
};

export type Outbox = ReturnType<typeof createOutbox>;

const countedMax = 10_000;
/** Tries that are kept: a day of them, and those after a resend. */
const attemptsMax = 60;

/** `leaseMs`: how long a relay that took an entry may work on it before another may. `onAdd` hears of entries that are there to be taken. */
export function createOutbox(c: Collections, options: { leaseMs: number; now?: () => Date; onAdd?: () => void }) {
  const now = options.now ?? (() => new Date());
  return {
    /** Adds entries, inside the transaction of their cause where there is one. A second entry of the same cause is the first. */
    async add(entries: readonly NewEntry[], session?: ClientSession): Promise<void> {
      const docs = entries.map((e) => outboxDoc(e, now()));
      if (!session) {
        await insertMissing(c.outbox, docs);
        options.onAdd?.();
        return;
      }
      for (const doc of docs) {
        const { _id, ...rest } = doc;
        await c.outbox.updateOne({ _id }, { $setOnInsert: rest }, { upsert: true, session });
      }
    },

    /** Takes up to `max` due entries; each comes again after the lease unless done. */
    async take(max: number, { kinds, notOf = [] }: DueFilter = {}): Promise<OutboxDoc[]> {
      const due = await c.outbox
        .find({
          dueAt: { $lte: now(), $type: 'date' },
          ...(kinds && { 'entry.kind': kinds }),
          ...(notOf.length > 0 && { tenantId: { $nin: [...notOf] } }),
        })
        .sort({ dueAt: 1 })
        .limit(max)
        .toArray();
      const until = new Date(now().getTime() + options.leaseMs);
      const mine: OutboxDoc[] = [];
      for (const doc of due) {
        const taken = await c.outbox.updateOne(
          { _id: doc._id, dueAt: doc.dueAt },
          { $set: { dueAt: until }, $inc: { tries: 1 } },
        );
        if (taken.modifiedCount === 1) mine.push({ ...doc, tries: doc.tries + 1 });
      }
      return mine;
    },

    /** How many single payments of each tenant are accepted and have no process yet. */
    async startsWaiting(): Promise<Map<string, number>> {
      const groups = c.outbox.aggregate<{ _id: string; n: number }>(
        [
          { $match: { dueAt: { $type: 'date' }, 'entry.kind': 'start' } },
          { $group: { _id: '$tenantId', n: { $sum: 1 } } },
        ],
        { hint: 'due' },
      );
      return new Map((await groups.toArray()).map(({ _id, n }) => [_id, Number(n)]));
    },

    async done(id: string, attempt?: OutboxAttempt): Promise<void> {
      const done = { $set: { dueAt: null, doneAt: now() }, $unset: { lastError: '' as const } };
      await c.outbox.updateOne({ _id: id }, { ...done, ...pushed(attempt) });
    },

    async failed(id: string, error: string, retryAt: Date, attempt?: OutboxAttempt): Promise<void> {
      const later = { $set: { dueAt: retryAt, lastError: error.slice(0, 500) } };
      await c.outbox.updateOne({ _id: id }, { ...later, ...pushed(attempt) });
    },

    /** For what has an end to its trying: shown to people, never tried again. */
    async giveUp(id: string, error: string, attempt?: OutboxAttempt): Promise<void> {
      const over = { $set: { dueAt: null, givenUpAt: now(), lastError: error.slice(0, 500) } };
      await c.outbox.updateOne({ _id: id }, { ...over, ...pushed(attempt) });
    },

    async ofBatch(batchId: string): Promise<OutboxDoc[]> {
      return c.outbox.find({ batchId }).toArray();
    },

    /**
     * What is not done: how many entries wait, counted up to 10,000, and how long the oldest that should be done has
     * been due, in milliseconds.
     */
    async standing(): Promise<{ waiting: number; oldestDueMs: number }> {
      const [waiting, oldest] = await Promise.all([
        c.outbox.countDocuments({ dueAt: { $type: 'date' } }, { limit: countedMax }),
        c.outbox
          .find({ dueAt: { $lte: now(), $type: 'date' } }, { projection: { dueAt: 1 } })
          .sort({ dueAt: 1 })
          .limit(1)
          .next(),
      ]);
      return { waiting, oldestDueMs: oldest?.dueAt ? now().getTime() - oldest.dueAt.getTime() : 0 };
    },
  };
}

export function outboxDoc({ id, tenantId, batchId, entry, dueAt }: NewEntry, at: Date): OutboxDoc {
  return { _id: id, tenantId, batchId, entry, createdAt: at, dueAt: dueAt ?? at, tries: 0 };
}

function pushed(attempt: OutboxAttempt | undefined) {
  return attempt === undefined ? {} : { $push: { attempts: { $each: [attempt], $slice: -attemptsMax } } };
}
