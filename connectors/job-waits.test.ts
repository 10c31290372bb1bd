import { expect, test } from 'vitest';
import { createJobWaits } from './job-waits.ts';

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
