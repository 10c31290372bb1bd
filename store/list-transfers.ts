/** Payments that came alone, newest first, with what came of each; a request looks at a bounded number of them. */
import { rowKeyBytes, soleRow, type TenantId } from '../domain/ids.ts';
import { type PaymentState, paymentStateOf } from '../domain/payment-state.ts';
import type { Filter } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { OutcomeDoc, PaymentDoc, TransferDoc } from './documents.ts';
import { payerBlockId } from './payer-blocks.ts';

export type TransferFilter = {
  readonly tenantId: TenantId;
  readonly state?: PaymentState;
  readonly from?: Date;
  readonly to?: Date;
};
export type TransferRow = {
  readonly transfer: TransferDoc;
  readonly payment: PaymentDoc;
  readonly outcome?: OutcomeDoc;
  readonly state: PaymentState;
};
type Place = { readonly at: Date; readonly id: string };

export type ListTransfers = ReturnType<typeof createListTransfers>;

const looksMax = 10;
const lookMin = 200;

export function createListTransfers(c: Collections) {
  /** `behind`: where the next page begins; undefined at the end. */
  return async (
    filter: TransferFilter,
    after: Place | undefined,
    limit: number,
  ): Promise<{ rows: TransferRow[]; behind?: Place }> => {
    const rows: TransferRow[] = [];
    const size = filter.state === undefined ? limit : Math.max(limit, lookMin);
    let behind = after;
    for (let look = 0; look < looksMax; look += 1) {
      const transfers = await c.transfers
        .find(queryOf(filter, behind))
        .sort({ createdAt: -1, _id: 1 })
        .limit(size)
        .toArray();
      for (const row of await rowsOf(transfers)) {
        if (filter.state !== undefined && row.state !== filter.state) continue;
        rows.push(row);
        if (rows.length === limit) return { rows, behind: placeOf(row.transfer) };
      }
      if (transfers.length < size) return { rows };
      behind = placeOf(transfers.at(-1)!);
    }
    return { rows, behind };
  };

  async function rowsOf(transfers: readonly TransferDoc[]): Promise<TransferRow[]> {
    const keys = { _id: { $in: transfers.map(({ _id }) => rowKeyBytes(_id, soleRow)) } };
    const [payments, outcomes, unknowns] = await Promise.all([
      c.payments.find(keys).toArray(),
      c.outcomes.find(keys).toArray(),
      c.unknowns.find(keys, { projection: { _id: 1 } }).toArray(),
    ]);
    const blockIds = [...new Set(payments.map(payerBlockId))];
    const blocks = await c.payerBlocks.find({ _id: { $in: blockIds } }, { projection: { _id: 1 } }).toArray();
    const blocked = new Set(blocks.map(({ _id }) => _id));
    const byKey = <T extends { _id: Buffer }>(docs: readonly T[]) =>
      new Map(docs.map((doc) => [doc._id.toString('hex'), doc]));
    const [paymentOf, outcomeOf, unknownOf] = [byKey(payments), byKey(outcomes), byKey(unknowns as { _id: Buffer }[])];
    return transfers.flatMap((transfer) => {
      const key = rowKeyBytes(transfer._id, soleRow).toString('hex');
      const payment = paymentOf.get(key);
      if (!payment) return [];
      const outcome = outcomeOf.get(key);
      const isHanded = !blocked.has(payerBlockId(payment));
      const state = paymentStateOf({ outcome: outcome?.status, isUnknown: unknownOf.has(key), isHanded });
      return [{ transfer, payment, outcome, state }];
    });
  }
}

function placeOf({ createdAt, _id }: TransferDoc): Place {
  return { at: createdAt, id: _id };
}

function queryOf({ tenantId, from, to }: TransferFilter, after: Place | undefined): Filter<TransferDoc> {
  const createdAt = {
    ...(from && { $gte: from }),
    ...(to && { $lt: to }),
    ...(after && { $lte: after.at }),
  };
  return {
    tenantId,
    ...(Object.keys(createdAt).length > 0 && { createdAt }),
    ...(after && { $nor: [{ createdAt: after.at, _id: { $lte: after.id } }] }),
  } as Filter<TransferDoc>;
}
