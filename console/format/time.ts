/** Times in the zone of whoever looks, and durations in words. */

/** Epoch seconds, epoch milliseconds or ISO 8601, as the API has them. */
export function momentOf(value: string | number): Date {
  if (typeof value === 'string') return new Date(value);
  return new Date(value < 100_000_000_000 ? value * 1_000 : value);
}

/** Seconds count on the day itself, the day elsewhere: `20:01:12`, `28 Nov 20:01`, `28 Nov 2025 20:01`. */
export function shortTime(at: Date, now: Date, zone?: string): string {
  const day = (date: Date) => format(date, { year: 'numeric', month: '2-digit', day: '2-digit' }, zone);
  if (day(at) === day(now)) return format(at, { hour: '2-digit', minute: '2-digit', second: '2-digit' }, zone);
  const isThisYear = format(at, { year: 'numeric' }, zone) === format(now, { year: 'numeric' }, zone);
  const date = format(at, { day: 'numeric', month: 'short', ...(isThisYear ? {} : { year: 'numeric' }) }, zone);
  return `${date} ${format(at, { hour: '2-digit', minute: '2-digit' }, zone)}`;
}

/** For the hover: what others, elsewhere, mean. */
export function utcTime(at: Date): string {
  return `${at.toISOString().replace('T', ' ').slice(0, 19)} UTC`;
}

/** The two largest units, or fewer: `42 s`, `3 min 5 s`, `2 h`, `4 d 3 h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (seconds > 0 && whole === 0) return '< 1 s';
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ] as const;
  const at = units.findIndex(([, size]) => whole >= size);
  if (at < 0) return '0 s';
  const [unit, size] = units[at]!;
  const [next, nextSize] = units[at + 1] ?? ['s', 1];
  const rest = Math.floor((whole % size) / nextSize);
  const first = `${Math.floor(whole / size)} ${unit}`;
  return rest === 0 || at === 3 ? first : `${first} ${rest} ${next}`;
}

export function milliseconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : duration(ms / 1_000);
}

function format(date: Date, options: Intl.DateTimeFormatOptions, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', { ...options, timeZone }).format(date);
}
