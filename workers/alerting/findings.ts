/** Looks for what a person should know of: batches that stand still, payments unknown for long, rails cut off, an outbox that does not empty. */
import { buckets, countIn } from '../../domain/tally.ts';
import { isDuplicateKey } from '../../platform/mongo.ts';
import type { Finding } from '../../store/alerts.ts';
import { type Collections, openOfRail } from '../../store/collections.ts';
import type { Outbox } from '../../store/outbox.ts';

export type AlertLimits = {
  /** A batch that makes no progress for so long stands still. */
  readonly batchStalledMs: number;
  readonly unknownMs: number;
  readonly circuitOpenMs: number;
  readonly outboxMs: number;
};

/** The kinds of alerts that `find` looks for, all of them each time. */
export const foundKinds = ['batch-stalled', 'unknowns-old', 'circuit-open', 'outbox-old'] as const;

/** Rails and states are asked of each process every few seconds; what is older is of a process that is gone. */
export function createFindings(
  c: Pick<Collections, 'tenants' | 'batches' | 'batchProgress' | 'subBatches' | 'unknowns' | 'railStates'>,
  outbox: Pick<Outbox, 'standing'>,
  limits: AlertLimits,
  now: () => Date,
) {
  return async (): Promise<Finding[]> => {
    const tenantIds = (await c.tenants.find({}, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id);
    const found = await Promise.all([
      notBegun(tenantIds),
      standingStill(),
      oldUnknowns(tenantIds),
      cutOff(),
      oldOutbox(),
    ]);
    return found.flat();
  };

  /** Accepted or being checked for too long. */
  async function notBegun(tenantIds: readonly string[]): Promise<Finding[]> {
    const before = new Date(now().getTime() - limits.batchStalledMs);
    const found: Finding[] = [];
    for (const tenantId of tenantIds) {
      const waiting = {
        tenantId,
        status: { $in: ['queued' as const, 'validating' as const] },
        createdAt: { $lt: before },
      };
      const batches = c.batches.find(waiting, { projection: { status: 1 } }).limit(100);
      for await (const { _id: subject, status } of batches) {
        const detail = `the batch is ${status} and makes no progress`;
        found.push({ kind: 'batch-stalled', tenantId, subject, detail });
      }
    }
    return found;
  }

  /** Dispatched, with payments that could be sent, and none was since long. What waits for its rail, a payer or a person does not count. */
  async function standingStill(): Promise<Finding[]> {
    const paused = await c.batches.distinct('_id', { hold: 'paused' });
    const toSend = { sentAt: { $exists: false }, stoppedAt: { $exists: false }, batchId: { $nin: paused } };
    const projection = { tenantId: 1, batchId: 1, started: 1, tally: 1 };
    const open = c.subBatches
      .find({ status: { $in: ['ready', 'dispatched'] }, ...toSend }, { projection })
      .hint(openOfRail);
    const batches = new Map<string, { tenantId: string; done: number }>();
    for await (const { tenantId, batchId, started, tally } of open) {
      const had = batches.get(batchId) ?? { tenantId, done: 0 };
      batches.set(batchId, { tenantId, done: had.done + Number(started) + countIn(tally, ...buckets) });
    }
    const sinceOf = await progressOf(batches);
    return [...batches].flatMap(([subject, { tenantId }]) => {
      const since = sinceOf.get(subject);
      if (!since || now().getTime() - since.getTime() < limits.batchStalledMs) return [];
      const detail = 'payments of the batch could be sent, and none was';
      return [{ kind: 'batch-stalled' as const, tenantId, subject, detail }];
    });
  }

  /** Since when each batch is where it is. Kept, so that all who look agree, and a process that starts knows. */
  async function progressOf(batches: ReadonlyMap<string, { readonly done: number }>): Promise<Map<string, Date>> {
    const ids = [...batches.keys()];
    const known = await c.batchProgress.find({}).toArray();
    const had = new Map(known.map((doc) => [doc._id, doc]));
    const changed = ids.filter((id) => had.get(id)?.done !== batches.get(id)!.done);
    const since = now();
    for (const _id of changed) {
      const { done } = batches.get(_id)!;
      await c.batchProgress
        .updateOne({ _id, done: { $ne: done } }, { $set: { done, since } }, { upsert: true })
        .catch(ignoreTaken);
    }
    await c.batchProgress.deleteMany({ _id: { $nin: ids } });
    return new Map(ids.map((id) => [id, changed.includes(id) ? since : had.get(id)!.since]));
  }

  async function oldUnknowns(tenantIds: readonly string[]): Promise<Finding[]> {
    const before = new Date(now().getTime() - limits.unknownMs);
    const found: Finding[] = [];
    for (const tenantId of tenantIds) {
      const groups = c.unknowns.aggregate<{ _id: string; n: number; since: Date }>([
        { $match: { tenantId, since: { $lt: before } } },
        { $group: { _id: '$rail', n: { $sum: 1 }, since: { $min: '$since' } } },
      ]);
      for await (const { _id: subject, n, since } of groups) {
        const detail = `${Number(n)} payments are unknown, the oldest since ${since.toISOString()}`;
        found.push({ kind: 'unknowns-old', tenantId, subject, detail });
      }
    }
    return found;
  }

  async function cutOff(): Promise<Finding[]> {
    const before = new Date(now().getTime() - limits.circuitOpenMs);
    const states = c.railStates.find({
      circuit: { $ne: 'closed' },
      circuitSince: { $lt: before },
      expireAt: { $gt: now() },
    });
    const rails = new Map((await states.toArray()).map((state) => [state.rail, state]));
    return [...rails.values()].map(({ rail, circuitSince, lastError }) => {
      const detail = `calls to the rail are cut off since ${circuitSince?.toISOString()}: ${lastError ?? 'it does not answer'}`;
      return { kind: 'circuit-open', subject: rail, detail };
    });
  }

  async function oldOutbox(): Promise<Finding[]> {
    const { oldestDueMs, waiting } = await outbox.standing();
    if (oldestDueMs < limits.outboxMs) return [];
    const detail = `the oldest of ${waiting} entries should have been told ${Math.round(oldestDueMs / 1_000)} s ago`;
    return [{ kind: 'outbox-old', subject: 'outbox', detail }];
  }
}

/** Somebody else noted the same at the same moment. */
function ignoreTaken(error: unknown): void {
  if (!isDuplicateKey(error)) throw error;
}
