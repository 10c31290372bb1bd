/** Payments for the tests of this folder. */
import { randomUUID } from 'node:crypto';
import { endToEndIdOf, subBatchIdOf } from '../../domain/ids.ts';
import { parseMoney } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';

export const aBatchId = '11111111-2222-4333-8444-555555555555';

export function aPayment(row: number, like: Partial<Payment> & { readonly cash?: string } = {}): Payment {
  const { cash = '850.00', ...rest } = like;
  return {
    tenantId: 'ibank-usa',
    batchId: aBatchId,
    row,
    endToEndId: endToEndIdOf(aBatchId, row),
    subBatchId: subBatchIdOf(aBatchId, 1),
    rail: 'bank-file',
    payer: { type: 'accountNumber', id: '003001003874120160' },
    payee: { type: 'accountNumber', id: `92754902${row}` },
    amount: parseMoney(cash, 'USD'),
    note: 'Test Payee Payment',
    clientId: String(row),
    requestId: randomUUID(),
    extra: {},
    ...rest,
  };
}
