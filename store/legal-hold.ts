/** A batch whose personal data must not be erased while somebody looks into it. */
import type { Actor } from '../domain/audit-chain.ts';
import type { Mongo } from '../platform/mongo.ts';
import { appendAudit } from './audit.ts';
import type { Collections } from './collections.ts';
import type { BatchDoc } from './documents.ts';

export type AskedHold = {
  readonly batch: Pick<BatchDoc, '_id' | 'tenantId'>;
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
  readonly actor: Actor;
};

/** The batch as it is now. Said again, the first stands; a batch that is erased already stays without. */
export async function setLegalHold(
  mongo: Pick<Mongo, 'transaction'>,
  c: Collections,
  asked: AskedHold,
): Promise<BatchDoc> {
  const { batch, by, reason, at, actor } = asked;
  const { _id, tenantId } = batch;
  return mongo.transaction(async (session) => {
    const free = { _id, legalHold: { $exists: false }, erasedAt: { $exists: false } };
    const { modifiedCount } = await c.batches.updateOne(free, { $set: { legalHold: { by, reason, at } } }, { session });
    if (modifiedCount > 0) {
      const told = { action: 'batch.hold', object: { kind: 'batch', id: _id }, why: reason };
      await appendAudit(c, { tenantId, who: actor, at, ...told }, session);
    }
    return (await c.batches.findOne({ _id }, { session }))!;
  });
}

export async function liftLegalHold(
  mongo: Pick<Mongo, 'transaction'>,
  c: Collections,
  asked: AskedHold,
): Promise<BatchDoc> {
  const { batch, reason, at, actor } = asked;
  const { _id, tenantId } = batch;
  return mongo.transaction(async (session) => {
    const held = { _id, legalHold: { $exists: true } };
    const before = await c.batches.findOneAndUpdate(
      held,
      { $unset: { legalHold: '' } },
      { session, returnDocument: 'before' },
    );
    if (before) {
      const told = {
        action: 'batch.unhold',
        object: { kind: 'batch', id: _id },
        before: { ...before.legalHold },
        why: reason,
      };
      await appendAudit(c, { tenantId, who: actor, at, ...told }, session);
    }
    return (await c.batches.findOne({ _id }, { session }))!;
  });
}
