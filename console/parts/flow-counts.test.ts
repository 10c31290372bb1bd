import { expect, test } from 'vitest';
import { type Flow, takenFlows } from './flow-counts.ts';

/** start → asked? → (yes → task → merged | no → merged) → end */
const flows: readonly Flow[] = [
  { id: 'in', source: 'start', target: 'asked' },
  { id: 'yes', source: 'asked', target: 'task' },
  { id: 'no', source: 'asked', target: 'merged' },
  { id: 'done', source: 'task', target: 'merged' },
  { id: 'out', source: 'merged', target: 'end' },
];
const taken = (counts: Record<string, number>) =>
  [...takenFlows(flows, new Map(Object.entries(counts).map(([id, n]) => [id, { entered: n, left: n }])))].sort();

test('the way around a step is not drawn as taken when the step was', () => {
  expect(taken({ start: 1, asked: 1, task: 1, merged: 1, end: 1 })).toEqual(['done', 'in', 'out', 'yes']);
});

test('the way around a step is drawn when the step was left out, and both when both were taken', () => {
  expect(taken({ start: 1, asked: 1, merged: 1, end: 1 })).toEqual(['in', 'no', 'out']);
  expect(taken({ start: 3, asked: 3, task: 2, merged: 3, end: 3 })).toEqual(['done', 'in', 'no', 'out', 'yes']);
});

test('nothing is drawn before anything has moved', () => {
  expect(taken({})).toEqual([]);
});
