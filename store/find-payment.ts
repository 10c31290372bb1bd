/** Finds a payment by the ids that people have of it: its end-to-end id, or the transaction id of one that came alone. */
import { batchIdOfKey, endToEndIdOf, rowKeyBytes, rowOfKey, soleRow, type TenantId, uuidBytes } from '../domain/ids.ts';
import type { Collections } from './collections.ts';
import type { BatchDoc, PaymentDoc, TransferDoc } from './documents.ts';

export type FoundPayment = {
  readonly payment: PaymentDoc;
  readonly endToEndId: string;
  /** Of a single payment its transactionId. */
  readonly batchId: string;
  readonly row: number;
  readonly batch?: BatchDoc;
  readonly transfer?: TransferDoc;
};

/** Under which a payment is found by its end-to-end id: four bytes of it, since a longer key would cost more at every row. */
export function findableBy(endToEndId: string): number {
  return uuidBytes(endToEndId).readInt32BE(0);
}

/** The tenant's own; `id` is a UUID in lower case. */
export async function findPayment(
  c: Pick<Collections, 'payments' | 'batches' | 'transfers'>,
  tenantId: TenantId,
  id: string,
): Promise<FoundPayment | undefined> {
  const single = await c.transfers.findOne({ _id: id, tenantId });
  const key = single ? rowKeyBytes(id, soleRow) : await keyOf(c, tenantId, id);
  const payment = key && (await c.payments.findOne({ _id: key, tenantId }));
  if (!payment) return undefined;
  const [batchId, row] = [batchIdOfKey(payment._id), rowOfKey(payment._id)];
  const [batch, transfer] = await Promise.all([
    single ? null : c.batches.findOne({ _id: batchId, tenantId }),
    single ?? c.transfers.findOne({ _id: batchId, tenantId }),
  ]);
  return {
    payment,
    endToEndId: endToEndIdOf(batchId, row),
    batchId,
    row,
    ...(batch && { batch }),
    ...(transfer && { transfer }),
  };
}

async function keyOf(
  c: Pick<Collections, 'payments'>,
  tenantId: TenantId,
  endToEndId: string,
): Promise<Buffer | undefined> {
  const candidates = await c.payments
    .find({ e2e: findableBy(endToEndId), tenantId }, { projection: { _id: 1 } })
    .toArray();
  return candidates.find(({ _id }) => endToEndIdOf(batchIdOfKey(_id), rowOfKey(_id)) === endToEndId)?._id;
}
