/** Walks through the console that operators take seldom, and then need: many steps at once, two versions of a model, a rail that is paused. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { silentLog } from '../../platform/log.ts';
import { createZeebe, type Zeebe } from '../../platform/zeebe.ts';
import { json, openHub, type TenantClient } from '../hub.ts';
import { aRow, csvOf } from '../rows.ts';
import { shareStack } from '../turn.ts';
import { openBrowser } from './browser.ts';
import { asksForMergeTries, deployForTenant } from './tenant-models.ts';

shareStack();
const hub = openHub();
const browser = openBrowser();
let zeebe: Zeebe;
beforeAll(() => {
  zeebe = createZeebe(process.env.ZEEBE_ADDRESS!, silentLog);
});
afterAll(() => zeebe.close());
const patience = { timeout: 60_000, interval: 100 };

test('two batches stuck for one cause are tried again at once after a preview, and the mended model stands beside the old one', async () => {
  const tenant = await hub.aTenant();
  await deployForTenant({ hub, zeebe }, tenant.id, asksForMergeTries);
  const batchIds = await Promise.all([1, 2].map(() => tenant.accepted(csvOf([aRow()]))));
  await vi.waitUntil(async () => (await instancesStuck(tenant)).length === 2, patience);
  for (const key of await instancesStuck(tenant)) {
    const path = `/api/v1/process-instances/${key}/variables`;
    const set = { variables: { mergeTries: 3 }, reason: 'it was forgotten' };
    expect((await tenant.call(path, json('POST', set, { 'X-User': 'olga' }))).status).toBe(202);
  }

  const { page, open, look } = await browser.window({ tenant: tenant.id, user: 'olga', roles: ['operator'] });
  await open('/incidents');
  await page.getByRole('button', { name: 'Try again all 2 …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('in 2 batches').waitFor();
  await dialog.getByLabel('Why').fill('both variables are set');
  await dialog.getByRole('button', { name: 'Try 2 steps again' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('Nothing is stuck').waitFor();
  for (const batchId of batchIds) expect(await tenant.final(batchId)).toMatchObject({ status: 'completed' });

  await deployForTenant({ hub, zeebe }, tenant.id, (xml) =>
    xml.replace('name="Merge results"', 'name="Write the result"'),
  );
  await open('/processes');
  await page.getByRole('link', { name: 'compare with version 1' }).click();
  await page.getByText('Changed: Write the result').waitFor();
  await page.locator('.diagram .djs-shape.is-changed').nth(1).waitFor();
  await look('compare');
});

test('over a rail that an operator pauses nothing is sent; resumed, what waited is paid', async () => {
  const tenant = await hub.aTenant();
  const { page, open } = await browser.window({ tenant: tenant.id, user: 'olga', roles: ['operator'] });
  const dialog = page.getByRole('dialog');
  const rail = page.getByRole('table', { name: 'Rails' }).getByRole('row').filter({ hasText: 'slcb' });
  await open('/rails');
  await rail.getByRole('button', { name: 'Pause …' }).click();
  await dialog.getByLabel('Why').fill('the bank called');
  await dialog.getByRole('button', { name: 'Pause', exact: true }).click();
  await rail.getByText('olga: the bank called').waitFor();
  const batchId = await tenant.accepted(csvOf([aRow({ payment_mode: 'slcb' }), aRow({ payment_mode: 'mojaloop' })]));
  await tenant.until(batchId, ({ successful }) => successful === 1);
  await open(`/batches/${batchId}`);
  await page.getByText('50 % waiting').waitFor();
  await page.getByText('paused', { exact: true }).first().waitFor();

  await open('/rails');
  await rail.getByRole('button', { name: 'Resume …' }).click();
  await dialog.getByLabel('Why').fill('they are back');
  await dialog.getByRole('button', { name: 'Resume', exact: true }).click();
  await rail.getByText('up', { exact: true }).waitFor();
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed', successful: 2 });
});

async function instancesStuck(tenant: TenantClient): Promise<string[]> {
  const { body } = await tenant.call<{ incidents: { process_instance_key: string }[] }>('/api/v1/incidents?state=open');
  return body.incidents.map(({ process_instance_key }) => process_instance_key);
}
