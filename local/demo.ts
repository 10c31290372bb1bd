/** `make demo` after `up`: three batches paid before your eyes, and everything about them checked. Ends with 1 if anything is not as it must be. */
import { createCredentials } from './credentials.ts';
import { createChecks } from './demo/checks.ts';
import { payEveryRailBatch } from './demo/every-rail-batch.ts';
import { createHubClient, type HubClient } from './demo/hub-client.ts';
import { payPaydayBatch } from './demo/payday-batch.ts';
import { createScreen, type Screen } from './demo/screen.ts';
import { paySeedBatch } from './demo/seed-batch.ts';
import { samplePeople } from './openid/sample-people.ts';
import { profileOf } from './profile.ts';
import { createStack } from './stack.ts';

const tenantId = 'ibank-usa';
const began = Date.now();
const screen = createScreen(process.stdout, process.env);
const checks = createChecks(screen);

try {
  const env = createStack().env();
  const { root } = profileOf(process.env.PROFILE || 'local');
  const shownHeader =
    env.AUTH === 'off'
      ? `Platform-TenantId: ${tenantId}`
      : `Authorization: Bearer $(${makeCommand(`-s token USER=${tenantId}`)})`;
  const url = `http://127.0.0.1:${env.API_PORT}`;
  const hub = createHubClient({ url, tenantId, headersOf: createCredentials(env), shownHeader });
  const world = { root, env, hub, screen, checks };
  screen.say();
  await paySeedBatch(world);
  screen.say();
  const batchId = await payPaydayBatch(world);
  screen.say();
  await payEveryRailBatch(world);
  screen.say();
  if (checks.failed.length === 0) {
    screen.title(`All as it must be, in ${((Date.now() - began) / 1_000).toFixed(0)} s. The servers stay up. Next:`);
    showNext(screen, hub, batchId);
    if (env.AUTH !== 'off') showPeople(screen, hub.url, env.SAMPLE_PASSWORD ?? '');
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

function showNext({ say, faint }: Screen, { url, shownHeader }: HubClient, batchId: string): void {
  const api = `${url}/api/v1`;
  const curl = `curl -s -H "${shownHeader}"`;
  const next = [
    [`${curl} ${api}/batchtransactions/${batchId}`, 'the status of the second batch'],
    [`${curl} ${api}/batches/${batchId}/row-errors`, 'what is wrong with its rows, and the cure'],
    [makeCommand('status'), 'which server runs where'],
    [makeCommand('logs SERVER=workers'), 'what it does'],
    [makeCommand('down'), 'stop it all, keep the data'],
  ] as const;
  for (const [line, meaning] of next) {
    say(`  ${faint(meaning)}`);
    say(`    ${line}`);
  }
}

/** Who may sign in at the console; all with the password that the profile made for itself. */
function showPeople({ say, faint }: Screen, url: string, password: string): void {
  const people = samplePeople.filter(({ tenant }) => tenant === tenantId);
  say(`  ${faint(`the console: ${url}/console/, password ${password}`)}`);
  for (const { username, roles } of people) say(`    ${username.padEnd(8)} ${roles.join(', ')}`);
}

/** For this profile's stack, as whoever reads it would type it. */
function makeCommand(target: string): string {
  const own = ['PROFILE', 'PORT_OFFSET'].flatMap((name) => (process.env[name] ? [`${name}=${process.env[name]}`] : []));
  return [...own, 'make', target].join(' ');
}
