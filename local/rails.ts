/** The rails whose simulators run here: where each listens, and the config that its folder makes for one machine. */
import type { RailDefinition } from '../connectors/rail.ts';
import { variableNameOf } from '../connectors/rail-variables.ts';
import { rails } from '../connectors/rails.ts';

export type LocalRail = Pick<RailDefinition, 'id' | 'configKeys' | 'localConfig'> & { readonly port: number };

const firstPort = 8101;

/** In the registry's order, a port each: slcb 8101, mojaloop 8102, gsma 8103, bank-file 8104, closed-loop 8105. */
export const localRails: readonly LocalRail[] = rails.map(({ id, configKeys, localConfig }, index) => ({
  id,
  configKeys,
  localConfig,
  port: firstPort + index,
}));

/** The environment variable of a simulator's port: SIMULATOR_SLCB_PORT. */
export const simulatorPortVariable = (id: string) => `SIMULATOR_${variableNameOf(id)}_PORT`;
