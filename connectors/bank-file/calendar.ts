/** The day on which a bank is asked to pay: its time zone, cut-off time, weekend and holidays. */

export type BankCalendar = {
  /** IANA name, such as Africa/Freetown. */
  readonly timeZone: string;
  /** `HH:MM` there; what comes at that time or later is for the next business day. */
  readonly cutOff: string;
  /** Other times for single dates (`YYYY-MM-DD`), days of each year (`MM-DD`) or days of the week (`fri`). */
  readonly cutOffs: ReadonlyMap<string, string>;
  /** 0 is Sunday. */
  readonly weekend: ReadonlySet<number>;
  /** `YYYY-MM-DD`, or `MM-DD` of each year. */
  readonly holidays: ReadonlySet<string>;
  /** Business days between the file and the payment. */
  readonly valueDays: number;
};

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const dayMs = 86_400_000;

/** Reads `time_zone`, `cut_off`, `weekend`, `holidays` and `value_days`; throws RangeError on what is none. */
export function calendarOf(config: Readonly<Record<string, string>>): BankCalendar {
  const list = (text: string) => text.split(',').flatMap((each) => each.trim().toLowerCase() || []);
  const [cutOff = '23:59', ...others] = list(config.cut_off ?? '23:59');
  const calendar = {
    timeZone: config.time_zone ?? 'UTC',
    cutOff,
    cutOffs: new Map(others.map((each) => each.split('=').map((part) => part.trim()) as [string, string])),
    weekend: new Set(list(config.weekend ?? 'sat,sun').map((name) => dayNames.indexOf(name))),
    holidays: new Set(list(config.holidays ?? '')),
    valueDays: Number(config.value_days ?? 0),
  };
  const isDay = (text: string) => dayNames.includes(text) || isDate(text);
  if (!isTime(cutOff) || ![...calendar.cutOffs].every(([day, time]) => isDay(day) && isTime(time))) {
    throw new RangeError(
      'cut_off is no time such as 16:30, with other days after it such as 16:30,fri=12:00,12-24=11:00',
    );
  }
  if (calendar.weekend.has(-1)) throw new RangeError('weekend is no list of days such as fri,sat');
  if (calendar.weekend.size > 6) throw new RangeError('weekend leaves no business day');
  if (![...calendar.holidays].every(isDate))
    throw new RangeError('holidays is no list of dates such as 2026-12-25, or 12-25 for each year');
  if (!Number.isInteger(calendar.valueDays) || calendar.valueDays < 0 || calendar.valueDays > 30) {
    throw new RangeError('value_days is no whole number from 0 to 30');
  }
  if (!hasBusinessDays(calendar)) throw new RangeError('weekend and holidays leave no business day');
  localTime(new Date(0), calendar.timeZone);
  return calendar;
}

/** `YYYY-MM-DD` of the first business day that a file sent now can be paid on, `valueDays` business days on. */
export function executionDateOf(now: Date, calendar: BankCalendar): string {
  const { date, time } = localTime(now, calendar.timeZone);
  let day = time >= cutOffOf(date, calendar) ? nextDay(date) : date;
  while (!isBusinessDay(day, calendar)) day = nextDay(day);
  for (let left = calendar.valueDays; left > 0; left--) {
    do day = nextDay(day);
    while (!isBusinessDay(day, calendar));
  }
  return day;
}

export function isBusinessDay(date: string, { weekend, holidays }: BankCalendar): boolean {
  return !weekend.has(weekdayOf(date)) && !holidays.has(date) && !holidays.has(date.slice(5));
}

/** The nearest rule for the day: its date, its day of the year, its day of the week, any day. */
function cutOffOf(date: string, { cutOff, cutOffs }: BankCalendar): string {
  return cutOffs.get(date) ?? cutOffs.get(date.slice(5)) ?? cutOffs.get(dayNames[weekdayOf(date)]!) ?? cutOff;
}

function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay();
}

/** Days of each year might be all of them. */
function hasBusinessDays(calendar: BankCalendar): boolean {
  let day = '2028-01-01';
  for (let i = 0; i < 366; i += 1, day = nextDay(day)) if (isBusinessDay(day, calendar)) return true;
  return false;
}

function isTime(text: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(text);
}

function nextDay(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + dayMs).toISOString().slice(0, 10);
}

/** A date, or a day of each year: the 29th of February is one in some. */
function isDate(text: string): boolean {
  if (/^\d{2}-\d{2}$/.test(text)) return isDate(`2028-${text}`);
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** The date and the time of day that a clock shows there. */
function localTime(at: Date, timeZone: string): { date: string; time: string } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(at);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return { date: `${part('year')}-${part('month')}-${part('day')}`, time: `${part('hour')}:${part('minute')}` };
}
