/** Payers whose rail said that nothing of theirs will be taken: nothing is sent for them on that rail until a person lifts the block. */
import { uuidOf } from '../domain/ids.ts';
import type { Payment } from '../domain/payment.ts';
import { messages } from '../domain/process.ts';
import { insertMissing, type Mongo } from '../platform/mongo.ts';
import { createReader } from '../platform/read-by-id.ts';
import type { Collections } from './collections.ts';
import type { PayerBlockDoc } from './documents.ts';
import type { Outbox } from './outbox.ts';

export type PayerBlocks = ReturnType<typeof createPayerBlocks>;

export function createPayerBlocks(c: Collections, now: () => Date = () => new Date()) {
  const readBlock = createReader(c.payerBlocks);

  return {
    /** True when the block is new. */
    async add(payment: Pick<Payment, 'tenantId' | 'rail' | 'payer'>, text: string): Promise<boolean> {
      const { tenantId, rail, payer } = payment;
      const doc: PayerBlockDoc = { _id: payerBlockId(payment), tenantId, rail, payer: payer.id, text, at: now() };
      return (await insertMissing(c.payerBlocks, [doc])).length === 0;
    },

    async of(payment: Pick<Payment, 'tenantId' | 'rail' | 'payer'>): Promise<PayerBlockDoc | undefined> {
      return readBlock(payerBlockId(payment));
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
): Promise<PayerBlockDoc | undefined> {
  return mongo.transaction(async (session) => {
    const { tenantId, id } = block;
    const lifted = await c.payerBlocks.findOneAndDelete({ _id: `${tenantId}/${id}` }, { session });
    if (!lifted) return undefined;
    const waiting = { tenantId, rail: lifted.rail, status: 'dispatched', type: 'BULK' } as const;
    const subBatches = await c.subBatches.find(waiting, { session, projection: { batchId: 1 } }).toArray();
    const wakes = subBatches.map(({ _id, batchId }) => {
      const messageId = `resumed/${_id}/${at.getTime()}`;
      const entry = { kind: 'message', name: messages.railCalledBack, key: _id, messageId, variables: {} } as const;
      return { id: messageId, tenantId, batchId, entry };
    });
    await outbox.add(wakes, session);
    return lifted;
  });
}

/** `{tenantId}/{rail}/{payer hashed}`: the part after the tenant is the block's id for people, and names no account. */
export function payerBlockId({ tenantId, rail, payer }: Pick<Payment, 'tenantId' | 'rail' | 'payer'>): string {
  return `${tenantId}/${rail}/${uuidOf(`${tenantId}/${payer.id}`)}`;
}
