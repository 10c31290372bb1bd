/** `make demo` after `up`: two batches paid before your eyes, and everything about them checked. Ends with 1 if anything is not as it must be. */
import { createChecks } from './demo/checks.ts';
import { createHubClient } from './demo/hub-client.ts';
import { payPaydayBatch } from './demo/payday-batch.ts';
import { createScreen, type Screen } from './demo/screen.ts';
import { paySeedBatch } from './demo/seed-batch.ts';
import { profileOf } from './profile.ts';
import { createStack } from './stack.ts';

const tenantId = 'ibank-usa';
const began = Date.now();
const screen = createScreen(process.stdout, process.env);
const checks = createChecks(screen);

try {
  const env = createStack().env();
  const { root } = profileOf(process.env.PROFILE || 'local');
  const hub = createHubClient({ url: `http://127.0.0.1:${env.API_PORT}`, tenantId });
  const world = { root, env, hub, screen, checks };
  screen.say();
  await paySeedBatch(world);
  screen.say();
  const batchId = await payPaydayBatch(world);
  screen.say();
  if (checks.failed.length === 0) {
    screen.title(`All as it must be, in ${((Date.now() - began) / 1_000).toFixed(0)} s. The servers stay up. Next:`);
    showNext(screen, `${hub.url}/api/v1`, batchId);
  }
} catch (error) {
  checks.that('the demo ran to its end', [error instanceof Error ? error.message : String(error)]);
  screen.say();
}

if (checks.failed.length > 0) {
  screen.title(`Not as it must be:`);
  for (const failure of checks.failed) screen.say(`  - ${failure}`);
  process.exitCode = 1;
}

function showNext({ say, faint }: Screen, api: string, batchId: string): void {
  const curl = `curl -s -H 'Platform-TenantId: ${tenantId}'`;
  const make = ['PROFILE', 'PORT_OFFSET'].flatMap((name) =>
    process.env[name] ? [`${name}=${process.env[name]}`] : [],
  );
  const command = (target: string) => [...make, 'make', target].join(' ');
  const next = [
    [`${curl} ${api}/batchtransactions/${batchId}`, 'the status of the second batch'],
    [`${curl} ${api}/batches/${batchId}/row-errors`, 'what is wrong with its rows, and the cure'],
    [command('status'), 'which server runs where'],
    [command('logs SERVER=workers'), 'what it does'],
    [command('down'), 'stop it all, keep the data'],
  ] as const;
  for (const [line, meaning] of next) {
    say(`  ${faint(meaning)}`);
    say(`    ${line}`);
  }
}
