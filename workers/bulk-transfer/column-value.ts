/** The value of a file's column in a payment as the books have it. */
import type { PaymentDoc } from '../../store/documents.ts';

const fields: Readonly<Record<string, string>> = {
  id: 'id',
  request_id: 'requestId',
  payment_mode: 'mode',
  payer_identifier_type: 'payer.type',
  payer_identifier: 'payer.id',
  payee_identifier_type: 'payee.type',
  payee_identifier: 'payee.id',
  amount: 'amount',
  currency: 'currency',
  note: 'note',
};

/** Whether the column says something of persons: the database has it sealed, and neither sorts nor looks for it. */
export function isSealedColumn(column: string): boolean {
  return /^(payer|payee|note|extra)\b/.test(fieldOfColumn(column));
}

/** Path of the column in a payment document. */
export function fieldOfColumn(column: string): string {
  return fields[column] ?? `extra.${column}`;
}

export function columnValue(payment: PaymentDoc, column: string): string {
  const value = fieldOfColumn(column)
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], payment);
  return typeof value === 'string' ? value : '';
}
