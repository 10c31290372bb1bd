/** A person's decision on a batch: insert-once, with the message that wakes its process, in one transaction. */
import { messages } from '../domain/process.ts';
import { isDuplicateKey, type Mongo } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { DecisionDoc } from './documents.ts';
import type { Outbox } from './outbox.ts';

export type DecideBatch = (
  decision: DecisionDoc,
) => Promise<{ readonly stands: DecisionDoc; readonly isMine: boolean }>;

/** The first decision stands, the deadline's too; answers it. */
export function createDecideBatch(mongo: Mongo, c: Collections, outbox: Pick<Outbox, 'add'>): DecideBatch {
  return async (decision) => {
    const { _id: batchId, tenantId, decision: word, by } = decision;
    try {
      await mongo.transaction(async (session) => {
        await c.decisions.insertOne(decision, { session });
        await c.batches.updateOne({ _id: batchId, tenantId }, { $set: { checker: by } }, { session });
        const id = `approval/${batchId}`;
        const entry = {
          kind: 'message',
          name: messages.approvalDecided,
          key: batchId,
          messageId: id,
          variables: { decision: word },
        } as const;
        await outbox.add([{ id, tenantId, batchId, entry }], session);
      });
      return { stands: decision, isMine: true };
    } catch (error) {
      const stands = isDuplicateKey(error) ? await c.decisions.findOne({ _id: batchId, tenantId }) : undefined;
      if (!stands) throw error;
      return { stands, isMine: false };
    }
  };
}
