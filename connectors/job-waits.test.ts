import { expect, test } from 'vitest';
import { createJobWaits } from './job-waits.ts';
import { createOutage } from './outage.ts';

test('a wait is heard once, from when the step was ready until it was taken', () => {
  let at = 0;
  const heard: [string, number][] = [];
  const waits = createJobWaits({ onWait: (step, ms) => heard.push([step, ms]), onThrough: () => undefined }, () => at);
  waits.ready('batch/1');
  at = 30;
  waits.taken('batch/1', 'look-up');
  waits.taken('batch/1', 'look-up');
  waits.taken('batch/2', 'look-up');
  expect(heard).toEqual([['look-up', 30]]);
});

test('who stays away from a rail that is cut off stays longer the longer that lasts, and one may try in between', () => {
  let at = 0;
  let circuit: 'closed' | 'open' | 'half-open' = 'closed';
  const outage = createOutage(
    () => circuit,
    () => at,
  );
  expect(outage.pauseMs()).toBe(0);
  circuit = 'open';
  expect(outage.pauseMs()).toBe(2_000);
  at = 20_000;
  expect(outage.pauseMs()).toBe(10_000);
  circuit = 'half-open';
  expect(outage.pauseMs()).toBe(0);
  circuit = 'open';
  at = 1_000_000;
  expect(outage.pauseMs()).toBe(30_000);
  circuit = 'closed';
  expect(outage.pauseMs()).toBe(0);
  circuit = 'open';
  expect(outage.pauseMs()).toBe(2_000);
});
