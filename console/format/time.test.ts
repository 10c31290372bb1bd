import { expect, test } from 'vitest';
import { duration, milliseconds, momentOf, shortTime, utcTime } from './time.ts';

const now = new Date('2026-11-28T20:00:00Z');

test('the time of today has seconds, other days their date, other years their year', () => {
  expect(shortTime(new Date('2026-11-28T19:01:12Z'), now, 'UTC')).toBe('19:01:12');
  expect(shortTime(new Date('2026-11-27T19:01:12Z'), now, 'UTC')).toBe('27 Nov 19:01');
  expect(shortTime(new Date('2025-03-01T09:05:00Z'), now, 'UTC')).toBe('1 Mar 2025 09:05');
});

test('a day begins where the operator is', () => {
  const lateInDelhi = new Date('2026-11-28T18:31:00Z');
  expect(shortTime(lateInDelhi, now, 'Asia/Kolkata')).toBe('00:01:00');
  expect(shortTime(lateInDelhi, new Date('2026-11-28T18:00:00Z'), 'Asia/Kolkata')).toBe('29 Nov 00:01');
});

test('the API’s three ways of writing a moment are one', () => {
  const at = '2026-11-28T20:00:00.000Z';
  expect(momentOf(at)).toEqual(now);
  expect(momentOf(now.getTime())).toEqual(now);
  expect(momentOf(now.getTime() / 1_000)).toEqual(now);
  expect(utcTime(now)).toBe('2026-11-28 20:00:00 UTC');
});

test('durations have the two largest units', () => {
  expect([0, 0.2, 42, 60, 185, 7_200, 7_261, 90_000].map(duration)).toEqual([
    '0 s',
    '< 1 s',
    '42 s',
    '1 min',
    '3 min 5 s',
    '2 h',
    '2 h 1 min',
    '1 d 1 h',
  ]);
  expect(milliseconds(132.4)).toBe('132 ms');
  expect(milliseconds(4_000)).toBe('4 s');
});
