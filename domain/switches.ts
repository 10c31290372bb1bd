/** The switches of the bulk processor's stages: defaults, a tenant's own, and one batch's. */
import { type NoticeChannel, type NoticeOutcome, noticeChannels, noticeOutcomes, readLanguage } from './notice.ts';

export type Switches = {
  readonly validation: { readonly allOrNothing: boolean };
  readonly deduplication: { readonly enable: boolean; readonly fields: readonly string[] };
  readonly partylookup: { readonly enable: boolean };
  readonly budget: { readonly enable: boolean };
  readonly approval: { readonly enable: boolean; readonly deadline: string };
  readonly ordering: { readonly enable: boolean; readonly field: string };
  readonly formatting: { readonly enable: boolean; readonly standard: 'DEFAULT' | 'GSMA' };
  readonly splitting: { readonly enable: boolean; readonly subBatchSize: number; readonly byInstitution: boolean };
  readonly successThresholdCheck: { readonly enable: boolean; readonly successRate: number };
  readonly mergeback: { readonly enable: boolean };
  readonly acknowledgement: { readonly enable: boolean };
  readonly notification: { readonly enable: boolean };
  readonly settlement: { readonly deadline: string };
  readonly staging: { readonly createBeneficiary: boolean };
  readonly notify: {
    readonly enable: boolean;
    readonly channels: readonly NoticeChannel[];
    readonly outcomes: readonly NoticeOutcome[];
    readonly language: string;
  };
};

/** The seed's names, which differ from ours where FEEL would read a minus. */
export type SwitchName = keyof typeof switchTable;

type Check = (value: unknown) => string | undefined;
type Entry = {
  readonly group: keyof Switches;
  readonly field: string;
  readonly initial: unknown;
  readonly check: Check;
};

const isBoolean: Check = (v) => (typeof v === 'boolean' ? undefined : 'write true or false');
const isDuration: Check = (v) =>
  typeof v === 'string' && durationShape.test(v) && durationMs(v) > 0
    ? undefined
    : 'write a duration such as 30s, 15m, 24h, 7d';
const isWhole =
  (min: number, max: number): Check =>
  (v) =>
    Number.isInteger(v) && (v as number) >= min && (v as number) <= max
      ? undefined
      : `write a whole number from ${min} to ${max}`;
const isRate: Check = (v) =>
  typeof v === 'number' && v >= 0 && v <= 100 ? undefined : 'write a percentage from 0 to 100';
const isColumn: Check = (v) =>
  typeof v === 'string' && (v === '' || columnShape.test(v)) ? undefined : 'write the name of a column, such as amount';
const isColumns: Check = (v) =>
  Array.isArray(v) && v.length > 0 && v.every((x) => typeof x === 'string' && columnShape.test(x))
    ? undefined
    : 'write a list of column names, such as ["payee_identifier","amount","currency"]';
const isSomeOf =
  (words: readonly string[]): Check =>
  (v) =>
    Array.isArray(v) && v.length > 0 && new Set(v).size === v.length && v.every((x) => words.includes(x))
      ? undefined
      : `write a list of some of ${words.join(', ')}, each once`;
const isLanguage: Check = (v) =>
  typeof v === 'string' && readLanguage(v) === v
    ? undefined
    : 'write a language tag in small letters, such as en or pt-br';
const isStandard: Check = (v) => (v === 'DEFAULT' || v === 'GSMA' ? undefined : 'write DEFAULT or GSMA');

const columnShape = /^[a-z][a-z0-9_]{0,39}$/;
const durationShape = /^(\d{1,6})(ms|s|m|h|d)$/;

