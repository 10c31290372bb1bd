import fc from 'fast-check';
import { expect, test } from 'vitest';
import { railIds } from './plan.ts';
import { faultKinds, processes, railFaults, roundOf, streamFaults, streamServers } from './schedule.ts';

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

test('each round has every kind of fault, payments on every rail, and everything that people do', () => {
  fc.assert(
    fc.property(aSeed, (seed) => {
      const { faults, batches, singles } = roundOf(seed, 1);
      const rows = batches.flatMap((batch) => batch.rows);
      expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(faultKinds));
      for (const server of streamServers) {
        const struck = faults.filter((fault) => 'server' in fault && fault.server === server);
        expect(new Set(struck.map(({ kind }) => kind))).toEqual(new Set(streamFaults));
      }
      expect(new Set(rows.map(({ rail }) => rail))).toEqual(new Set(railIds));
      expect(singles.every(({ row }) => row.rail !== 'slcb')).toBe(true);
      expect(batches.map(({ decision }) => decision)).toEqual(expect.arrayContaining(['approve', 'refuse', 'expire']));
      expect(batches.some(({ cancelAfterMs }) => cancelAfterMs !== undefined)).toBe(true);
      expect(batches.some(({ pause }) => pause)).toBe(true);
      expect(batches.some(({ replayAfterMs }) => replayAfterMs !== undefined)).toBe(true);
      const blocked = batches.find(({ unfunded }) => unfunded)!;
      expect(blocked.rows.every(({ payer }) => payer === blocked.unfunded)).toBe(true);
      expect(new Set(blocked.rows.map(({ rail }) => rail))).toEqual(new Set(railIds));
    }),
  );
});

test('over forty seeds every fault of a rail strikes each rail', () => {
  const faults = Array.from({ length: 40 }, (_, i) => roundOf(String(i + 1), 1).faults).flat();
  for (const rail of railIds) {
    const struck = faults.flatMap((fault) => ('rail' in fault && fault.rail === rail ? [fault.kind] : []));
    expect(new Set(struck)).toEqual(new Set(railFaults));
  }
});

test('over twenty seeds every process is killed and stopped', () => {
  const faults = Array.from({ length: 20 }, (_, i) => roundOf(String(i + 1), 1).faults).flat();
  for (const kind of ['kill', 'stop'] as const) {
    const struck = faults.flatMap((fault) => (fault.kind === kind && 'process' in fault ? [fault.process] : []));
    expect([...new Set(struck)].sort()).toEqual([...processes].sort());
  }
});
