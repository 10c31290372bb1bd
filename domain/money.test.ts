import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addMoney, formatCanonical, formatMoney, parseMoney, shapeOf } from './money.ts';

const currency = fc.constantFrom('USD', 'JPY', 'KWD', 'RWF', 'SLE', 'CLF');
const money = fc.record({ minor: fc.bigInt({ min: 0n, max: 10n ** 17n }), currency });

test('what is written is read back, to the last minor unit', () => {
  fc.assert(
    fc.property(money, (m) => {
      expect(parseMoney(formatMoney(m), m.currency)).toEqual(m);
      expect(parseMoney(formatCanonical(m), m.currency)).toEqual(m);
    }),
  );
});

test('zeros beyond the currency’s digits change nothing, other digits are refused and never rounded', () => {
  expect(parseMoney('12.340', 'USD')).toEqual({ minor: 1234n, currency: 'USD' });
  expect(parseMoney('820.00', 'RWF')).toEqual({ minor: 820n, currency: 'RWF' });
  expect(parseMoney('1.005', 'KWD')).toEqual({ minor: 1005n, currency: 'KWD' });
  expect(() => parseMoney('12.345', 'USD')).toThrow('3 decimal digits where USD has 2');
  expect(() => parseMoney('1.5', 'JPY')).toThrow('1 decimal digits where JPY has 0');
});

test('what is no decimal number is refused without being shown', () => {
  for (const text of ['', ' ', '-1', '1e3', '1,5', '.5', '5.', '0x10', 'NaN', '١٢']) {
    expect(() => parseMoney(text, 'USD')).toThrow(RangeError);
  }
  expect(() => parseMoney('5', 'USX')).toThrow('ISO 4217');
  expect(shapeOf('003001003874120160abc')).not.toContain('0030');
  expect(shapeOf('1,250.50')).toBe('a number with a comma');
});

test('rails that want no trailing zeros get none', () => {
  expect(['100.00', '100.50', '0.05'].map((text) => formatCanonical(parseMoney(text, 'USD')))).toEqual([
    '100',
    '100.5',
    '0.05',
  ]);
  expect(formatCanonical(parseMoney('100', 'JPY'))).toBe('100');
});

test('currencies are never added up together', () => {
  const five = parseMoney('5', 'USD');
  expect(addMoney(five, five)).toEqual({ minor: 1000n, currency: 'USD' });
  expect(() => addMoney(five, parseMoney('5', 'EUR'))).toThrow('cannot add');
});
