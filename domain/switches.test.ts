import { expect, test } from 'vitest';
import {
  checkSwitches,
  defaultSwitches,
  durationMs,
  flatten,
  isoDuration,
  switchesOf,
  switchNames,
} from './switches.ts';

test('the defaults are those of the design', () => {
  expect(flatten(defaultSwitches)).toMatchObject({
    'partylookup.enable': false,
    'approval.enable': false,
    'splitting.enable': true,
    'splitting.by-institution': false,
    'splitting.sub-batch-size': 1000,
    'success-threshold-check.success-rate': 95,
    'mergeback.enable': true,
    'acknowledgement.enable': true,
    'settlement.deadline': '24h',
  });
});

test('what is flattened makes the same switches again', () => {
  const own = switchesOf({ 'ordering.enable': true, 'ordering.field': 'amount', 'splitting.sub-batch-size': 7 });
  expect(switchesOf(flatten(own))).toEqual(own);
  expect(Object.keys(flatten(own)).sort()).toEqual([...switchNames].sort());
});

test('every wrong switch is named with its cure', () => {
  const problems = checkSwitches({
    'splitting.sub-batch-size': 0,
    'formatting.standard': 'SWIFT',
    'approval.deadline': 'tomorrow',
    'ordering.enable': true,
    'ordering.field': '',
    'aproval.enable': true,
  });
  expect(problems.map(({ name }) => name).sort()).toEqual([
    'approval.deadline',
    'aproval.enable',
    'formatting.standard',
    'ordering.field',
    'splitting.sub-batch-size',
  ]);
  expect(problems.find(({ name }) => name === 'aproval.enable')?.message).toContain('approval.enable');
  expect(checkSwitches('on')).toHaveLength(1);
  expect(checkSwitches({ 'approval.enable': true })).toEqual([]);
});

test('durations are texts with their unit', () => {
  expect(['500ms', '30s', '15m', '24h', '7d'].map(durationMs)).toEqual([500, 30_000, 900_000, 86_400_000, 604_800_000]);
  expect(isoDuration('1500ms')).toBe('PT2S');
  expect(() => durationMs('1 day')).toThrow(RangeError);
});
