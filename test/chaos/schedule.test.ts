import fc from 'fast-check';
import { expect, test } from 'vitest';
import { processes, railFaults, railIds, roundOf } from './schedule.ts';

const aSeed = fc.string({ maxLength: 12 });

test('the same seed makes the same schedule, another seed another one', () => {
  fc.assert(
    fc.property(aSeed, fc.nat(9), (seed, n) => {
      expect(roundOf(seed, n)).toEqual(roundOf(seed, n));
    }),
  );
  expect(roundOf('1', 1)).not.toEqual(roundOf('2', 1));
  expect(roundOf('1', 1)).not.toEqual(roundOf('1', 2));
});

test('each round has every fault of a rail, payments on every rail, and both decisions', () => {
  fc.assert(
    fc.property(aSeed, (seed) => {
      const { faults, batches, lengthMs } = roundOf(seed, 1);
      const rows = batches.flatMap((batch) => batch.rows);
      expect(new Set(faults.map(({ kind }) => kind))).toEqual(
        new Set(['kill', 'stop', 'duplicate messages', ...railFaults]),
      );
      expect(new Set(rows.map(({ rail }) => rail))).toEqual(new Set(railIds));
      expect(batches.map(({ decision }) => decision)).toEqual(expect.arrayContaining(['approve', 'refuse']));
      expect(faults.every(({ atMs }) => atMs < lengthMs)).toBe(true);
    }),
  );
});

test('over ten seeds every process is killed and stopped', () => {
  const faults = Array.from({ length: 10 }, (_, i) => roundOf(String(i + 1), 1).faults).flat();
  for (const kind of ['kill', 'stop'] as const) {
    const struck = faults.flatMap((fault) => (fault.kind === kind && 'process' in fault ? [fault.process] : []));
    expect([...new Set(struck)].sort()).toEqual([...processes].sort());
  }
});
