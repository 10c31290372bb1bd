/** Rail instances: what a deployment runs, made of the registered rails and its file of instances. */
import { ConfigError } from '../platform/config.ts';
import type { RailDefinition, RailInstance, RailType } from './rail.ts';
import type { InstanceSpec } from './rails-file.ts';

/** A registered rail as an instance of itself. */
export function instanceOf(kind: RailDefinition): RailInstance {
  return { ...kind, kind: kind.id, windows: [], configured: {} };
}

/** Throws ConfigError that lists each instance that cannot be: of no registered rail, of a type that the rail has not, twice. */
export function instancesOf(
  kinds: readonly RailDefinition[],
  specs: readonly InstanceSpec[],
  name: string,
): readonly RailInstance[] {
  const problems: string[] = [];
  const instances = specs.flatMap((spec) => {
    const kind = kinds.find(({ id }) => id === spec.rail);
    if (!kind) {
      problems.push(`${spec.id}: there is no rail ${spec.rail}; there are ${kinds.map(({ id }) => id).join(', ')}`);
      return [];
    }
    return madeOf(kind, spec, problems);
  });
  const ids = instances.map(({ id }) => id);
  const modes = instances.flatMap(({ id, paymentModes }) => paymentModes.map((mode) => ({ id, mode })));
  problems.push(...repeated(ids).map((id) => `${id}: is the id of two instances`));
  for (const twice of repeated(modes.map(({ mode }) => mode))) {
    const claimants = modes.filter(({ mode }) => mode === twice).map(({ id }) => id);
    problems.push(`${claimants.join(' and ')}: both claim the payment mode ${twice}`);
  }
  if (problems.length > 0) throw new ConfigError(`${name} is not usable:\n  ${problems.join('\n  ')}`);
  return instances;
}

function madeOf(kind: RailDefinition, spec: InstanceSpec, problems: string[]): RailInstance {
  const type = spec.type ?? kind.type;
  if (type !== kind.type && !(type === 'BULK' && kind.bulk)) {
    problems.push(`${spec.id}: the rail ${kind.id} is of type ${kind.type}${kind.bulk ? ' or BULK' : ''}, not ${type}`);
  }
  const { concurrency, ratePerSecond, maxBatch, timeoutMs, neverReceivedAfterMs } = spec.limits ?? {};
  const most = mostOf(kind, type);
  if (maxBatch !== undefined && maxBatch > most) {
    problems.push(`${spec.id}: limits.maxBatch is ${maxBatch}, the rail ${kind.id} takes ${most} at most`);
  }
  const { limits } = kind;
  const columns = new Map([...kind.columns, ...(spec.columns ?? [])].map((column) => [column.name, column]));
  return {
    ...kind,
    id: spec.id,
    kind: kind.id,
    type,
    open: type !== kind.type && kind.bulk ? kind.bulk.open : kind.open,
    // The first instance of a rail that keeps its id keeps its modes.
    paymentModes: spec.paymentModes ?? (spec.id === kind.id ? kind.paymentModes : [spec.id]),
    currencies: spec.currencies,
    tenants: spec.tenants,
    windows: spec.windows ?? [],
    columns: [...columns.values()],
    configured: spec.config ?? {},
    neverReceivedAfterMs: neverReceivedAfterMs ?? kind.neverReceivedAfterMs,
    limits: {
      concurrency: concurrency ?? limits.concurrency,
      ratePerSecond: ratePerSecond ?? limits.ratePerSecond,
      timeoutMs: timeoutMs ?? limits.timeoutMs,
      maxBatch: maxBatch ?? most,
    },
  };
}

function mostOf({ type, limits, bulk }: RailDefinition, wanted: RailType): number {
  return wanted !== type && bulk ? bulk.maxBatch : limits.maxBatch;
}

function repeated(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((text, at) => texts.indexOf(text) !== at))];
}
