import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addTallies,
  addToTally,
  amountIn,
  type Bucket,
  bucketOf,
  buckets,
  countIn,
  imbalances,
  pendingCount,
  soleCurrency,
  type Tally,
} from './tally.ts';

const part = fc.record({
  currency: fc.constantFrom('USD', 'JPY', 'XXX'),
  bucket: fc.constantFrom<Bucket | 'asked'>('asked', ...buckets),
  n: fc.integer({ min: 0, max: 1000 }),
  minor: fc.bigInt({ min: 0n, max: 10n ** 15n }),
});
const tallyOf = (parts: readonly { currency: string; bucket: Bucket | 'asked'; n: number; minor: bigint }[]): Tally =>
  parts.reduce((tally, { currency, bucket, n, minor }) => addToTally(tally, currency, bucket, n, minor), {});

test('tallies of parts add up to the tally of the whole, in any order', () => {
  fc.assert(
    fc.property(fc.array(part), fc.array(part), (a, b) => {
      const whole = tallyOf([...a, ...b]);
      for (const sum of [addTallies(tallyOf(a), tallyOf(b)), addTallies(tallyOf(b), tallyOf(a))]) {
        expect(countIn(sum, 'asked', ...buckets)).toBe(countIn(whole, 'asked', ...buckets));
        expect(amountIn(sum, 'USD', 'asked', ...buckets)).toBe(amountIn(whole, 'USD', 'asked', ...buckets));
      }
    }),
  );
});

test('the closing equation holds when every row is somewhere, and names the currency when one is not', () => {
  const asked = tallyOf([{ currency: 'USD', bucket: 'asked', n: 3, minor: 600n }]);
  const done = addTallies(
    asked,
    tallyOf([
      { currency: 'USD', bucket: 'completed', n: 1, minor: 100n },
      { currency: 'USD', bucket: 'cancelled', n: 1, minor: 200n },
    ]),
  );
  const pending = tallyOf([{ currency: 'USD', bucket: 'asked', n: 1, minor: 300n }]);
  expect(pendingCount(done)).toBe(1);
  expect(imbalances(done, pending)).toEqual([]);
  expect(imbalances(done, {})[0]).toContain('USD');
  const oneUnitOff = tallyOf([{ currency: 'USD', bucket: 'asked', n: 1, minor: 299n }]);
  expect(imbalances(done, oneUnitOff)).toHaveLength(1);
});

test('each outcome has one bucket', () => {
  expect(bucketOf('completed', 'rail')).toBe('completed');
  expect(bucketOf('cancelled', 'cancel')).toBe('cancelled');
  expect(
    (['validation', 'deduplication', 'lookup', 'rail'] as const).map((stage) => bucketOf('rejected', stage)),
  ).toEqual(['invalid', 'duplicate', 'notFound', 'rejected']);
});

test('a batch has a sole currency only where all its readable rows have the same', () => {
  const usd = { currency: 'USD', bucket: 'asked', n: 1, minor: 1n } as const;
  expect(soleCurrency(tallyOf([usd, { ...usd, currency: 'XXX' }]))).toBe('USD');
  expect(soleCurrency(tallyOf([usd, { ...usd, currency: 'JPY' }]))).toBeUndefined();
});
