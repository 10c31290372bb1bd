/** A person's decision on a batch: insert-once, with the message that wakes its process, in one transaction. */
import type { Actor } from '../domain/audit-chain.ts';
import { messages } from '../domain/process.ts';
import { isDuplicateKey, type Mongo } from '../platform/mongo.ts';
import { appendAudit } from './audit.ts';
import type { Collections } from './collections.ts';
import type { DecisionDoc } from './documents.ts';
import type { Outbox } from './outbox.ts';

export type DecideBatch = (
  decision: DecisionDoc,
  actor: Actor,
  /** What the decider saw and said so. */
  seen: Readonly<Record<string, unknown>>,
) => Promise<{ readonly stands: DecisionDoc; readonly isMine: boolean }>;

/** The first decision stands, the deadline's too; answers it. */
export function createDecideBatch(mongo: Mongo, c: Collections, outbox: Pick<Outbox, 'add'>): DecideBatch {
  return async (decision, actor, seen) => {
    const { _id: batchId, tenantId, decision: word, by, comment, at } = decision;
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
        const object = { kind: 'batch', id: batchId };
        const told = { action: `batch.${word}`, object, before: { status: 'awaiting_approval' }, after: seen };
        await appendAudit(c, { tenantId, who: actor, at, why: comment || undefined, ...told }, session);
      });
      return { stands: decision, isMine: true };
    } catch (error) {
      const stands = isDuplicateKey(error) ? await c.decisions.findOne({ _id: batchId, tenantId }) : undefined;
      if (!stands) throw error;
      return { stands, isMine: false };
    }
  };
}
