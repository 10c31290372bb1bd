/** A person stops new sends over a rail, for a tenant or the whole hub, and lets them go on; what is out is asked about all the while. */
import type { TenantId } from '../domain/ids.ts';
import { insertMissing, type Mongo } from '../platform/mongo.ts';
import { createReader } from '../platform/read-by-id.ts';
import type { Collections } from './collections.ts';
import type { Outbox } from './outbox.ts';
import { resumeStopped } from './payer-blocks.ts';
import type { RailHoldDoc } from './rail-documents.ts';
import { railHoldId, wholeHub } from './rail-states.ts';

export type AskedHold = Pick<RailHoldDoc, 'tenantId' | 'rail' | 'by' | 'reason' | 'at'>;

export type RailHolds = ReturnType<typeof createRailHolds>;

export function createRailHolds(c: Pick<Collections, 'railHolds'>) {
  const read = createReader(c.railHolds);
  return {
    /** Why nothing new of the tenant may go over the rail, or undefined where it may. */
    async of(tenantId: TenantId, rail: string): Promise<RailHoldDoc | undefined> {
      const [own, whole] = await Promise.all([read(railHoldId(tenantId, rail)), read(railHoldId(wholeHub, rail))]);
      return whole ?? own;
    },

    /** The first one stands. */
    async pause(asked: AskedHold): Promise<RailHoldDoc> {
      const doc: RailHoldDoc = { _id: railHoldId(asked.tenantId, asked.rail), ...asked };
      await insertMissing(c.railHolds, [doc]);
      return (await c.railHolds.findOne({ _id: doc._id })) ?? doc;
    },
  };
}

/** Lifts the tenant's own hold and wakes what waits for it, in one transaction; undefined where there is none. */
export async function resumeRail(
  mongo: Mongo,
  c: Collections,
  outbox: Pick<Outbox, 'add'>,
  { tenantId, rail }: Pick<RailHoldDoc, 'tenantId' | 'rail'>,
  at: Date,
): Promise<RailHoldDoc | undefined> {
  return mongo.transaction(async (session) => {
    const lifted = await c.railHolds.findOneAndDelete({ _id: railHoldId(tenantId, rail) }, { session });
    if (!lifted) return undefined;
    await outbox.add(
      [{ id: `release/${tenantId}/${rail}/${at.getTime()}`, tenantId, entry: { kind: 'release', rail } }],
      session,
    );
    await resumeStopped(c, outbox, { tenantId, rail }, at, session);
    return lifted;
  });
}
