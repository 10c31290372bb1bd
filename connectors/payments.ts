/** Payments as rails take them, from the book of payments or from the lines of a sub-batch file. */
import { endToEndIdOf, rowOfKey } from '../domain/ids.ts';
import { parseMoney } from '../domain/money.ts';
import type { Payment, PaymentLine } from '../domain/payment.ts';
import type { PaymentDoc, SubBatchDoc } from '../store/documents.ts';

/** A payment with the object of the formatting standard that its batch asked for, if any. */
export type FormattedPayment = Payment & { readonly formatted?: unknown };

export function paymentOfLine(
  line: PaymentLine,
  sub: Pick<SubBatchDoc, '_id' | 'tenantId' | 'batchId' | 'rail'>,
): FormattedPayment {
  // Written out, since spreading a line costs more than reading it.
  return {
    tenantId: sub.tenantId,
    batchId: sub.batchId,
    row: line.row,
    endToEndId: line.endToEndId,
    subBatchId: sub._id,
    rail: sub.rail,
    payer: line.payer,
    payee: line.payee,
    amount: parseMoney(line.amount, line.currency),
    note: line.note,
    clientId: line.clientId,
    requestId: line.requestId,
    extra: line.extra,
    formatted: line.formatted,
  };
}

/** `subBatchId`: absent for a payment that came by itself. */
export function paymentOfDoc(doc: PaymentDoc, batchId: string, subBatchId: string | undefined): Payment {
  const row = rowOfKey(doc._id);
  if (doc.isErased)
    throw new RangeError(`row ${row} of ${batchId} has no parties any more: its personal data were erased`);
  if (doc.minor === undefined) throw new RangeError(`row ${row} was refused at validation and is no payment`);
  return {
    tenantId: doc.tenantId,
    batchId,
    row,
    endToEndId: endToEndIdOf(batchId, row),
    subBatchId,
    rail: doc.rail,
    payer: { type: doc.payer.type, id: doc.payer.id, dfspId: doc.payer.dfsp },
    payee: { type: doc.payee.type, id: doc.payee.id, dfspId: doc.payee.dfsp },
    amount: { minor: BigInt(doc.minor), currency: doc.currency },
    note: doc.note,
    clientId: doc.id,
    requestId: doc.requestId,
    extra: doc.extra ?? {},
  };
}
