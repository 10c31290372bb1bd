import fc from 'fast-check';
import { expect, test } from 'vitest';
import { count, counted, grouped, isZero, percent, shareOf, sum } from './amount.ts';

test('amounts are grouped and keep every digit, beyond what a double holds', () => {
  expect(grouped('3420118.00')).toBe('3,420,118.00');
  expect(grouped('9007199254740993.01')).toBe('9,007,199,254,740,993.01');
  expect(grouped('-1234.5')).toBe('−1,234.5');
  expect(grouped('999')).toBe('999');
  expect(grouped('n/a')).toBe('n/a');
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 99 }), (whole, cents) => {
      const text = `${whole}.${String(cents).padStart(2, '0')}`;
      expect(grouped(text).replaceAll(',', '')).toBe(text);
    }),
  );
});

test('counts name their noun in the right number', () => {
  expect(counted(1, 'row')).toBe('1 row');
  expect(counted(12_000, 'batch')).toBe('12,000 batches');
  expect([counted(1, 'try'), counted(2, 'try'), counted(2, 'day')]).toEqual(['1 try', '2 tries', '2 days']);
  expect(counted(10_000, 'incident', true)).toBe('10,000+ incidents');
  expect(count(0)).toBe('0');
});

test('a share that is there is never nothing, and one that lacks something never all', () => {
  expect(percent(shareOf('0', '10.00'))).toBe('0 %');
  expect(percent(shareOf('0.01', '1000000.00'))).toBe('< 1 %');
  expect(percent(shareOf('999999.99', '1000000'))).toBe('> 99 %');
  expect(percent(shareOf('60', '100.00'))).toBe('60 %');
  expect(percent(shareOf('100.0', '100'))).toBe('100 %');
  expect(shareOf('1', '0.00')).toBe(0);
});

test('sums are exact', () => {
  expect(sum(['0.10', '0.20'])).toBe('0.30');
  expect(sum(['9007199254740993', '0.01'])).toBe('9007199254740993.01');
  expect(sum([])).toBe('0');
  expect(isZero('0.00')).toBe(true);
  expect(isZero('0.01')).toBe(false);
});
