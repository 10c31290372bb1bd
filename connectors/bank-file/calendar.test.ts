import fc from 'fast-check';
import { expect, test } from 'vitest';
import { calendarOf, executionDateOf, isBusinessDay } from './calendar.ts';

const on = (at: string, config: Record<string, string> = {}) => executionDateOf(new Date(at), calendarOf(config));

test.for([
  ['a business day is its own day', '2026-11-23T09:00:00Z', {}, '2026-11-23'],
  ['what comes at the cut-off is for the next day', '2026-11-23T16:00:00Z', { cut_off: '16:00' }, '2026-11-24'],
  ['a minute before it is not', '2026-11-23T15:59:59Z', { cut_off: '16:00' }, '2026-11-23'],
  ['Friday evening is for Monday', '2026-11-27T17:00:00Z', { cut_off: '16:00' }, '2026-11-30'],
  ['a weekend may be another', '2026-11-27T09:00:00Z', { weekend: 'fri, sat' }, '2026-11-29'],
  ['holidays are passed over', '2026-12-24T17:00:00Z', { cut_off: '16:00', holidays: '2026-12-25' }, '2026-12-28'],
  ['the clock is the bank’s', '2026-11-23T22:30:00Z', { time_zone: 'Asia/Kolkata' }, '2026-11-24'],
  ['so is its cut-off', '2026-11-23T21:30:00Z', { time_zone: 'America/New_York', cut_off: '17:00' }, '2026-11-23'],
  ['value days are business days', '2026-11-27T09:00:00Z', { value_days: '2' }, '2026-12-01'],
  ['a day of the week may close earlier', '2026-11-27T12:00:00Z', { cut_off: '16:00,fri=12:00' }, '2026-11-30'],
  ['the others do not', '2026-11-26T12:00:00Z', { cut_off: '16:00,fri=12:00' }, '2026-11-26'],
  ['a day of each year may close earlier', '2026-12-24T11:00:00Z', { cut_off: '16:00, 12-24 = 11:00' }, '2026-12-25'],
  [
    'a date counts before its day',
    '2027-12-24T11:30:00Z',
    { cut_off: '16:00,fri=12:00,2027-12-24=11:00' },
    '2027-12-27',
  ],
  ['a holiday may be each year’s', '2027-05-01T00:00:00Z', { holidays: '05-01,05-03', weekend: 'sun' }, '2027-05-04'],
  ['a leap day is one where there is one', '2028-02-29T09:00:00Z', { holidays: '02-29' }, '2028-03-01'],
  ['a year ends', '2026-12-31T23:59:30Z', { holidays: '2027-01-01' }, '2027-01-04'],
] as const)('%s', ([, at, config, date]) => {
  expect(on(at, config)).toBe(date);
});

test('whatever the moment, the day is a business day and not past', () => {
  const config = { cut_off: '16:00', holidays: '2026-12-25,2026-12-28', weekend: 'sat,sun' };
  const calendar = calendarOf(config);
  const moments = fc.date({ min: new Date('2026-12-01'), max: new Date('2027-02-01'), noInvalidDate: true });
  fc.assert(
    fc.property(moments, (at) => {
      const date = executionDateOf(at, calendar);
      expect(isBusinessDay(date, calendar)).toBe(true);
      expect(date >= at.toISOString().slice(0, 10)).toBe(true);
    }),
  );
});

test.for([
  { cut_off: '25:00' },
  { cut_off: '4pm' },
  { cut_off: '16:30,friday=12:00' },
  { cut_off: '16:30,fri' },
  { cut_off: 'fri=12:00' },
  { holidays: '02-30' },
  { weekend: 'caturday' },
  { weekend: 'mon,tue,wed,thu,fri,sat,sun' },
  { holidays: '25.12.2026' },
  { holidays: '2026-02-30' },
  { value_days: '-1' },
  { time_zone: 'Mars/Base' },
])('%j is refused at start', (config) => {
  expect(() => calendarOf(config as unknown as Record<string, string>)).toThrow(RangeError);
});
