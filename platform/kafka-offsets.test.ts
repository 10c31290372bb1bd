import { expect, test } from 'vitest';
import { createOffsets } from './kafka-offsets.ts';

test('an offset is committed only when every message before it is done', () => {
  const offsets = createOffsets();
  for (const offset of ['5', '6', '7']) offsets.begin(0, offset);
  expect(offsets.committable(0)).toBe('5');
  offsets.done(0, '7');
  offsets.done(0, '6');
  expect([offsets.committable(0), offsets.inHand()]).toEqual(['5', 1]);
  offsets.done(0, '5');
  expect([offsets.committable(0), offsets.inHand()]).toEqual(['8', 0]);
});

test('a message that comes again while it is in hand, or after it is done, is not begun again', () => {
  const offsets = createOffsets();
  expect([offsets.begin(1, '3'), offsets.begin(1, '3')]).toEqual([true, false]);
  offsets.done(1, '3');
  expect([offsets.begin(1, '3'), offsets.begin(1, '4')]).toEqual([false, true]);
});

test('a partition that was given away and came back begins anew, and others keep their standing', () => {
  const offsets = createOffsets();
  offsets.begin(0, '3');
  offsets.begin(1, '9');
  offsets.drop(0);
  expect([offsets.committable(0), offsets.committable(1), offsets.inHand()]).toEqual([undefined, '9', 1]);
  offsets.done(0, '3');
  expect(offsets.begin(0, '3')).toBe(true);
});
