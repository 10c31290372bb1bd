/** The registry of rails, a line each, and what a deployment makes of them. Outside connectors/ only ids, modes, columns and limits are read from it. */
import { readFileSync } from 'node:fs';
import type { RowToCheck } from '../domain/row-check.ts';
import { ConfigError, type Env, readConfig } from '../platform/config.ts';
import { bankFile } from './bank-file/rail.ts';
import { closedLoop } from './closed-loop/rail.ts';
import { gsma } from './gsma/rail.ts';
import { instanceOf, instancesOf } from './instances.ts';
import { mojaloop } from './mojaloop/rail.ts';
import type { RailColumn, RailDefinition, RailInstance } from './rail.ts';
import { railVariable } from './rail-variables.ts';
import { readRailsFile } from './rails-file.ts';
import { slcb } from './slcb/rail.ts';

export const rails: readonly RailDefinition[] = [slcb, mojaloop, gsma, bankFile, closedLoop];

/** The rails as this process knows them now; a reload changes what the same registry answers. */
export type RailRegistry = {
  readonly all: readonly RailInstance[];
  /** Every word of the payment_mode column that chooses a rail. */
  readonly modes: readonly string[];
  /** Optional CSV columns that some rail declares, each name once. */
  readonly columns: readonly RailColumn[];
  byId(id: string): RailInstance | undefined;
  /** `mode` in any case. */
  byMode(mode: string): RailInstance | undefined;
};

/** A registry of `definitions`; throws RangeError where two rails claim one id or one mode. */
export function createRailRegistry(definitions: readonly RailDefinition[] = rails): RailRegistry {
  const shelves = shelvesOf(definitions.map(instanceOf));
  return registryOf(() => shelves);
}

/** What this deployment runs: RAILS_FILE where it is set, else each registered rail as itself. Throws ConfigError. */
export function instancesIn(env: Env, kinds: readonly RailDefinition[] = rails): readonly RailInstance[] {
  const file = env.RAILS_FILE?.trim();
  if (!file) return kinds.map(instanceOf).map((rail) => knowingSettings(rail, env));
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`RAILS_FILE cannot be read: ${(error as Error).message}`);
  }
  return instancesOf(kinds, readRailsFile(text, 'RAILS_FILE'), 'RAILS_FILE').map((rail) => knowingSettings(rail, env));
}

/** Its rows are checked, and where its money is is told, by what the process knows of its config: plain values of the file, and RAIL_<ID>_<KEY>. */
function knowingSettings(instance: RailInstance, env: Env): RailInstance {
  const { id, checkRow, configured } = instance;
  const plain = Object.entries(configured).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const settings = { ...readConfig(env).under(railVariable(id, '')), ...Object.fromEntries(plain) };
  const rail = { ...instance, isInside: instance.paysInside?.(settings) ?? false };
  if (!checkRow || Object.keys(settings).length === 0) return rail;
  return { ...rail, checkRow: (row: RowToCheck) => checkRow(row, settings) };
}

/** A registry that follows the deployment's file: `reload` reads it again, and keeps what it had where it throws ConfigError. */
export function openRailRegistry(env: Env): RailRegistry & { reload(): void } {
  let shelves = shelvesOf(instancesIn(env));
  return Object.assign(
    registryOf(() => shelves),
    {
      reload() {
        shelves = shelvesOf(instancesIn(env));
      },
    },
  );
}

type Shelves = {
  readonly all: readonly RailInstance[];
  readonly modes: readonly string[];
  readonly columns: readonly RailColumn[];
  readonly byId: ReadonlyMap<string, RailInstance>;
  readonly byMode: ReadonlyMap<string, RailInstance>;
};

function shelvesOf(all: readonly RailInstance[]): Shelves {
  const byId = new Map(all.map((rail) => [rail.id, rail]));
  const modes = all.flatMap(({ paymentModes }) => paymentModes);
  const byMode = new Map(all.flatMap((rail) => rail.paymentModes.map((mode) => [mode, rail] as const)));
  const columns = new Map(all.flatMap((rail) => rail.columns.map((column) => [column.name, column])));
  if (byId.size < all.length) throw new RangeError('two rails have the same id');
  if (byMode.size < modes.length) throw new RangeError('two rails claim the same payment mode');
  return { all, modes, columns: [...columns.values()], byId, byMode };
}

function registryOf(now: () => Shelves): RailRegistry {
  return {
    get all() {
      return now().all;
    },
    get modes() {
      return now().modes;
    },
    get columns() {
      return now().columns;
    },
    byId: (id) => now().byId.get(id),
    byMode: (mode) => now().byMode.get(mode.toLowerCase()),
  };
}
