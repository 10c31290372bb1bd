/** The day on which a bank is asked to pay: its time zone, cut-off time, weekend and holidays. */

export type BankCalendar = {
  /** IANA name, such as Africa/Freetown. */
  readonly timeZone: string;
  /** `HH:MM` there; what comes later is for the next business day. */
  readonly cutOff: string;
  /** 0 is Sunday. */
  readonly weekend: ReadonlySet<number>;
  /** `YYYY-MM-DD`. */
  readonly holidays: ReadonlySet<string>;
  /** Business days between the file and the payment. */
  readonly valueDays: number;
};

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const dayMs = 86_400_000;

/** Reads `time_zone`, `cut_off`, `weekend`, `holidays` and `value_days`; throws RangeError on what is none. */
export function calendarOf(config: Readonly<Record<string, string>>): BankCalendar {
  const list = (text: string) => text.split(',').flatMap((each) => each.trim().toLowerCase() || []);
  const calendar = {
    timeZone: config.time_zone ?? 'UTC',
    cutOff: config.cut_off ?? '23:59',
    weekend: new Set(list(config.weekend ?? 'sat,sun').map((name) => dayNames.indexOf(name))),
    holidays: new Set(list(config.holidays ?? '')),
    valueDays: Number(config.value_days ?? 0),
  };
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(calendar.cutOff)) throw new RangeError('cut_off is no time such as 16:30');
  if (calendar.weekend.has(-1)) throw new RangeError('weekend is no list of days such as fri,sat');
  if (calendar.weekend.size > 6) throw new RangeError('weekend leaves no business day');
  if (![...calendar.holidays].every(isDate)) throw new RangeError('holidays is no list of dates such as 2026-12-25');
  if (!Number.isInteger(calendar.valueDays) || calendar.valueDays < 0 || calendar.valueDays > 30) {
    throw new RangeError('value_days is no whole number from 0 to 30');
  }
  localTime(new Date(0), calendar.timeZone);
  return calendar;
}

/** `YYYY-MM-DD` of the first business day that a file sent now can be paid on, `valueDays` business days on. */
export function executionDateOf(now: Date, calendar: BankCalendar): string {
  const { date, time } = localTime(now, calendar.timeZone);
  let day = time >= calendar.cutOff ? nextDay(date) : date;
  while (!isBusinessDay(day, calendar)) day = nextDay(day);
  for (let left = calendar.valueDays; left > 0; left--) {
    do day = nextDay(day);
    while (!isBusinessDay(day, calendar));
  }
  return day;
}

export function isBusinessDay(date: string, { weekend, holidays }: BankCalendar): boolean {
  return !weekend.has(new Date(`${date}T00:00:00Z`).getUTCDay()) && !holidays.has(date);
}

function nextDay(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + dayMs).toISOString().slice(0, 10);
}

function isDate(text: string): boolean {
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
