/** What each rail instance is given to work with: its values from the file of instances and the environment, secrets read, limits as set. */
import { readFileSync } from 'node:fs';
import { ConfigError, type Env, readConfig } from '../platform/config.ts';
import type { RailDefinition, RailInstance } from './rail.ts';
import { railVariable } from './rail-variables.ts';
import type { ConfigValue } from './rails-file.ts';

export type Configured = { readonly instance: RailInstance; readonly config: Readonly<Record<string, string>> };

/** Limits that the environment may set for any rail: RAIL_<ID>_TIMEOUT_MS and so on. */
const limitKeys = ['timeout_ms', 'never_received_ms', 'concurrency', 'rate_per_second'] as const;

/** Each instance with its values; a value of the file comes before one of RAIL_<ID>_*. Throws ConfigError that lists all that is wrong. */
export function configuredFrom(env: Env, instances: readonly RailInstance[]): readonly Configured[] {
  const problems: string[] = [];
  const reader = readConfig(env);
  const configured = instances.map((instance): Configured => {
    const config = { ...reader.under(railVariable(instance.id, '')), ...resolved(instance, env, problems) };
    problems.push(...missingOf(instance, config), ...misshapenOf(instance, config));
    return { instance: tuned(instance, config), config };
  });
  if (problems.length > 0) throw new ConfigError(`configuration of rails is not usable:\n  ${problems.join('\n  ')}`);
  return configured;
}

function resolved({ id, configured }: RailInstance, env: Env, problems: string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(configured)) {
    try {
      values[key] = textAt(value, env);
    } catch (error) {
      problems.push(`${id}: config.${key}: ${(error as Error).message}`);
    }
  }
  return values;
}

function textAt(value: ConfigValue, env: Env): string {
  if (typeof value === 'string') return value;
  const text = 'env' in value ? env[value.env]?.trim() : readFileSync(value.file, 'utf8').trim();
  if (text) return text;
  throw new Error('env' in value ? `${value.env} is not set` : `${value.file} is empty`);
}

function missingOf({ id, configKeys }: RailInstance, config: Configured['config']): string[] {
  return Object.entries(configKeys)
    .filter(([key]) => !config[key.toLowerCase()])
    .map(([key, meaning]) => `${railVariable(id, key)} is not set: ${meaning}`);
}

function misshapenOf({ id }: RailInstance, config: Configured['config']): string[] {
  return limitKeys
    .filter((key) => config[key] !== undefined && !isWhole(config[key]))
    .map((key) => `${railVariable(id, key)} is not a whole number above 0`);
}

/** A rail's definition with the limits that are set for it otherwise. */
function tuned<D extends RailDefinition>(definition: D, config: Configured['config']): D {
  const whole = (key: (typeof limitKeys)[number], initial: number) =>
    isWhole(config[key] ?? '') ? Number(config[key]) : initial;
  const { limits } = definition;
  return {
    ...definition,
    neverReceivedAfterMs: whole('never_received_ms', definition.neverReceivedAfterMs),
    limits: {
      ...limits,
      timeoutMs: whole('timeout_ms', limits.timeoutMs),
      concurrency: whole('concurrency', limits.concurrency),
      ratePerSecond: whole('rate_per_second', limits.ratePerSecond),
    },
  };
}

function isWhole(text: string): boolean {
  return Number.isInteger(Number(text)) && Number(text) > 0;
}
