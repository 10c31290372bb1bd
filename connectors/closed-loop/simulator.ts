/** A server that behaves like Apache Fineract's interoperation API. */
import type { Simulator, SimulatorOptions } from '../simulator.ts';
import { startSimulator } from '../simulator-kit.ts';

export function simulateFineract(options: SimulatorOptions): Promise<Simulator> {
  return startSimulator({
    options,
    routes: () => [{ method: 'GET', path: '/interoperation/health', handle: () => ({ status: 200, text: 'OK' }) }],
  });
}
