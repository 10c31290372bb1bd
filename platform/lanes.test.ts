import { expect, test } from 'vitest';
import { createLanes } from './lanes.ts';

test('no more than the lanes run at once, and end waits for all', async () => {
  const lanes = createLanes(3);
  let inside = 0;
  let most = 0;
  let done = 0;
  for (let i = 0; i < 10; i += 1) {
    await lanes.add(async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resume) => setImmediate(resume));
      inside -= 1;
      done += 1;
    });
  }
  await lanes.end();
  expect([most, done]).toEqual([3, 10]);
});

test('the first failure is thrown to the loop, or at the end', async () => {
  const lanes = createLanes(1);
  await lanes.add(() => Promise.reject(new Error('first')));
  await expect(lanes.add(async () => undefined)).rejects.toThrow('first');
  await expect(lanes.end()).rejects.toThrow('first');
});
