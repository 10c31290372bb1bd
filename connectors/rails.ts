/** The registry of rails, a line each. Outside connectors/ only ids, modes and columns are read from it. */
import { bankFile } from './bank-file/rail.ts';
import { closedLoop } from './closed-loop/rail.ts';
import { gsma } from './gsma/rail.ts';
import { mojaloop } from './mojaloop/rail.ts';
import type { RailColumn, RailDefinition } from './rail.ts';
import { slcb } from './slcb/rail.ts';

export const rails: readonly RailDefinition[] = [slcb, mojaloop, gsma, bankFile, closedLoop];

export type RailRegistry = {
  readonly all: readonly RailDefinition[];
  /** Every word of the payment_mode column that chooses a rail. */
  readonly modes: readonly string[];
  /** Optional CSV columns that some rail declares, each name once. */
  readonly columns: readonly RailColumn[];
  byId(id: string): RailDefinition | undefined;
  /** `mode` in any case. */
  byMode(mode: string): RailDefinition | undefined;
};

/** A registry of `definitions`; throws RangeError where two rails claim one id or one mode. */
export function createRailRegistry(definitions: readonly RailDefinition[] = rails): RailRegistry {
  const ids = definitions.map(({ id }) => id);
  const modes = definitions.flatMap(({ paymentModes }) => paymentModes);
  const columns = new Map(definitions.flatMap((rail) => rail.columns.map((column) => [column.name, column])));
  if (new Set(ids).size < ids.length) throw new RangeError('two rails have the same id');
  if (new Set(modes).size < modes.length) throw new RangeError('two rails claim the same payment mode');
  return {
    all: definitions,
    modes,
    columns: [...columns.values()],
    byId: (id) => railById(id, definitions),
    byMode: (mode) => railOfMode(mode, definitions),
  };
}

/** The rail that a cell of payment_mode chooses, in any case. */
export function railOfMode(mode: string, definitions = rails): RailDefinition | undefined {
  const wanted = mode.toLowerCase();
  return definitions.find(({ paymentModes }) => paymentModes.includes(wanted));
}

export function railById(id: string, definitions = rails): RailDefinition | undefined {
  return definitions.find((rail) => rail.id === id);
}
