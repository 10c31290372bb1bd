import { expect, test } from 'vitest';
import { percentile, spreadText } from './spread.ts';

test('a percentile is one of the values: the least that no smaller share stays below', () => {
  const values = Array.from({ length: 200 }, (_, at) => 200 - at);
  expect([0.5, 0.95, 0.99, 1].map((share) => percentile(values, share))).toEqual([100, 190, 198, 200]);
  expect(percentile([7], 0.01)).toBe(7);
});

test('several rounds are told as median, least and most, one round as itself', () => {
  expect(spreadText([3, 1, 2])).toBe('2 (1 … 3)');
  expect(spreadText([1.25, 1.75], 1)).toBe('1.5 (1.3 … 1.8)');
  expect(spreadText([41])).toBe('41');
});
