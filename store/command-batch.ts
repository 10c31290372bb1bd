/** What people tell the hub to do with a batch: kept for ever, and done, in one transaction with what it wakes. */
import { randomUUID } from 'node:crypto';
import type { Actor } from '../domain/audit-chain.ts';
import type { BatchId } from '../domain/ids.ts';
import { messages } from '../domain/process.ts';
import type { ClientSession, Mongo } from '../platform/mongo.ts';
import { appendAudit } from './audit.ts';
import type { Collections } from './collections.ts';
import type { BatchDoc, CommandDoc } from './documents.ts';
import type { NewEntry, Outbox } from './outbox.ts';
import { resumeStopped } from './payer-blocks.ts';
import { createTenantModels } from './tenant-models.ts';

export type HoldCommand = Exclude<CommandDoc['command'], 'retry'>;
export type AskedCommand = Pick<CommandDoc, 'tenantId' | 'batchId' | 'by' | 'reason' | 'at'> & {
  readonly command: HoldCommand;
  readonly actor: Actor;
};

export type Commanded =
  /** `stands`: the same was commanded before; `command` is the one that did it. */
  | { readonly kind: 'done' | 'stands'; readonly command: CommandDoc; readonly batch: BatchDoc }
  /** The batch is not one that this can be done to. */
  | { readonly kind: 'refused'; readonly batch: BatchDoc };

export type CommandBatch = (asked: AskedCommand) => Promise<Commanded>;

export function createCommandBatch(mongo: Mongo, c: Collections, outbox: Pick<Outbox, 'add'>): CommandBatch {
  const act = { pause, resume, cancel };

  return ({ actor, ...asked }) =>
    mongo.transaction(async (session) => {
      const { batchId, tenantId, command, at, reason } = asked;
      const batch = await c.batches.findOne({ _id: batchId, tenantId }, { session });
      if (!batch) throw new Error(`batch ${batchId} is not there`);
      if (!mayBegin[command](batch)) return standing(asked, batch, session);
      const { status, hold } = batch;
      const doc: CommandDoc = { ...asked, _id: commandId(batchId, at), status, hold };
      await c.commands.insertOne(doc, { session });
      const after = await act[command](batch, doc, session);
      const told = {
        action: `batch.${command}`,
        object: { kind: 'batch', id: batchId },
        before: { status, hold: hold ?? null },
        after: { hold: after ?? null },
      };
      await appendAudit(c, { tenantId, who: actor, at, why: reason, ...told }, session);
      return { kind: 'done', command: doc, batch: { ...batch, hold: after } };
    });

  /** Said twice, it is done once. */
  async function standing(
    { command }: Pick<AskedCommand, 'command'>,
    batch: BatchDoc,
    session: ClientSession,
  ): Promise<Commanded> {
    if (batch.hold !== holdAfter[command]) return { kind: 'refused', batch };
    const last = await c.commands
      .find({ _id: commandsRange(batch._id), command }, { session })
      .sort({ _id: -1 })
      .limit(1)
      .next();
    return last ? { kind: 'stands', command: last, batch } : { kind: 'refused', batch };
  }

  async function pause({ _id }: BatchDoc, _: CommandDoc, session: ClientSession): Promise<BatchDoc['hold']> {
    await c.batches.updateOne({ _id }, { $set: { hold: 'paused' } }, { session });
    return 'paused';
  }

  /** Senders come by themselves within seconds; sub-batches that were not let go, or that were stopped, go now. */
  async function resume(batch: BatchDoc, command: CommandDoc, session: ClientSession): Promise<undefined> {
    const { _id, tenantId, rails } = batch;
    await c.batches.updateOne({ _id }, { $unset: { hold: '' } }, { session });
    const releases = rails.map((rail): NewEntry => {
      return { id: `release/${command._id}/${rail}`, tenantId, batchId: _id, entry: { kind: 'release', rail } };
    });
    await outbox.add(releases, session);
    for (const rail of rails) await resumeStopped(c, outbox, { tenantId, rail }, command.at, session);
  }

  async function cancel(batch: BatchDoc, command: CommandDoc, session: ClientSession): Promise<BatchDoc['hold']> {
    const { _id, tenantId } = batch;
    await c.batches.updateOne({ _id }, { $set: { hold: 'cancelled' } }, { session });
    const name = await createTenantModels(c).nameFor('cancel-batch', tenantId, messages.batchCancelRequested, session);
    await outbox.add([woken(batch, `cancel/${_id}`, name, { tenantId, batchId: _id })], session);
    await wakeSubBatches(batch, session);
    if (batch.switches.approval.enable) await decideInstead(batch, command, session);
    return 'cancelled';
  }

  /** What came back from its rail unsent may wait there for a while; it is cancelled by whoever would send it again. */
  async function wakeSubBatches({ _id, tenantId }: BatchDoc, session: ClientSession): Promise<void> {
    const waiting = { batchId: _id, status: 'dispatched', type: 'BULK' } as const;
    const subBatches = await c.subBatches.find(waiting, { session, projection: { _id: 1 } }).toArray();
    const wakes = subBatches.map(({ _id: key }): NewEntry => {
      const messageId = `cancel/${key}`;
      const entry = { kind: 'message', name: messages.railCalledBack, key, messageId, variables: {} } as const;
      return { id: messageId, tenantId, batchId: _id, entry };
    });
    await outbox.add(wakes, session);
  }

  /** Nobody decides any more on what was cancelled; whoever has decided before stays. */
  async function decideInstead(batch: BatchDoc, { by, reason, at }: CommandDoc, session: ClientSession): Promise<void> {
    const { _id, tenantId } = batch;
    const decision = 'cancelled';
    const { upsertedCount } = await c.decisions.updateOne(
      { _id },
      { $setOnInsert: { tenantId, decision, by, comment: reason, at } },
      { upsert: true, session },
    );
    if (upsertedCount === 0) return;
    await outbox.add([woken(batch, `approval/${_id}`, messages.approvalDecided, { decision })], session);
  }
}

const mayBegin: Readonly<Record<HoldCommand, (batch: BatchDoc) => boolean>> = {
  pause: (batch) => batch.hold === undefined && maySend(batch),
  resume: ({ hold }) => hold === 'paused',
  cancel: (batch) => batch.hold !== 'cancelled' && maySend(batch),
};

const holdAfter: Readonly<Record<HoldCommand, BatchDoc['hold']>> = {
  pause: 'paused',
  resume: undefined,
  cancel: 'cancelled',
};

/** A batch that was closed with pending rows still pays what was not sent. */
function maySend({ closedAt, status }: BatchDoc): boolean {
  return closedAt === undefined || status === 'completed_with_pending';
}

function woken(
  batch: BatchDoc,
  messageId: string,
  name: string,
  variables: Readonly<Record<string, string>>,
): NewEntry {
  const { _id: key, tenantId } = batch;
  return {
    id: messageId,
    tenantId,
    batchId: key,
    entry: { kind: 'message', name, key, messageId, variables: { ...variables } },
  };
}

/** Filter on `_id` for a batch's commands; in their order when sorted by it. */
export function commandsRange(batchId: BatchId): { $gte: string; $lt: string } {
  return { $gte: `${batchId}/`, $lt: `${batchId}0` };
}

/** Sorts by time. */
export function commandId(batchId: BatchId, at: Date): string {
  return `${batchId}/${at.getTime().toString(36).padStart(9, '0')}-${randomUUID().slice(0, 8)}`;
}
