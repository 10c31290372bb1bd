import { expect, test } from 'vitest';
import { createThrottle } from './throttle.ts';

class PushBack extends Error {}
const isPushBack = (error: unknown) => error instanceof PushBack;
const noSleep = async () => undefined;

test('starts go side by side up to the limit, which grows while they succeed and stays within its bounds', async () => {
  const throttle = createThrottle({ min: 2, max: 5, sleep: noSleep });
  let inside = 0;
  let most = 0;
  const start = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resume) => setImmediate(resume));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 200 }, () => throttle.run(start, isPushBack)));
  expect(most).toBeLessThanOrEqual(5);
  expect(throttle.limit()).toBe(5);
});

test('a push-back halves the limit and is tried again until it is taken', async () => {
  const throttle = createThrottle({ min: 1, max: 8, sleep: noSleep });
  for (let i = 0; i < 100; i += 1) await throttle.run(async () => undefined, isPushBack);
  const before = throttle.limit();
  let tries = 0;
  const made = await throttle.run(async () => {
    tries += 1;
    if (tries < 3) throw new PushBack();
    return 'started';
  }, isPushBack);
  expect([made, tries]).toEqual(['started', 3]);
  expect(throttle.limit()).toBeLessThan(before);
});

test('any other failure is the caller’s, and gives its place back', async () => {
  const throttle = createThrottle({ min: 1, max: 1, sleep: noSleep });
  await expect(throttle.run(() => Promise.reject(new Error('no such process')), isPushBack)).rejects.toThrow('no such');
  await expect(throttle.run(async () => 'next', isPushBack)).resolves.toBe('next');
});
