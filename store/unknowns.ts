/** Payments that were sent, or may have been, and whose rail could not say what came of them. Each is noted until it can. */
import { rowKeyBytes, type TenantId } from '../domain/ids.ts';
import { insertMissing } from '../platform/mongo.ts';
import { createReader } from '../platform/read-by-id.ts';
import type { Collections } from './collections.ts';
import type { UnknownDoc } from './documents.ts';
import { batchRange } from './row-keys.ts';

export type UnknownFilter = {
  readonly tenantId: TenantId;
  readonly rail?: string;
  readonly batchId?: string;
  /** Unknown since before it. */
  readonly before?: Date;
};

/** Payments by how long they have been unknown: up to so many seconds, the last without end. */
export type UnknownAge = {
  readonly upToSeconds?: number;
  readonly count: number;
  readonly totals: ReadonlyMap<string, bigint>;
};

export type Unknowns = ReturnType<typeof createUnknowns>;

const ageBounds = [900, 3_600, 86_400] as const;

export function createUnknowns(c: Pick<Collections, 'unknowns' | 'outcomes'>, now: () => Date = () => new Date()) {
  const readUnknown = createReader(c.unknowns, { _id: 1 });

  /** Without those that got their outcome by somebody who died before saying so here; these are forgotten now. */
  async function withoutSettled(docs: readonly UnknownDoc[]): Promise<UnknownDoc[]> {
    const keys = docs.map(({ _id }) => _id);
    const settled = await c.outcomes.find({ _id: { $in: keys } }, { projection: { _id: 1 } }).toArray();
    if (settled.length === 0) return [...docs];
    const gone = new Set(settled.map(({ _id }) => _id.toString('hex')));
    await c.unknowns.deleteMany({ _id: { $in: settled.map(({ _id }) => _id) } });
    return docs.filter(({ _id }) => !gone.has(_id.toString('hex')));
  }

  return {
    /** The first doubt stays: `since` is when nobody knew first. */
    async note(unknowns: readonly UnknownDoc[]): Promise<void> {
      await insertMissing(c.unknowns, unknowns);
    },

    /** Their rail has said something that can be relied on. Most payments were never unknown: looked for before anything is written. */
    async forget(places: readonly { readonly batchId: string; readonly row: number }[]): Promise<void> {
      const keys = places.map(({ batchId, row }) => rowKeyBytes(batchId, row));
      const there = (await Promise.all(keys.map((key) => readUnknown(key)))).flatMap((doc) => (doc ? [doc._id] : []));
      if (there.length > 0) await c.unknowns.deleteMany({ _id: { $in: there } });
    },

    /** The oldest first. */
    async list(
      filter: UnknownFilter,
      after: { readonly at: Date; readonly id: string } | undefined,
      limit: number,
    ): Promise<UnknownDoc[]> {
      const behind = after && Buffer.from(after.id, 'hex');
      const query = {
        $and: [
          queryOf(filter),
          after ? { since: { $gte: after.at }, $or: [{ since: { $gt: after.at } }, { _id: { $gt: behind } }] } : {},
        ],
      };
      return withoutSettled(
        await c.unknowns
          .find(query as never)
          .sort({ since: 1, _id: 1 })
          .limit(limit)
          .toArray(),
      );
    },

    /** By age, of all that there are. */
    async ages(filter: UnknownFilter): Promise<UnknownAge[]> {
      const at = now().getTime();
      const boundaries = [...ageBounds].reverse().map((seconds) => new Date(at - seconds * 1_000));
      const groups = await c.unknowns
        .aggregate<{ _id: { age: number; currency: string }; n: number; minor: bigint | number }>([
          { $match: queryOf(filter) },
          {
            $group: {
              _id: {
                currency: '$currency',
                age: { $add: boundaries.map((bound) => ({ $cond: [{ $lt: ['$since', bound] }, 1, 0] })) },
              },
              n: { $sum: 1 },
              minor: { $sum: '$minor' },
            },
          },
        ])
        .toArray();
      return [...ageBounds, undefined].map((upToSeconds, age) => {
        const own = groups.filter(({ _id }) => Number(_id.age) === age);
        const totals = new Map(own.map(({ _id, minor }) => [_id.currency, BigInt(minor)]));
        return { upToSeconds, count: own.reduce((sum, { n }) => sum + Number(n), 0), totals };
      });
    },

    queryOf,
  };
}

function queryOf({ tenantId, rail, batchId, before }: UnknownFilter) {
  return {
    tenantId,
    ...(rail !== undefined && { rail }),
    ...(batchId !== undefined && { _id: batchRange(batchId) }),
    ...(before && { since: { $lt: before } }),
  };
}
