/** A payment as a line of a sub-batch file, and in the formatting standard that was asked for. */
import { gsmaTransactionOf } from '../../domain/gsma-format.ts';
import { endToEndIdOf } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money.ts';
import type { PaymentLine } from '../../domain/payment.ts';
import type { Switches } from '../../domain/switches.ts';
import type { PaymentDoc } from '../../store/documents.ts';

export function lineOf(batchId: string, row: number, payment: PaymentDoc): PaymentLine {
  return {
    row,
    endToEndId: endToEndIdOf(batchId, row),
    payer: partyOf(payment.payer),
    payee: partyOf(payment.payee),
    amount: formatMoney({ minor: payment.minor!, currency: payment.currency }),
    currency: payment.currency,
    note: payment.note,
    clientId: payment.id,
    requestId: payment.requestId,
    extra: payment.extra ?? {},
  };
}

/** The line as the standard writes it: GSMA 1.2 transaction objects, or the hub's own line for DEFAULT. */
export function formatted(line: PaymentLine, standard: Switches['formatting']['standard']): unknown {
  if (standard === 'DEFAULT') return line;
  return gsmaTransactionOf({ ...line, amount: { minor: minorOf(line), currency: line.currency } });
}

function minorOf(line: PaymentLine): bigint {
  return BigInt(line.amount.replace('.', ''));
}

function partyOf({ type, id, dfsp }: PaymentDoc['payer']) {
  return dfsp ? { type, id, dfspId: dfsp } : { type, id };
}
