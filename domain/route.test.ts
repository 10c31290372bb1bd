import fc from 'fast-check';
import { expect, test } from 'vitest';
import { divide, parseShare, routeStatusOf, splitByShares, wholeShare } from './route.ts';

const usd = (minor: bigint) => ({ minor, currency: 'USD' });
const share = (text: string) => ({ share: parseShare(text) });

/** Shares that sum to the whole. */
const shares = fc
  .uniqueArray(fc.bigInt({ min: 1n, max: wholeShare - 1n }), { maxLength: 20 })
  .map((cuts) => [0n, ...cuts.sort((a, b) => (a < b ? -1 : 1)), wholeShare])
  .map((cuts) => cuts.slice(1).map((cut, i) => cut - cuts[i]!));

test('parts by shares sum to the whole, and none is a minor unit or more away from its share', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), shares, (minor, asked) => {
      const parts = splitByShares(minor, asked);
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(minor);
      parts.forEach((part, i) => {
        const off = part * wholeShare - minor * asked[i]!;
        expect(off < wholeShare && off > -wholeShare).toBe(true);
      });
    }),
  );
});

test('the larger remainder gets the unit that is left over, and of equal ones the earlier', () => {
  expect(splitByShares(100n, ['33.3333', '33.3333', '33.3334'].map(parseShare))).toEqual([33n, 33n, 34n]);
  expect(splitByShares(101n, ['50', '50'].map(parseShare))).toEqual([51n, 50n]);
});

test('fees come off first, then fixed parts, then shares of what is left', () => {
  const divided = divide(usd(10_000n), [share('2.5'), { minor: 50n }], [{ minor: 4_700n }, share('40'), share('60')]);
  expect(divided).toEqual({ fees: [250n, 50n], parts: [4_700n, 2_000n, 3_000n] });
});

test('what does not sum to the whole is refused, with the difference', () => {
  expect(() => divide(usd(2_000n), [], [{ minor: 1_000n }, { minor: 900n }])).toThrow(/100 minor units less/);
  expect(() => divide(usd(2_000n), [{ minor: 1n }], [{ minor: 2_000n }])).toThrow(/1 minor units more/);
  expect(() => divide(usd(2_000n), [], [share('50'), share('49.999999')])).toThrow(/sum to 100/);
  expect(() => divide(usd(2_000n), [], [{ minor: 2_000n }, share('100')])).toThrow(/nothing/);
});

test.for(['0', '100.000001', '1e1', '-5', '', ' 5', '5%', '0.0000001'])('%s is no share', (text) => {
  expect(() => parseShare(text)).toThrow(RangeError);
});

test('a route is what its parts are', () => {
  expect(routeStatusOf(['credited', 'pending'])).toBe('processing');
  expect(routeStatusOf(['credited', 'paid_out'])).toBe('completed');
  expect(routeStatusOf(['credited', 'failed'])).toBe('partly_failed');
  expect(routeStatusOf(['failed'])).toBe('failed');
  expect(routeStatusOf(['reversed', 'failed'])).toBe('reversed');
  expect(routeStatusOf(['reversed', 'paid_out'])).toBe('partly_reversed');
});
