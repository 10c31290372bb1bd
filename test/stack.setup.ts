/** The real stack of profile `test`, once for all integration tests: built, from clean data, and ended after them. KEEP_STACK=1 takes it as it is, and lets it run on. */
import { execFileSync } from 'node:child_process';
import { createStack } from '../local/stack.ts';

/** The simulators answer at once or never, so tests need not wait for as long as a bank's line would ask for. */
const settings = {
  CLAIM_LEASE: '10s',
  RECOUNT_EVERY: '10s',
  BATCHES_WAITING_OF_TENANT_MAX: '30',
  // All tests ask from one address.
  RATE_LIMIT_STRANGERS: '1000',
  LARGE_BATCH_BYTES: '100000',
  RAIL_SLCB_TIMEOUT_MS: '4000',
  RAIL_GSMA_TIMEOUT_MS: '4000',
  RAIL_MOJALOOP_TIMEOUT_MS: '8000',
  RAIL_SLCB_NEVER_RECEIVED_MS: '4000',
  RAIL_GSMA_NEVER_RECEIVED_MS: '4000',
  RAIL_MOJALOOP_NEVER_RECEIVED_MS: '4000',
  // A Zeebe of a few minutes spends more on compiling well than it gains by it.
  ZEEBE_JAVA_OPTS: '-XX:TieredStopAtLevel=1',
};

export default async function setup(): Promise<() => Promise<void>> {
  const isKept = process.env.KEEP_STACK === '1';
  if (!isKept) execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
  // Test workers and the hub's processes inherit these.
  Object.assign(process.env, settings);
  const stack = createStack({ profile: 'test', say: (line) => console.log(`stack: ${line}`) });
  try {
    if (!isKept) await stack.reset();
    await stack.up();
  } catch (error) {
    if (!isKept) await stack.down();
    throw error;
  }
  Object.assign(process.env, stack.env());
  return async () => {
    if (!isKept) await stack.down();
  };
}
