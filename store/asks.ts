/** Payments about which their rail is to be asked now, because a person says so. Connectors take them; each is gone once it was asked. */
import type { TenantId } from '../domain/ids.ts';
import type { Collections } from './collections.ts';
import type { AskDoc } from './documents.ts';
import { batchRange } from './row-keys.ts';

export type Asks = ReturnType<typeof createAsks>;

const addedAtOnce = 1_000;

export function createAsks(c: Pick<Collections, 'asks' | 'unknowns'>, now: () => Date = () => new Date()) {
  async function add(asks: readonly Pick<AskDoc, '_id' | 'tenantId' | 'rail'>[]): Promise<void> {
    const at = now();
    if (asks.length === 0) return;
    await c.asks.bulkWrite(
      asks.map(({ _id, tenantId, rail }) => ({
        updateOne: {
          filter: { _id },
          update: { $set: { dueAt: at }, $setOnInsert: { tenantId, rail, at, tries: 0 } },
          upsert: true,
        },
      })),
      { ordered: false },
    );
  }

  return {
    add,

    /** About every payment of the batch that is unknown; answers how many. */
    async addUnknowns(tenantId: TenantId, batchId: string): Promise<number> {
      let asked = 0;
      let chunk: Pick<AskDoc, '_id' | 'tenantId' | 'rail'>[] = [];
      const range = { _id: batchRange(batchId), tenantId };
      for await (const { _id, rail } of c.unknowns.find(range, { projection: { rail: 1 } })) {
        chunk.push({ _id, tenantId, rail });
        if (chunk.length < addedAtOnce) continue;
        await add(chunk);
        asked += chunk.length;
        chunk = [];
      }
      await add(chunk);
      return asked + chunk.length;
    },

    /** Takes up to `max` that are due at a rail; each comes again after the lease unless done. */
    async take(rail: string, max: number, leaseMs: number): Promise<AskDoc[]> {
      const due = await c.asks
        .find({ rail, dueAt: { $lte: now() } })
        .sort({ dueAt: 1 })
        .limit(max)
        .toArray();
      const until = new Date(now().getTime() + leaseMs);
      const mine: AskDoc[] = [];
      for (const ask of due) {
        const taken = await c.asks.updateOne(
          { _id: ask._id, dueAt: ask.dueAt },
          { $set: { dueAt: until }, $inc: { tries: 1 } },
        );
        if (taken.modifiedCount === 1) mine.push({ ...ask, dueAt: until, tries: Number(ask.tries) + 1 });
      }
      return mine;
    },

    /** Unless somebody asked for it again meanwhile. */
    async done({ _id, dueAt }: AskDoc): Promise<void> {
      await c.asks.deleteOne({ _id, dueAt });
    },

    async later({ _id, dueAt }: AskDoc, at: Date): Promise<void> {
      await c.asks.updateOne({ _id, dueAt }, { $set: { dueAt: at } });
    },
  };
}
