/** Where the rails' simulators listen and keep their ledgers, read from the environment; and their start, all or none. */
import { join } from 'node:path';
import type { RailDefinition } from '../connectors/rail.ts';
import { railVariable } from '../connectors/rail-variables.ts';
import { instancesIn } from '../connectors/rails.ts';
import type { Simulator } from '../connectors/simulator.ts';
import { type Env, readConfig } from '../platform/config.ts';
import type { Log } from '../platform/log.ts';
import { simulatorPortVariable } from './rails.ts';

type Place = { readonly rail: RailDefinition; readonly port: number; readonly dir: string; readonly config: Env };

/** Ports from SIMULATOR_<ID>_PORT, config from RAIL_<ID>_*; throws ConfigError that lists all that is missing. */
export function placesOf(env: Env, definitions: readonly RailDefinition[] = instancesIn(env)): Place[] {
  const reader = readConfig(env);
  const root = reader.text('SIMULATORS_DIR', 'where the simulators keep their ledgers');
  const places = definitions.map((rail) => {
    const variable = simulatorPortVariable(rail.id);
    reader.text(variable, `the port of the simulator of ${rail.id}`);
    const port = reader.whole(variable, 0, 0, 65_535);
    return { rail, port, dir: join(root, rail.id), config: reader.under(railVariable(rail.id, '')) };
  });
  reader.done();
  return places;
}

/** Starts them side by side; where one cannot, those that could are closed again. */
export async function startSimulators(places: readonly Place[], log: Log): Promise<readonly Simulator[]> {
  const starts = await Promise.allSettled(places.map((place) => start(place, log)));
  const started = starts.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = starts.find((result) => result.status === 'rejected');
  if (!failed) return started;
  await Promise.all(started.map((simulator) => simulator.close()));
  throw failed.reason;
}

async function start({ rail, port, dir, config }: Place, log: Log): Promise<Simulator> {
  try {
    const simulator = await rail.simulate({ port, dir, config: config as Record<string, string> });
    log.info('simulator started', { rail: rail.id, url: simulator.url, dir });
    return simulator;
  } catch (error) {
    throw new Error(`the simulator of ${rail.id} did not start on port ${port}`, { cause: error });
  }
}
