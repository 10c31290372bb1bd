/** What `make bench` is asked for, by environment: sizes, rounds, which benchmarks, and the settings the hub runs with. */
import { readConfig } from '../platform/config.ts';

export type Kind = 'bulk' | 'payment' | 'latency' | 'fair' | 'start';
export type Options = {
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly kinds: readonly Kind[];
  readonly payments: number;
  /** Of type PAYMENT. */
  readonly rail: 'mojaloop' | 'gsma';
  /** Of `latency`: how many are measured in a round, and how many arrive in a second; a fifth of what `payment` measured unless set. */
  readonly transfers: number;
  readonly rate?: number;
  readonly profile: string;
  /** Of BULK; the hub's own default unless set. */
  readonly subBatchSize?: number;
  /** Leaves the stack running after the last round, to look into it. */
  readonly keep: boolean;
  /** Where reports go. */
  readonly reports: string;
};

const kinds: readonly Kind[] = ['bulk', 'payment', 'latency', 'fair', 'start'];

/** ROWS=10000,100000 ROUNDS=2 ONLY=bulk,payment,latency,fair,start PAYMENTS=3000 RAIL=mojaloop TRANSFERS=400 RATE=10 SUB_BATCH_SIZE=1000; throws ConfigError or RangeError. */
export function readOptions(env: NodeJS.ProcessEnv): Options {
  const reader = readConfig(env);
  const options = {
    sizes: (reader.optional('ROWS') ?? '10000,100000').split(',').map(Number),
    rounds: reader.whole('ROUNDS', 2, 1, 50),
    kinds: (reader.optional('ONLY') ?? kinds.join()).split(',') as Kind[],
    payments: reader.whole('PAYMENTS', 3_000, 100, 100_000),
    rail: (reader.optional('RAIL') ?? 'mojaloop') as Options['rail'],
    transfers: reader.whole('TRANSFERS', 400, 100, 100_000),
    rate: reader.optional('RATE') ? reader.whole('RATE', 10, 1, 1_000) : undefined,
    subBatchSize: reader.optional('SUB_BATCH_SIZE') ? reader.whole('SUB_BATCH_SIZE', 1_000, 1, 100_000) : undefined,
    profile: reader.optional('PROFILE') ?? 'bench',
    keep: reader.flag('KEEP_STACK', false),
    reports: reader.optional('REPORTS') ?? 'bench/reports',
  };
  reader.done();
  if (!options.sizes.every((size) => Number.isInteger(size) && size > 0))
    throw new RangeError('ROWS: such as 10000,100000');
  if (!options.kinds.every((kind) => kinds.includes(kind))) throw new RangeError(`ONLY: of ${kinds.join()}`);
  if (!['mojaloop', 'gsma'].includes(options.rail)) throw new RangeError('RAIL: mojaloop or gsma');
  return options;
}

/**
 * Settings that a benchmark makes unless the caller does: a simulator bears more than the cautious limits that a real
 * rail is met with, and what is to be measured is the hub.
 */
export function settingsOf({ rail, subBatchSize }: Options, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const name = `RAIL_${rail.toUpperCase()}`;
  const wanted = {
    [`${name}_RATE_PER_SECOND`]: '5000',
    [`${name}_CONCURRENCY`]: '64',
    RAIL_SLCB_RATE_PER_SECOND: '1000',
    LOG_LEVEL: 'info',
    ...(subBatchSize !== undefined && { SUB_BATCH_SIZE: String(subBatchSize) }),
  };
  return Object.fromEntries(Object.entries(wanted).map(([key, value]) => [key, env[key] ?? value]));
}
