/** The simulators' process: one server per rail of the registry, with a durable ledger each under SIMULATORS_DIR. */
import { createLog } from '../platform/log.ts';
import { placesOf, startSimulators } from './start-simulators.ts';

const log = createLog('simulators', process.env.LOG_LEVEL);

try {
  const simulators = await startSimulators(placesOf(process.env), log);
  const stop = async () => {
    await Promise.all(simulators.map((simulator) => simulator.close()));
    log.info('simulators stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void stop().catch((error: unknown) => fail('simulators did not stop cleanly', error)));
  }
} catch (error) {
  fail('simulators did not start', error);
}

function fail(event: string, error: unknown): void {
  log.error(event, { error });
  process.exit(1);
}
