import { expect, test } from 'vitest';
import { closedForMs, type OpeningHours } from './hours.ts';

const hourMs = 3_600_000;
const office: OpeningHours = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '08:00',
  to: '17:00',
  timeZone: 'Africa/Lagos',
};

/** Lagos is an hour ahead of UTC. 2026-11-27 is a Friday. */
test.each([
  ['before it opens', '2026-11-27T06:00:00Z', 1],
  ['as it opens', '2026-11-27T07:00:00Z', 0],
  ['at noon', '2026-11-27T11:30:00Z', 0],
  ['in the last minute', '2026-11-27T15:59:59Z', 0],
  ['as it closes, on a Friday', '2026-11-27T16:00:00Z', 63],
  ['on a Saturday', '2026-11-28T07:00:00Z', 48],
])('%s', (_, at, hours) => {
  expect(closedForMs([office], new Date(at))).toBe(hours * hourMs);
});

test('without hours it is always open', () => {
  expect(closedForMs([], new Date('2026-11-28T07:00:00Z'))).toBe(0);
});

test('hours may go past midnight, and past the end of the week', () => {
  const night: OpeningHours = { days: ['sat'], from: '22:00', to: '06:00', timeZone: 'UTC' };
  expect(closedForMs([night], new Date('2026-11-29T05:59:00Z'))).toBe(0);
  expect(closedForMs([night], new Date('2026-11-29T06:00:00Z'))).toBe(6 * 24 * hourMs + 16 * hourMs);
});

test('the same time twice is a whole day', () => {
  const always: OpeningHours = { ...office, days: ['sun'], from: '00:00', to: '00:00', timeZone: 'UTC' };
  expect(closedForMs([always], new Date('2026-11-29T23:59:00Z'))).toBe(0);
  expect(closedForMs([always], new Date('2026-11-30T00:00:00Z'))).toBe(6 * 24 * hourMs);
});

test('of several hours, those that come first count', () => {
  const saturday: OpeningHours = { ...office, days: ['sat'], from: '09:00', to: '12:00' };
  expect(closedForMs([office, saturday], new Date('2026-11-28T07:00:00Z'))).toBe(hourMs);
});
