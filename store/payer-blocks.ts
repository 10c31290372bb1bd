/** Payers whose rail said that nothing of theirs will be taken: nothing is sent for them on that rail until a person lifts the block. */
import type { Actor } from '../domain/audit-chain.ts';
import { uuidOf } from '../domain/ids.ts';
import type { Payment } from '../domain/payment.ts';
import { messages } from '../domain/process.ts';
import { type ClientSession, isDuplicateKey, type Mongo } from '../platform/mongo.ts';
import { createReader } from '../platform/read-by-id.ts';
import { appendAudit, theHub } from './audit.ts';
import type { Collections } from './collections.ts';
import type { OutboxEntry, PayerBlockDoc } from './documents.ts';
import type { NewEntry, Outbox } from './outbox.ts';

export type PayerBlocks = ReturnType<typeof createPayerBlocks>;

export function createPayerBlocks(
  mongo: Pick<Mongo, 'transaction'>,
  c: Collections,
  now: () => Date = () => new Date(),
) {
  const readBlock = createReader(c.payerBlocks);

  return {
    /** True when the block is new. */
    async add(payment: Pick<Payment, 'tenantId' | 'rail' | 'payer'>, text: string): Promise<boolean> {
      const { tenantId, rail, payer } = payment;
      const doc: PayerBlockDoc = { _id: payerBlockId(payment), tenantId, rail, payer: payer.id, text, at: now() };
      if (await readBlock(doc._id)) return false;
      const told = { action: 'payer.block', object: { kind: 'payer-block', id: doc._id.slice(tenantId.length + 1) } };
      try {
        await mongo.transaction(async (session) => {
          await c.payerBlocks.insertOne(doc, { session });
          await appendAudit(c, { tenantId, who: theHub, at: doc.at, ...told }, session);
        });
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },

    async of(payment: Pick<Payment, 'tenantId' | 'rail' | 'payer'>): Promise<PayerBlockDoc | undefined> {
      return readBlock(payerBlockId(payment));
    },

    /** Payers of the tenant who are blocked on the rail. */
    async payersOf(tenantId: string, rail: string): Promise<Set<string>> {
      const docs = c.payerBlocks.find({ _id: blocksOf(tenantId, rail) }, { projection: { payer: 1 } });
      return new Set((await docs.toArray()).map(({ payer }) => payer));
    },

    async list(tenantId: string): Promise<PayerBlockDoc[]> {
      return c.payerBlocks.find({ tenantId }).sort({ at: 1 }).limit(1_000).toArray();
    },
  };
}

/** Lifts a block and wakes what waits for it, in one transaction; undefined where there is none. */
export async function liftPayerBlock(
  mongo: Mongo,
  c: Collections,
  outbox: Outbox,
  block: { readonly tenantId: string; readonly id: string },
  at: Date,
  actor: Actor,
): Promise<PayerBlockDoc | undefined> {
  return mongo.transaction(async (session) => {
    const { tenantId, id } = block;
    const lifted = await c.payerBlocks.findOneAndDelete({ _id: `${tenantId}/${id}` }, { session });
    if (!lifted) return undefined;
    await resumeStopped(c, outbox, { tenantId, rail: lifted.rail }, at, session);
    // The id names the payer by a hash, and no account.
    const told = { action: 'payer.resume', object: { kind: 'payer-block', id }, before: { since: lifted.at } };
    await appendAudit(c, { tenantId, who: actor, at, ...told }, session);
    return lifted;
  });
}

/** Wakes the tenant's sub-batches on the rail that are paid whole, and hands the stopped ones of payments out again. */
export async function resumeStopped(
  c: Collections,
  outbox: Pick<Outbox, 'add'>,
  { tenantId, rail }: { readonly tenantId: string; readonly rail: string },
  at: Date,
  session: ClientSession,
): Promise<void> {
  const open = { tenantId, rail, status: 'dispatched' } as const;
  const waiting = { ...open, $or: [{ type: 'BULK' as const }, { stoppedAt: { $exists: true } }] };
  const subBatches = await c.subBatches.find(waiting, { session, projection: { batchId: 1, type: 1 } }).toArray();
  const wakes = subBatches.map(({ _id, batchId, type }): NewEntry => {
    const messageId = `resumed/${_id}/${at.getTime()}`;
    const entry: OutboxEntry =
      type === 'PAYMENT'
        ? { kind: 'sub-batch', rail, subBatchId: _id }
        : { kind: 'message', name: messages.railCalledBack, key: _id, messageId, variables: {} };
    return { id: messageId, tenantId, batchId, entry };
  });
  await outbox.add(wakes, session);
  await c.subBatches.updateMany({ ...open, stoppedAt: { $exists: true } }, { $unset: { stoppedAt: '' } }, { session });
}

/** Filter on `_id` for the blocks of a tenant on a rail. */
export function blocksOf(tenantId: string, rail: string): { $gte: string; $lt: string } {
  return { $gte: `${tenantId}/${rail}/`, $lt: `${tenantId}/${rail}0` };
}

/** `{tenantId}/{rail}/{payer hashed}`: the part after the tenant is the block's id for people, and names no account. */
export function payerBlockId({ tenantId, rail, payer }: Pick<Payment, 'tenantId' | 'rail' | 'payer'>): string {
  return `${tenantId}/${rail}/${uuidOf(`${tenantId}/${payer.id}`)}`;
}
