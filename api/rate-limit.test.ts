import { expect, test } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

function aLimit(perSecond: number, burst: number) {
  const clock = { ms: 0 };
  const { take } = createRateLimit({ perSecond, burst, now: () => clock.ms });
  const taken = (key: string) => {
    try {
      take(key);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'too-many-requests' });
      return false;
    }
  };
  return { clock, taken, take };
}

test('a burst passes, then one at each interval', () => {
  const { clock, taken } = aLimit(2, 3);
  expect([1, 2, 3, 4].map(() => taken('a'))).toEqual([true, true, true, false]);
  clock.ms = 500;
  expect([1, 2].map(() => taken('a'))).toEqual([true, false]);
  clock.ms = 60_000;
  expect([1, 2, 3, 4].map(() => taken('a'))).toEqual([true, true, true, false]);
});

test('who asks too often takes nothing from anybody else, and does not wait longer for having asked', () => {
  const { clock, taken } = aLimit(1, 1);
  expect([taken('a'), taken('a'), taken('b')]).toEqual([true, false, true]);
  for (let n = 0; n < 100; n++) taken('a');
  clock.ms = 1_000;
  expect(taken('a')).toBe(true);
});

test('the refusal says how long to wait', () => {
  const { take } = aLimit(0.1, 1);
  take('a');
  expect(() => take('a')).toThrow(/wait 10 s/);
});

test('many clients do not fill the memory', () => {
  const { take, taken } = aLimit(1, 1);
  take('first');
  for (let n = 0; n < 10_000; n++) take(`client ${n}`);
  expect(taken('first')).toBe(true);
});
