import { expect, test } from 'vitest';
import { requiredColumns } from './batch-file.ts';
import { isIban } from './iban.ts';
import { createRowChecker, duplicateId, identifierTypeOf, type RailsOfModes } from './row-check.ts';

const rails: RailsOfModes = {
  modes: ['slcb', 'gsma'],
  railOfMode: (mode) =>
    mode === 'slcb'
      ? { id: 'slcb' }
      : mode === 'gsma'
        ? {
            id: 'gsma',
            checkRow: ({ payee }) =>
              payee.type === 'msisdn' ? undefined : { column: 'payee_identifier_type', message: 'write msisdn' },
          }
        : undefined,
};

const good = {
  id: '7',
  request_id: 'r-7',
  payment_mode: 'slcb',
  payer_identifier_type: 'accountNumber',
  payer_identifier: '003001003874120160',
  payee_identifier_type: 'accountNumber',
  payee_identifier: '927549027483',
  amount: '850',
  currency: 'USD',
  note: 'Test Payee Payment',
  program_shortcode: 'MDM',
  cycle: '',
};
type Row = Partial<typeof good>;

test('a good row has fields and no errors', () => {
  const { fields, errors } = check({});
  expect(errors).toEqual([]);
  expect(fields).toEqual({
    clientId: '7',
    requestId: 'r-7',
    mode: 'slcb',
    railId: 'slcb',
    payer: { type: 'accountNumber', id: '003001003874120160' },
    payee: { type: 'accountNumber', id: '927549027483' },
    amountText: '850',
    money: { minor: 85000n, currency: 'USD' },
    currency: 'USD',
    note: 'Test Payee Payment',
    extra: { program_shortcode: 'MDM' },
  });
});

test.each<[string, Row, string, string]>([
  ['empty id', { id: '' }, 'id', 'required'],
  ['long id', { id: 'x'.repeat(129) }, 'id', 'too_long'],
  ['bell in request id', { request_id: 'a\u0007' }, 'request_id', 'control_character'],
  ['unknown mode', { payment_mode: 'swift' }, 'payment_mode', 'mode_unknown'],
  ['empty mode', { payment_mode: '' }, 'payment_mode', 'required'],
  ['empty type', { payee_identifier_type: '' }, 'payee_identifier_type', 'required'],
  ['unknown type', { payer_identifier_type: 'shoe' }, 'payer_identifier_type', 'identifier_type_unknown'],
  ['empty payee', { payee_identifier: '' }, 'payee_identifier', 'required'],
  ['blank payer', { payer_identifier: '  ' }, 'payer_identifier', 'required'],
  ['phone with letters', phone('88374O1856'), 'payee_identifier', 'msisdn_malformed'],
  ['short phone', phone('1234'), 'payee_identifier', 'msisdn_malformed'],
  [
    'wrong check digits',
    { payee_identifier_type: 'IBAN', payee_identifier: 'DE88370400440532013000' },
    'payee_identifier',
    'iban_malformed',
  ],
  ['zero', { amount: '0.00' }, 'amount', 'amount_not_positive'],
  ['negative', { amount: '-5' }, 'amount', 'amount_not_positive'],
  ['comma', { amount: '1,5' }, 'amount', 'amount_malformed'],
  ['exponent', { amount: '1e3' }, 'amount', 'amount_malformed'],
  ['too many digits', { amount: '1.234' }, 'amount', 'amount_digits'],
  ['yen with cents', { amount: '1.5', currency: 'JPY' }, 'amount', 'amount_digits'],
  ['astronomic', { amount: '99999999999999' }, 'amount', 'amount_too_large'],
  ['empty amount', { amount: '' }, 'amount', 'required'],
  ['unknown currency', { currency: 'usd' }, 'currency', 'currency_unknown'],
  ['long note', { note: 'x'.repeat(1_001) }, 'note', 'too_long'],
  ['long extra', { cycle: 'x'.repeat(256) }, 'cycle', 'too_long'],
  ['rail says no', { payment_mode: 'GSMA' }, 'payee_identifier_type', 'rail_refused'],
])('%s is refused', (_, row, column, code) => {
  const { errors } = check(row, 3);
  expect(errors.map((e) => [e.row, e.column, e.code])).toEqual([[3, column, code]]);
  expect(errors[0]!.message).toMatch(/^.+/);
});

test('all that is wrong with a row is told at once', () => {
  const { errors } = check({ id: '', payment_mode: 'x', amount: 'x', currency: 'x', payee_identifier: '' });
  expect(errors.map((e) => e.column)).toEqual(['id', 'payment_mode', 'payee_identifier', 'currency', 'amount']);
});

test('money of every currency keeps its digits', () => {
  const minor = (amount: string, currency: string) => check({ amount, currency }).fields.money?.minor;
  expect(minor('820.00', 'RWF')).toBe(820n);
  expect(minor('1.234', 'KWD')).toBe(1234n);
  expect(minor('100', 'JPY')).toBe(100n);
  expect(minor('12.340', 'USD')).toBe(1234n);
});

test('an unreadable currency does not hide an unreadable amount, nor blame a readable one', () => {
  expect(check({ currency: 'zz', amount: 'x' }).errors).toHaveLength(2);
  expect(check({ currency: 'zz', amount: '1.23456' }).errors).toHaveLength(1);
});

test('a row with too few or too many cells says so and nothing else', () => {
  const columns = Object.keys(good);
  const checker = createRowChecker(columns, rails, 'ministry');
  for (const cells of [Object.values(good).slice(1), [...Object.values(good), 'x']]) {
    const { errors } = checker(cells, 9);
    expect(errors.map((e) => [e.column, e.code])).toEqual([['', 'cell_count']]);
    expect(errors[0]!.message).toContain(`${cells.length} cells`);
  }
});

test('no message repeats an identifier', () => {
  const secret = '0030-0100-38741\u0007';
  const { errors } = check({ payer_identifier: secret, payee_identifier_type: 'msisdn', payee_identifier: secret });
  expect(errors.length).toBeGreaterThan(1);
  for (const { message } of errors) expect(message).not.toContain('0030');
});

test('identifier types are known in any case and in the words of Mojaloop and GSMA', () => {
  expect(identifierTypeOf('ACCOUNT_ID')).toBe('accountId');
  expect(identifierTypeOf('accountnumber')).toBe('accountNumber');
  expect(identifierTypeOf('MSISDN')).toBe('msisdn');
  expect(identifierTypeOf('emailaddress')).toBe('email');
  expect(identifierTypeOf('')).toBeUndefined();
});

test('IBANs are checked by their check digits', () => {
  expect(isIban('DE89 3704 0044 0532 0130 00')).toBe(true);
  expect(isIban('GB82WEST12345698765432')).toBe(true);
  expect(isIban('GB82WEST12345698765431')).toBe(false);
  expect(isIban('FR14')).toBe(false);
});

test('the columns may come in any order', () => {
  const columns = [...requiredColumns].reverse();
  const cells = columns.map((name) => good[name]);
  expect(createRowChecker(columns, rails, 'ministry')(cells, 1).errors).toEqual([]);
});

test('a duplicate id names the row before it', () => {
  expect(duplicateId(5, 2)).toMatchObject({ row: 5, column: 'id', code: 'duplicate_id' });
});

function phone(number: string): Row {
  return { payment_mode: 'gsma', payee_identifier_type: 'msisdn', payee_identifier: number };
}

function check(row: Row, n = 1) {
  return createRowChecker(Object.keys(good), rails, 'ministry')(Object.values({ ...good, ...row }), n);
}
