import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSpec } from '../test/specs/check-openapi.ts';
import { gsmaTransactionOf } from './gsma-format.ts';
import { uuidOf } from './ids.ts';
import { parseMoney } from './money.ts';

const spec = openSpec('gsma-mobile-money-1.2.yaml');
const anId = fc.string({ minLength: 1, maxLength: 40 });

test('whatever the row, its object is one of the GSMA specification and says the same amount', () => {
  const row = fc.record({
    minor: fc.bigInt({ min: 1n, max: 10n ** 17n }),
    currency: fc.constantFrom('USD', 'JPY', 'KWD', 'CLF'),
    payerId: anId,
    payeeId: anId,
    type: fc.constantFrom('accountNumber', 'msisdn', 'mosip', 'iban', 'Wallet_Id'),
    note: fc.string({ unit: 'grapheme', maxLength: 300 }),
  });
  fc.assert(
    fc.property(row, ({ minor, currency, payerId, payeeId, type, note }) => {
      const transaction = gsmaTransactionOf({
        amount: { minor, currency },
        payer: { type: 'accountNumber', id: payerId },
        payee: { type, id: payeeId },
        endToEndId: uuidOf('payment'),
        note,
      });
      expect(spec.schema('requestTransaction', transaction)).toBeUndefined();
      expect(parseMoney(transaction.amount, transaction.currency).minor).toBe(minor);
    }),
  );
});

test('a type that GSMA does not name keeps its own name', () => {
  const payment = { amount: parseMoney('1', 'USD'), endToEndId: uuidOf('payment'), note: '' };
  const parties = { payer: { type: 'accountNumber', id: '1' }, payee: { type: 'MOSIP', id: '2' } };
  expect(gsmaTransactionOf({ ...payment, ...parties })).toMatchObject({
    debitParty: [{ key: 'accountid', value: '1' }],
    creditParty: [{ key: 'mosip', value: '2' }],
  });
});
