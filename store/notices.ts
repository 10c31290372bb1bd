/** Notices to payees as they are planned, taken, sent and counted: intent before the act, by a key that makes each notice one. */
import { randomUUID } from 'node:crypto';
import { type BatchId, rowKeyBytes, rowOfKey, type TenantId } from '../domain/ids.ts';
import {
  type NoticeChannel,
  type NoticeOutcome,
  type NoticeState,
  noticeChannels,
  noticeOutcomes,
} from '../domain/notice.ts';
import type { Switches } from '../domain/switches.ts';
import { type Filter, insertMissing, type UpdateFilter } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { NoticeDoc, NoticeRoundDoc } from './notice-documents.ts';

export type NoticeEnd = Pick<NoticeDoc, 'state' | 'reason' | 'reference'> & { readonly dueAt?: Date };

export type NoticeCount = {
  readonly channel: NoticeChannel;
  readonly outcome: NoticeOutcome;
  readonly state: NoticeState;
  readonly reason?: string;
  readonly count: number;
};

export type Notices = ReturnType<typeof createNotices>;

/** Gauges count no further. */
const countedMax = 10_000;

export function createNotices(c: Pick<Collections, 'notices' | 'noticeRounds'>, now: () => Date = () => new Date()) {
  return {
    /** Has the payees of a batch told; said again, rows are looked through again for outcomes that came since. */
    async ask(
      batchId: BatchId,
      tenantId: TenantId,
      { channels, outcomes, language }: Switches['notify'],
    ): Promise<void> {
      const at = now();
      await c.noticeRounds.updateOne(
        { _id: batchId },
        {
          $inc: { n: 1 },
          $set: { dueAt: at, row: 0, withoutAddress: {}, isOpen: true },
          $unset: { claim: '' },
          $setOnInsert: { tenantId, channels: [...channels], outcomes: [...outcomes], language, at },
        },
        { upsert: true },
      );
    },

    /** Takes a round whose rows are to be looked through; it comes again after the lease unless it is gone on with. */
    async takeRound(leaseMs: number): Promise<NoticeRoundDoc | undefined> {
      const change = { $set: { dueAt: later(leaseMs), claim: randomUUID() } };
      const due = { dueAt: { $lte: now(), $type: 'date' as const } };
      const order = { sort: { dueAt: 1 }, returnDocument: 'after' } as const;
      return (await c.noticeRounds.findOneAndUpdate(due, change, order)) ?? undefined;
    },

    /** Writes what is to be told; what is there already stays as it is. */
    async plan(notices: readonly NoticeDoc[]): Promise<void> {
      await insertMissing(c.notices, notices);
    },

    /** How far the round is; with `isDone` it is not looked through any more. False where it is in other hands. */
    async proceed(
      { _id, claim }: NoticeRoundDoc,
      to: Pick<NoticeRoundDoc, 'row' | 'withoutAddress'>,
      { leaseMs, isDone }: { readonly leaseMs: number; readonly isDone: boolean },
    ): Promise<boolean> {
      const dueAt = isDone ? null : later(leaseMs);
      const { modifiedCount } = await c.noticeRounds.updateOne({ _id, claim }, { $set: { ...to, dueAt } });
      return modifiedCount === 1;
    },

    /** Tenants that may have notices waiting. */
    async openTenants(): Promise<TenantId[]> {
      return c.noticeRounds.distinct('tenantId', { isOpen: true });
    },

    /** Rounds of the tenant of which nothing is left to do are closed. Asked when nothing of it was found. */
    async closeRounds(tenantId: TenantId): Promise<void> {
      // Whoever plans meanwhile has its round not looked through yet, and those stay open.
      const rounds = await c.noticeRounds.find({ tenantId, isOpen: true, dueAt: null }).toArray();
      if (rounds.length === 0) return;
      if (await c.notices.findOne({ tenantId, dueAt: { $type: 'date' } }, { projection: { _id: 1 } })) return;
      for (const { _id, n } of rounds) await c.noticeRounds.updateOne({ _id, n }, { $set: { isOpen: false } });
    },

    /** Takes some that are due; they come again after the lease unless they are begun. With them those whose sender died. */
    async take(
      tenantId: TenantId,
      channel: NoticeChannel,
      max: number,
      leaseMs: number,
    ): Promise<{ readonly taken: NoticeDoc[]; readonly orphans: NoticeDoc[] }> {
      // With its type the index of those that are due fits.
      const due: Filter<NoticeDoc> = { tenantId, channel, dueAt: { $lte: now(), $type: 'date' } };
      const found = await c.notices.find(due).sort({ dueAt: 1 }).limit(max).toArray();
      const orphans = found.filter(({ state }) => state === 'sending');
      const ids = found.filter(({ state }) => state === 'waiting').map(({ _id }) => _id);
      if (ids.length === 0) return { taken: [], orphans };
      const claim = randomUUID();
      const free: Filter<NoticeDoc> = { _id: { $in: ids }, state: 'waiting', dueAt: { $lte: now() } };
      await c.notices.updateMany(free, { $set: { claim, dueAt: later(leaseMs) } });
      return { taken: await c.notices.find({ _id: { $in: ids }, claim, state: 'waiting' }).toArray(), orphans };
    },

    /** Written before it is sent; false where it is in other hands. Whoever finds it still so after `withinMs` knows that its sender died. */
    async begin({ _id, claim }: NoticeDoc, withinMs: number): Promise<boolean> {
      const change = { $set: { state: 'sending' as const, dueAt: later(withinMs) }, $inc: { tries: 1 } };
      const { modifiedCount } = await c.notices.updateOne({ _id, claim, state: 'waiting' }, change);
      return modifiedCount === 1;
    },

    /** What came of it; `dueAt` where it is tried again. Changes nothing where it is in other hands. */
    async end({ _id, claim }: NoticeDoc, { dueAt, ...end }: NoticeEnd): Promise<boolean> {
      const set = { ...end, dueAt: dueAt ?? null, ...(dueAt ? {} : { endedAt: now() }) };
      const change: UpdateFilter<NoticeDoc> = {
        $set: set,
        ...(end.reason === undefined && { $unset: { reason: '' } }),
      };
      const { modifiedCount } = await c.notices.updateOne(
        { _id, claim, state: { $in: ['waiting', 'sending'] } },
        change,
      );
      return modifiedCount === 1;
    },

    /** Those that were taken and not begun may be taken again, no sooner than `at`. */
    async putBack(notices: readonly NoticeDoc[], at: Date): Promise<void> {
      const [first] = notices;
      if (!first) return;
      const mine = { _id: { $in: notices.map(({ _id }) => _id) }, claim: first.claim, state: 'waiting' as const };
      await c.notices.updateMany(mine, { $set: { dueAt: at } });
    },

    /** How many wait, by channel, each counted up to 10,000. */
    async waiting(): Promise<Map<NoticeChannel, number>> {
      const open = await c.noticeRounds.distinct('tenantId', { isOpen: true });
      const counts = noticeChannels.map(async (channel) => {
        const of = { tenantId: { $in: open }, channel, dueAt: { $type: 'date' } } as Filter<NoticeDoc>;
        return [channel, await c.notices.countDocuments(of, { limit: countedMax })] as const;
      });
      return new Map(await Promise.all(counts));
    },

    async round(batchId: BatchId): Promise<NoticeRoundDoc | undefined> {
      return (await c.noticeRounds.findOne({ _id: batchId })) ?? undefined;
    },

    /** Of a batch, by channel, outcome, state and reason. */
    async counts(batchId: BatchId): Promise<NoticeCount[]> {
      type Group = { readonly _id: Omit<NoticeCount, 'count'>; readonly count: number };
      const groups = c.notices.aggregate<Group>([
        { $match: { _id: noticeRange(batchId) } },
        {
          $group: {
            _id: { channel: '$channel', outcome: '$outcome', state: '$state', reason: '$reason' },
            count: { $sum: 1 },
          },
        },
        { $sort: { _id: 1 } },
      ]);
      return (await groups.toArray()).map(({ _id, count }) => ({ ..._id, count: Number(count) }));
    },

    /** In file order, after the key `after`. */
    async list(
      batchId: BatchId,
      filter: { readonly channel?: NoticeChannel; readonly state?: NoticeState },
      after: Buffer | undefined,
      limit: number,
    ): Promise<NoticeDoc[]> {
      const range = noticeRange(batchId);
      const of = { _id: { ...range, ...(after && { $gt: after }) }, ...filter } as Filter<NoticeDoc>;
      return c.notices.find(of).sort({ _id: 1 }).limit(limit).toArray();
    },

    /**
     * Has those sent again that failed, or of which nobody knows: of these under the id that they had, so that a server that heard them finds them out.
     * Said again, it finds none. Answers how many.
     */
    async resend(
      { _id: batchId, tenantId }: Pick<NoticeRoundDoc, '_id' | 'tenantId'>,
      {
        channel,
        states,
        until,
      }: { readonly channel?: NoticeChannel; readonly states: readonly ('failed' | 'unknown')[]; readonly until: Date },
    ): Promise<number> {
      const at = now();
      // Open first: what waits while no round is open would be found by nobody.
      await c.noticeRounds.updateOne({ _id: batchId, tenantId }, { $set: { isOpen: true }, $inc: { n: 1 } });
      let count = 0;
      for (const state of states) {
        const of: Filter<NoticeDoc> = { _id: noticeRange(batchId), state, ...(channel && { channel }) };
        const change: UpdateFilter<NoticeDoc> = {
          $set: { state: 'waiting', dueAt: at, until },
          $unset: { reason: '', endedAt: '' },
          ...(state === 'failed' && { $inc: { round: 1 } }),
        };
        count += (await c.notices.updateMany(of, change)).modifiedCount;
      }
      return count;
    },
  };

  function later(ms: number): Date {
    return new Date(now().getTime() + ms);
  }
}

/** Bytes, since keys of one length are compared by them. */
export function noticeKey(rowKey: Uint8Array, channel: NoticeChannel, outcome: NoticeOutcome): Buffer {
  return Buffer.concat([rowKey, Buffer.from([noticeChannels.indexOf(channel), noticeOutcomes.indexOf(outcome)])]);
}

/** The payment that a notice is of. */
export function rowKeyOfNotice({ _id }: Pick<NoticeDoc, '_id'>): Buffer {
  return Buffer.from(_id.subarray(0, 20));
}

export function rowOfNotice({ _id }: Pick<NoticeDoc, '_id'>): number {
  return rowOfKey(rowKeyOfNotice({ _id }));
}

/** Filter on `_id` for every notice of a batch. */
function noticeRange(batchId: BatchId): { $gte: Buffer; $lte: Buffer } {
  const end = Buffer.from([0xff, 0xff]);
  return {
    $gte: Buffer.concat([rowKeyBytes(batchId, 0), Buffer.alloc(2)]),
    $lte: Buffer.concat([rowKeyBytes(batchId, 0xffffffff), end]),
  };
}
