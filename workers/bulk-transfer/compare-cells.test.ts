import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareNumbers, compareTexts, isNumber } from './compare-cells.ts';

const decimals = fc
  .record({
    sign: fc.constantFrom('', '+', '-'),
    zeros: fc.constantFrom('', '0', '00'),
    units: fc.bigInt({ min: 0n, max: 10n ** 24n }),
    more: fc.constantFrom('', '0', '000'),
  })
  .map(({ sign, zeros, units, more }) => {
    const digits = units.toString().padStart(5, '0');
    const value = sign === '-' ? -units : units;
    return { value, text: `${sign}${zeros}${digits.slice(0, -4)}.${digits.slice(-4)}${more}` };
  });

test('numbers go by their value, whatever zeros stand around them', () => {
  fc.assert(
    fc.property(decimals, decimals, (a, b) => {
      expect(isNumber(a.text)).toBe(true);
      const expected = a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
      expect(Math.sign(compareNumbers(a.text, b.text))).toBe(expected);
    }),
  );
});

test('accounts of twenty digits that differ in the last are not the same', () => {
  expect(compareNumbers('003001003874120160', '003001003874120161')).toBeLessThan(0);
  expect(compareNumbers('99999999999999999998', '99999999999999999999')).toBeLessThan(0);
  expect(compareNumbers('7', '7.0')).toBe(0);
});

test('what is not all digits is text', () => {
  expect(['', '-', '.', '1e5', '12a', ' 1'].map(isNumber)).toEqual([false, false, false, false, false, false]);
  expect(compareTexts('a', 'b')).toBe(-1);
});
