/** What operators told the hub to do with a payment, a rail, a process instance or a conflict: written and audited once, before it is done. */
import { createHash, randomUUID } from 'node:crypto';
import type { Actor } from '../domain/audit-chain.ts';
import { isDuplicateKey, type Mongo } from '../platform/mongo.ts';
import { appendAudit } from './audit.ts';
import type { Collections } from './collections.ts';
import type { OperatorCommandDoc } from './documents.ts';

export type NewCommand = Omit<OperatorCommandDoc, '_id' | 'object'> & {
  readonly object: { readonly kind: string; readonly id: string };
  readonly actor: Actor;
  /** The same key with the same object is the same command. */
  readonly idempotencyKey?: string;
};

export type OperatorCommands = ReturnType<typeof createOperatorCommands>;

const shownMax = 1_000;

export function createOperatorCommands(
  mongo: Pick<Mongo, 'transaction'>,
  c: Pick<Collections, 'operatorCommands' | 'auditEntries' | 'auditUnsealed'>,
) {
  return {
    /** The command that stands, and whether it is this one: said twice under one key, it is done once. */
    async note(asked: NewCommand): Promise<{ command: OperatorCommandDoc; isNew: boolean }> {
      const { idempotencyKey, actor, object, ...command } = asked;
      const about = `${object.kind}/${object.id}`;
      const doc: OperatorCommandDoc = { ...command, object: about, _id: commandId(about, command, idempotencyKey) };
      const earlier = idempotencyKey === undefined ? null : await c.operatorCommands.findOne({ _id: doc._id });
      if (earlier) return { command: earlier, isNew: false };
      const { tenantId, at, reason: why, detail: after } = command;
      const told = { action: actions[command.command], object, ...(after && { after }) };
      try {
        await mongo.transaction(async (session) => {
          await c.operatorCommands.insertOne(doc, { session });
          await appendAudit(c, { tenantId, who: actor, at, why, ...told }, session);
        });
        return { command: doc, isNew: true };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return { command: (await c.operatorCommands.findOne({ _id: doc._id })) ?? doc, isNew: false };
      }
    },

    /** The oldest first. */
    async of(kind: string, id: string): Promise<OperatorCommandDoc[]> {
      // "0" is what comes after "/".
      const docs = await c.operatorCommands
        .find({ _id: { $gt: `${kind}/${id}/`, $lt: `${kind}/${id}0` } })
        .limit(shownMax)
        .toArray();
      return docs.sort((a, b) => a.at.getTime() - b.at.getTime());
    },
  };
}

/** As the audit has them. */
const actions: Readonly<Record<OperatorCommandDoc['command'], string>> = {
  'ask-payment': 'payment.ask',
  'ask-unknowns': 'batch.ask-unknowns',
  'pause-rail': 'rail.pause',
  'resume-rail': 'rail.resume',
  'cancel-instance': 'process-instance.cancel',
  'set-variables': 'process-instance.set-variables',
  'resolve-conflict': 'conflict.resolve',
};

function commandId(
  about: string,
  { tenantId, at }: Pick<OperatorCommandDoc, 'tenantId' | 'at'>,
  key: string | undefined,
): string {
  if (key === undefined) return `${about}/${String(at.getTime()).padStart(15, '0')}-${randomUUID().slice(0, 8)}`;
  return `${about}/key-${createHash('sha256').update(`${tenantId}/${key}`).digest('base64url')}`;
}
