/** The file of rail instances: what a deployment runs, each entry checked, all that is wrong told at once. */
import { isCurrency } from '../domain/currency.ts';
import { durationMs } from '../domain/switches.ts';
import { ConfigError } from '../platform/config.ts';
import { parseYaml } from '../platform/yaml.ts';
import { type OpeningHours, type Weekday, weekdays } from './hours.ts';
import type { RailColumn, RailType } from './rail.ts';

/** A text, or where it stands: in a variable of the environment, or in a file. */
export type ConfigValue = string | { readonly env: string } | { readonly file: string };

/** An instance as the file has it; what it leaves out is its rail's own. */
export type InstanceSpec = {
  readonly id: string;
  /** Id of the registered rail that it is an instance of. */
  readonly rail: string;
  readonly type?: RailType;
  readonly paymentModes?: readonly string[];
  readonly currencies?: readonly string[];
  readonly tenants?: readonly string[];
  readonly limits?: SpecLimits;
  readonly windows?: readonly OpeningHours[];
  readonly columns?: readonly RailColumn[];
  readonly config?: Readonly<Record<string, ConfigValue>>;
};

export type SpecLimits = {
  readonly concurrency?: number;
  readonly ratePerSecond?: number;
  readonly maxBatch?: number;
  readonly timeoutMs?: number;
  readonly neverReceivedAfterMs?: number;
};

const idShape = /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/;
const columnShape = /^[a-z][a-z0-9_]{0,63}$/;
const timeShape = /^([01]\d|2[0-3]):[0-5]\d$/;
/** What nobody should be able to read in a file that is passed around. */
const secretKey = /password|passphrase|secret|api_key|token$/;

/** Throws ConfigError that lists all that is wrong; `name` is what the file is called in it. */
export function readRailsFile(text: string, name: string): readonly InstanceSpec[] {
  let said: unknown;
  try {
    said = parseYaml(text);
  } catch (error) {
    throw new ConfigError(`${name} is no YAML: ${(error as Error).message}`);
  }
  const problems: string[] = [];
  const file = isRecord(said) ? said : {};
  const list = Array.isArray(file.rails) ? file.rails : [];
  if (list.length === 0) problems.push('rails: write a list with an entry for each rail');
  problems.push(...unknownKeys(file, ['rails'], ''));
  const specs = list.map((entry, at) => specOf(entry, `rails[${at}]`, problems));
  if (problems.length > 0) throw new ConfigError(`${name} is not usable:\n  ${problems.join('\n  ')}`);
  return specs;
}

const specKeys = [
  ...['id', 'rail', 'type', 'paymentModes', 'currencies', 'tenants', 'limits', 'windows', 'columns', 'config'],
];

function specOf(value: unknown, at: string, problems: string[]): InstanceSpec {
  const entry = isRecord(value) ? value : {};
  const where = typeof entry.id === 'string' ? `${at} (${entry.id})` : at;
  const fail = (what: string): undefined => void problems.push(`${where}.${what}`);
  problems.push(...unknownKeys(entry, specKeys, `${where}.`));
  const text = (name: string, shape: RegExp, cure: string) =>
    typeof entry[name] === 'string' && shape.test(entry[name]) ? entry[name] : fail(`${name}: ${cure}`);
  const texts = (name: string, isGood: (each: string) => boolean, cure: string) => {
    if (entry[name] === undefined) return undefined;
    const list = Array.isArray(entry[name]) ? (entry[name] as unknown[]) : [];
    const isFine = list.length > 0 && list.every((each) => typeof each === 'string' && isGood(each));
    return isFine ? (list as string[]) : fail(`${name}: ${cure}`);
  };
  const id = text('id', idShape, 'write 2 to 32 small letters, digits and dashes, beginning with a letter');
  return {
    id: id ?? '',
    rail: text('rail', idShape, 'write the id of a rail, such as gsma') ?? '',
    type:
      entry.type === undefined || entry.type === 'BULK' || entry.type === 'PAYMENT'
        ? entry.type
        : fail('type: write BULK or PAYMENT'),
    paymentModes: texts('paymentModes', (mode) => idShape.test(mode), 'write a list of words such as [afrimoney]'),
    currencies: texts('currencies', isCurrency, 'write a list of ISO 4217 codes such as [SLE]'),
    tenants: texts('tenants', (tenant) => tenant !== '', 'write a list of tenant ids'),
    limits: limitsOf(entry.limits, fail),
    windows: windowsOf(entry.windows, fail),
    columns: columnsOf(entry.columns, fail),
    config: configOf(entry.config, fail),
  };
}

type Fail = (what: string) => undefined;