const switchTable = {
  'validation.allOrNothing': { group: 'validation', field: 'allOrNothing', initial: false, check: isBoolean },
  'deduplication.enable': { group: 'deduplication', field: 'enable', initial: false, check: isBoolean },
  'deduplication.fields': {
    group: 'deduplication',
    field: 'fields',
    initial: ['payee_identifier', 'amount', 'currency'],
    check: isColumns,
  },
  'partylookup.enable': { group: 'partylookup', field: 'enable', initial: false, check: isBoolean },
  'budget.enable': { group: 'budget', field: 'enable', initial: false, check: isBoolean },
  'approval.enable': { group: 'approval', field: 'enable', initial: false, check: isBoolean },
  'approval.deadline': { group: 'approval', field: 'deadline', initial: '24h', check: isDuration },
  'ordering.enable': { group: 'ordering', field: 'enable', initial: false, check: isBoolean },
  'ordering.field': { group: 'ordering', field: 'field', initial: '', check: isColumn },
  'formatting.enable': { group: 'formatting', field: 'enable', initial: false, check: isBoolean },
  'formatting.standard': { group: 'formatting', field: 'standard', initial: 'DEFAULT', check: isStandard },
  'splitting.enable': { group: 'splitting', field: 'enable', initial: true, check: isBoolean },
  'splitting.by-institution': { group: 'splitting', field: 'byInstitution', initial: false, check: isBoolean },
  'splitting.sub-batch-size': { group: 'splitting', field: 'subBatchSize', initial: 1000, check: isWhole(1, 100_000) },
  'success-threshold-check.enable': {
    group: 'successThresholdCheck',
    field: 'enable',
    initial: false,
    check: isBoolean,
  },
  'success-threshold-check.success-rate': {
    group: 'successThresholdCheck',
    field: 'successRate',
    initial: 95,
    check: isRate,
  },
  'mergeback.enable': { group: 'mergeback', field: 'enable', initial: true, check: isBoolean },
  'acknowledgement.enable': { group: 'acknowledgement', field: 'enable', initial: true, check: isBoolean },
  'notification.enable': { group: 'notification', field: 'enable', initial: true, check: isBoolean },
  'settlement.deadline': { group: 'settlement', field: 'deadline', initial: '24h', check: isDuration },
  'staging.create-beneficiary': { group: 'staging', field: 'createBeneficiary', initial: false, check: isBoolean },
  'notify.enable': { group: 'notify', field: 'enable', initial: false, check: isBoolean },
  'notify.channels': { group: 'notify', field: 'channels', initial: noticeChannels, check: isSomeOf(noticeChannels) },
  'notify.outcomes': { group: 'notify', field: 'outcomes', initial: ['completed'], check: isSomeOf(noticeOutcomes) },
  'notify.language': { group: 'notify', field: 'language', initial: 'en', check: isLanguage },
} as const satisfies Record<string, Entry>;

/** Switches as the seed writes them, flat: `{ "splitting.sub-batch-size": 500 }`. */
export type FlatSwitches = { readonly [K in SwitchName]?: unknown };

export const switchNames = Object.keys(switchTable) as SwitchName[];

export const defaultSwitches: Switches = switchesOf({});

/** The switches that `flat` sets over the defaults. `flat` has been checked. */
export function switchesOf(flat: FlatSwitches): Switches {
  const switches: Record<string, Record<string, unknown>> = {};
  for (const [name, entry] of Object.entries(switchTable) as [SwitchName, Entry][]) {
    switches[entry.group] = { ...switches[entry.group], [entry.field]: flat[name] ?? entry.initial };
  }
  return switches as unknown as Switches;
}

/** Every switch under the seed's name, for people. */
export function flatten(switches: Switches): Record<SwitchName, unknown> {
  const rows = Object.entries(switchTable).map(([name, { group, field }]) => [
    name,
    (switches[group] as Record<string, unknown>)[field],
  ]);
  return Object.fromEntries(rows) as Record<SwitchName, unknown>;
}

export type SwitchProblem = { readonly name: string; readonly message: string };

/** All that is wrong with switches somebody sent; flat names only, unknown ones refused. */
export function checkSwitches(value: unknown): SwitchProblem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ name: '', message: 'send an object of switches, such as {"approval.enable": true}' }];
  }
  const problems: SwitchProblem[] = [];
  for (const [name, v] of Object.entries(value)) {
    const entry = (switchTable as Record<string, Entry>)[name];
    const message = entry ? entry.check(v) : `there is no such switch; there are ${switchNames.join(', ')}`;
    if (message) problems.push({ name, message });
  }
  const { 'ordering.enable': ordering, 'ordering.field': field } = value as Record<string, unknown>;
  if (ordering === true && field === '') {
    problems.push({ name: 'ordering.field', message: 'ordering.enable needs the column to order by, such as amount' });
  }
  return problems;
}

/** Milliseconds of a duration such as `30s`; throws RangeError on another shape. */
export function durationMs(text: string): number {
  const parts = durationShape.exec(text);
  if (!parts) throw new RangeError(`${text} is not a duration such as 30s, 15m, 24h, 7d`);
  const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return Number(parts[1]) * units[parts[2]!]!;
}

/** ISO 8601 duration for Zeebe's timers: `24h` is `PT86400S`. Rounded up to whole seconds, the timers' grain. */
export function isoDuration(text: string): string {
  return `PT${Math.ceil(durationMs(text) / 1000)}S`;
}
