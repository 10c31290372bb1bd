/** What operators told the hub to do with a payment, a rail, a process instance or a conflict: written once, before it is done. */
import { createHash, randomUUID } from 'node:crypto';
import { type ClientSession, isDuplicateKey } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { OperatorCommandDoc } from './documents.ts';

export type NewCommand = Omit<OperatorCommandDoc, '_id'> & {
  /** The same key with the same object is the same command. */
  readonly idempotencyKey?: string;
};

export type OperatorCommands = ReturnType<typeof createOperatorCommands>;

const shownMax = 1_000;

export function createOperatorCommands(c: Pick<Collections, 'operatorCommands'>) {
  return {
    /** The command that stands, and whether it is this one: said twice under one key, it is done once. */
    async note(
      { idempotencyKey, ...command }: NewCommand,
      session?: ClientSession,
    ): Promise<{ command: OperatorCommandDoc; isNew: boolean }> {
      const doc: OperatorCommandDoc = { ...command, _id: commandId(command, idempotencyKey) };
      if (idempotencyKey !== undefined) {
        const earlier = await c.operatorCommands.findOne({ _id: doc._id }, { session });
        if (earlier) return { command: earlier, isNew: false };
      }
      try {
        await c.operatorCommands.insertOne(doc, { session });
        return { command: doc, isNew: true };
      } catch (error) {
        if (session || !isDuplicateKey(error)) throw error;
        return { command: (await c.operatorCommands.findOne({ _id: doc._id })) ?? doc, isNew: false };
      }
    },

    /** The oldest first. */
    async of(object: string): Promise<OperatorCommandDoc[]> {
      // "0" is what comes after "/".
      const docs = await c.operatorCommands
        .find({ _id: { $gt: `${object}/`, $lt: `${object}0` } })
        .limit(shownMax)
        .toArray();
      return docs.sort((a, b) => a.at.getTime() - b.at.getTime());
    },
  };
}

function commandId({ object, tenantId, at }: Omit<OperatorCommandDoc, '_id'>, key: string | undefined): string {
  if (key === undefined) return `${object}/${String(at.getTime()).padStart(15, '0')}-${randomUUID().slice(0, 8)}`;
  return `${object}/key-${createHash('sha256').update(`${tenantId}/${key}`).digest('base64url')}`;
}
