import { expect, test } from 'vitest';
import { createOutage } from './outage.ts';

test('who stays away from a rail that is cut off stays longer the longer that lasts, and one may try in between', () => {
  let at = 0;
  let circuit: 'closed' | 'open' | 'half-open' = 'closed';
  const outage = createOutage(
    () => circuit,
    () => at,
  );
  expect(outage.pauseMs('job')).toBe(0);
  circuit = 'open';
  expect(outage.pauseMs('job')).toBe(2_000);
  at = 20_000;
  expect(outage.pauseMs('job')).toBe(10_000);
  circuit = 'half-open';
  expect([outage.pauseMs('job'), outage.pauseMs('job'), outage.pauseMs('start')]).toEqual([0, 10_000, 0]);
  circuit = 'open';
  at = 1_000_000;
  expect(outage.pauseMs('job')).toBe(30_000);
  circuit = 'closed';
  expect(outage.pauseMs('job')).toBe(0);
  circuit = 'open';
  expect(outage.pauseMs('job')).toBe(2_000);
});
