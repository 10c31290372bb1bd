import { expect, test } from 'vitest';
import { createRoundRobin } from './round-robin.ts';

test('whoever has a thousand items waiting gets one turn in each round', () => {
  const queue = createRoundRobin<{ of: string; n: number }>();
  for (let n = 0; n < 1_000; n += 1) queue.push('large', { of: 'large', n });
  for (let n = 0; n < 3; n += 1) queue.push('small', { of: 'small', n });
  const first = Array.from({ length: 6 }, () => queue.shift()!.of);
  expect(first.filter((of) => of === 'small')).toHaveLength(3);
  expect(queue.size()).toBe(997);
});

test('items of one share come first in, first out', () => {
  const queue = createRoundRobin<number[]>();
  const items = [[1], [2], [3]];
  for (const item of items) queue.push('a', item);
  expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual([...items, undefined]);
});

test('who comes back after being served waits for those who have not been', () => {
  const queue = createRoundRobin<string[]>();
  queue.push('a', ['a1']);
  queue.push('b', ['b1']);
  expect(queue.shift()).toEqual(['a1']);
  queue.push('a', ['a2']);
  expect(queue.shift()).toEqual(['b1']);
});

test('an item that gave up is out, and the others keep their turns', () => {
  const queue = createRoundRobin<string[]>();
  const gone = ['gone'];
  queue.push('a', gone);
  queue.push('b', ['stays']);
  expect([queue.remove('a', gone), queue.remove('a', gone), queue.remove('c', gone)]).toEqual([true, false, false]);
  expect(queue.all()).toEqual([['stays']]);
  expect(queue.shift()).toEqual(['stays']);
  expect(queue.size()).toBe(0);
});

test('who may have nothing now keeps their turn, and does not hold up the others', () => {
  const queue = createRoundRobin<string[]>();
  queue.push('a', ['a1']);
  queue.push('b', ['b1']);
  expect([...queue.shares()]).toEqual(['a', 'b']);
  expect(queue.shift((share) => share !== 'a')).toEqual(['b1']);
  expect(queue.shift((share) => share !== 'a')).toBeUndefined();
  expect(queue.shift()).toEqual(['a1']);
});
