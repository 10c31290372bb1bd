import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchIdOfKey, rowKeyBytes, rowOfKey } from '../domain/ids.ts';
import {
  attemptKey,
  attemptNumber,
  attemptRange,
  batchRange,
  decodeRows,
  decodeRuns,
  encodeRows,
  encodeRuns,
  runsOf,
} from './row-keys.ts';

const row = fc.integer({ min: 0, max: 0xffffffff });
const batch = fc.uuid();

test('a row key gives batch and row back, and sorts in row order', () => {
  fc.assert(
    fc.property(batch, row, row, (batchId, a, b) => {
      expect(rowOfKey(rowKeyBytes(batchId, a))).toBe(a);
      expect(batchIdOfKey(rowKeyBytes(batchId, a))).toBe(batchId);
      expect(Math.sign(Buffer.compare(rowKeyBytes(batchId, a), rowKeyBytes(batchId, b)))).toBe(Math.sign(a - b));
    }),
  );
});

test('a range holds its own keys, in bounds of their length, and nobody else’s', () => {
  fc.assert(
    fc.property(batch, batch, row, fc.integer({ min: 1, max: 0xffff }), (mine, other, at, n) => {
      const inside = (key: Buffer, { $gte, $lte }: { $gte: Buffer; $lte: Buffer }) =>
        key.length === $gte.length &&
        key.length === $lte.length &&
        Buffer.compare(key, $gte) >= 0 &&
        Buffer.compare(key, $lte) <= 0;
      expect(inside(rowKeyBytes(mine, at), batchRange(mine))).toBe(true);
      expect(inside(attemptKey(rowKeyBytes(mine, at), n), attemptRange(mine, at, at))).toBe(true);
      if (other !== mine) expect(inside(rowKeyBytes(other, at), batchRange(mine))).toBe(false);
      expect(attemptNumber(attemptKey(rowKeyBytes(mine, at), n))).toBe(n);
    }),
  );
});

test('runs and rows come back as they were', () => {
  fc.assert(
    fc.property(fc.uniqueArray(row), (rows) => {
      const runs = decodeRuns(encodeRuns(runsOf(rows)));
      const sorted = [...rows].sort((a, b) => a - b);
      expect(
        runs.flatMap(([first, last]) =>
          last - first < 1000 ? Array.from({ length: last - first + 1 }, (_, i) => first + i) : [],
        ),
      ).toEqual(sorted);
      expect(decodeRows(encodeRows(rows))).toEqual(rows);
    }),
  );
});
