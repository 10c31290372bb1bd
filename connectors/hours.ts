/** When a rail may be sent something: its opening hours. Outside of them payments wait; asking what came of one is always allowed. */

export type Weekday = (typeof weekdays)[number];
export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** Open from `from` to before `to`, both `HH:MM` in `timeZone`, on each of `days`. `to` at or before `from` is on the day after. */
export type OpeningHours = {
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly to: string;
  /** IANA name, such as Africa/Freetown. */
  readonly timeZone: string;
};

/** How long until the rail opens, to the minute and about: 0 while it is open, and without any hours always. */
export function closedForMs(hours: readonly OpeningHours[], now: Date): number {
  if (hours.length === 0) return 0;
  return Math.min(...hours.map((each) => minutesUntil(each, now))) * minuteMs;
}

const minuteMs = 60_000;
const dayMinutes = 1_440;
const weekMinutes = 7 * dayMinutes;

/** Minutes of the week; a clock that is put forward or back is seen when the caller looks again. */
function minutesUntil({ days, from, to, timeZone }: OpeningHours, now: Date): number {
  const at = minuteOfWeek(now, timeZone);
  const lengthMinutes = (minuteOf(to) - minuteOf(from) + dayMinutes - 1) % dayMinutes;
  const waits = days.map((day) => {
    const since = modulo(at - weekdays.indexOf(day) * dayMinutes - minuteOf(from), weekMinutes);
    return since <= lengthMinutes ? 0 : weekMinutes - since;
  });
  return Math.min(...waits);
}

function minuteOfWeek(now: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(now);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  const day = weekdays.indexOf(part('weekday').toLowerCase() as Weekday);
  return day * dayMinutes + minuteOf(`${part('hour')}:${part('minute')}`);
}

function minuteOf(time: string): number {
  const [hour, minute] = time.split(':').map(Number);
  return hour! * 60 + minute!;
}

function modulo(a: number, b: number): number {
  return ((a % b) + b) % b;
}