function limitsOf(value: unknown, fail: Fail): SpecLimits | undefined {
  if (value === undefined) return undefined;
  if (!isRecord(value)) return fail('limits: write concurrency, ratePerSecond, maxBatch, timeout, neverReceivedAfter');
  const known = ['concurrency', 'ratePerSecond', 'maxBatch', 'timeout', 'neverReceivedAfter'];
  for (const problem of unknownKeys(value, known, 'limits.')) fail(problem);
  const whole = (name: string) => {
    const given = value[name];
    if (given === undefined) return undefined;
    return Number.isInteger(given) && (given as number) > 0
      ? (given as number)
      : fail(`limits.${name}: write a whole number above 0`);
  };
  const duration = (name: string) => {
    if (value[name] === undefined) return undefined;
    try {
      return durationMs(String(value[name]));
    } catch {
      return fail(`limits.${name}: write a duration such as 30s`);
    }
  };
  return {
    concurrency: whole('concurrency'),
    ratePerSecond: whole('ratePerSecond'),
    maxBatch: whole('maxBatch'),
    timeoutMs: duration('timeout'),
    neverReceivedAfterMs: duration('neverReceivedAfter'),
  };
}

function windowsOf(value: unknown, fail: Fail): readonly OpeningHours[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0) return fail('windows: write a list of opening hours');
  return value.map((each, at): OpeningHours => {
    const given = isRecord(each) ? each : {};
    const bad = (name: string, cure: string) => fail(`windows[${at}].${name}: ${cure}`);
    for (const problem of unknownKeys(given, ['days', 'from', 'to', 'timeZone'], `windows[${at}].`)) fail(problem);
    const days = given.days === undefined ? [...weekdays] : daysOf(given.days);
    if (!days) bad('days', 'write a list of days such as [mon, tue] or a span such as mon-fri');
    const time = (name: 'from' | 'to') => {
      if (typeof given[name] === 'string' && timeShape.test(given[name])) return given[name];
      bad(name, 'write a time in quotes, such as "08:00"');
      return '00:00';
    };
    const isZone = typeof given.timeZone === 'string' && isTimeZone(given.timeZone);
    if (!isZone) bad('timeZone', 'write an IANA name such as Africa/Freetown');
    return { days: days ?? [], from: time('from'), to: time('to'), timeZone: String(given.timeZone) };
  });
}

function daysOf(value: unknown): Weekday[] | undefined {
  const isDay = (each: unknown): each is Weekday => weekdays.includes(each as Weekday);
  if (Array.isArray(value)) return value.length > 0 && value.every(isDay) ? value : undefined;
  const [first, last] = typeof value === 'string' ? value.split('-') : [];
  if (!isDay(first) || !isDay(last)) return undefined;
  const [from, to] = [weekdays.indexOf(first), weekdays.indexOf(last)];
  const length = ((to - from + 7) % 7) + 1;
  return Array.from({ length }, (_, n) => weekdays[(from + n) % 7]!);
}

function columnsOf(value: unknown, fail: Fail): readonly RailColumn[] | undefined {
  if (value === undefined) return undefined;
  const list = Array.isArray(value) ? value : [undefined];
  return list.flatMap((each, at): RailColumn[] => {
    const { name, description, ...more } = isRecord(each) ? each : {};
    if (typeof name === 'string' && columnShape.test(name) && typeof description === 'string' && !Object.keys(more)[0])
      return [{ name, description }];
    fail(`columns[${at}]: write a name of small letters, digits and underscores, and a description`);
    return [];
  });
}

function configOf(value: unknown, fail: Fail): Readonly<Record<string, ConfigValue>> | undefined {
  if (value === undefined) return undefined;
  if (!isRecord(value)) return fail('config: write keys and values');
  const entries = Object.entries(value).flatMap(([name, given]): [string, ConfigValue][] => {
    const key = name.toLowerCase();
    const cure = `config.${name}: write a text, a number, { env: VARIABLE } or { file: PATH }`;
    if (isRecord(given)) {
      const [[from, place], ...more] = Object.entries(given) as [[string, unknown], ...[string, unknown][]];
      const isPlace = more.length === 0 && (from === 'env' || from === 'file') && typeof place === 'string';
      if (isPlace && place !== '') return [[key, given as ConfigValue]];
    } else if (['string', 'number', 'boolean'].includes(typeof given)) {
      if (!secretKey.test(key)) return [[key, String(given)]];
      fail(`config.${name}: is a secret and does not belong here: write { env: VARIABLE } or { file: PATH }`);
      return [];
    }
    fail(cure);
    return [];
  });
  return Object.fromEntries(entries);
}

function unknownKeys(value: Readonly<Record<string, unknown>>, known: readonly string[], at: string): string[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => `${at}${key}: is not known; there are ${known.join(', ')}`);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
