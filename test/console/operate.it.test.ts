/** An operator's day in the console: a batch is held, cancelled, retried; a step that is stuck is found, understood and set going again. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '../../platform/log.ts';
import { createZeebe, type Zeebe } from '../../platform/zeebe.ts';
import { openHub } from '../hub.ts';
import { aRow, csvOf } from '../rows.ts';
import { shareStack } from '../turn.ts';
import { openBrowser, type Window } from './browser.ts';
import { asksForMergeTries, deployForTenant } from './tenant-models.ts';

shareStack();
const hub = openHub();
const browser = openBrowser();
let zeebe: Zeebe;
beforeAll(() => {
  zeebe = createZeebe(process.env.ZEEBE_ADDRESS!, silentLog);
});
afterAll(() => zeebe.close());

test('a model that asks for what nobody sets is stuck; the operator finds it, mends it and sees the batch complete', async () => {
  const tenant = await hub.aTenant();
  await deployForTenant({ hub, zeebe }, tenant.id, asksForMergeTries);
  const batchId = await tenant.accepted(csvOf([aRow(), aRow()]));

  const { page, open, look } = await browser.window({ tenant: tenant.id, user: 'olga' });
  await open('/');
  await page.getByText('1 thing').waitFor();
  await look('home-stuck');
  await page.getByRole('link', { name: /incidents of 1 cause/ }).click();
  await page
    .getByText(/mergeTries/)
    .first()
    .waitFor();
  await look('incidents');
  await page.getByRole('table', { name: 'Causes of open incidents' }).getByRole('link').click();
  await page.getByRole('heading', { name: 'Stuck at “Merge results”' }).waitFor();
  await page.locator('.diagram .has-incident').waitFor();
  await page.getByText(/Set it at the instance, then try again/).waitFor();
  await look('incident');

  await page.getByRole('link', { name: /^\d{16}$/ }).click();
  await page.getByRole('button', { name: 'Set a variable …' }).click();
  await page.getByLabel('Name', { exact: true }).fill('mergeTries');
  await page.getByLabel('Value, as JSON').fill('three');
  await page.getByText('This is no JSON').waitFor();
  await page.getByLabel('Value, as JSON').fill('3');
  await page.getByLabel('Why', { exact: true }).fill('the model was deployed without it');
  await look('variable-dialog');
  await page.getByRole('button', { name: 'Set it', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await look('instance');

  await open('/incidents');
  await page.getByRole('button', { name: 'Try again …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('1 incident').first().waitFor();
  await dialog.getByLabel('Why').fill('the variable is set');
  await dialog.getByRole('button', { name: 'Try 1 step again' }).click();
  await page.getByText('Nothing is stuck').waitFor();
  await open(`/batches/${batchId}`);
  await page.getByText('completed', { exact: true }).first().waitFor();
  await page.getByText('100 % paid').waitFor();

  await open('/audit');
  const entries = page.getByRole('table', { name: 'Audit entries' });
  await entries.getByText('the variable is set').waitFor();
  await entries.getByText('the model was deployed without it').waitFor();
  await page.getByText('The chain holds.').waitFor();
  await look('audit');
});

test('a batch is held, it is shown what cancelling means, and it is cancelled', async () => {
  const tenant = await hub.aTenant({ switches: { 'approval.enable': true } });
  const batchId = await tenant.accepted(csvOf([aRow({ amount: '100.25' }), aRow({ amount: '200.25' })]));
  await tenant.until(batchId, ({ status }) => status === 'awaiting_approval');
  const { page, open, look } = await browser.window({ tenant: tenant.id, user: 'olga', roles: ['operator'] });
  await open(`/batches/${batchId}`);
  expect(await page.getByRole('button', { name: 'Approve …' }).count()).toBe(0);
  await command(page, 'Pause', 'Pause', 'the ministry called');
  await page.getByText('paused').first().waitFor();
  await page.getByRole('button', { name: 'Cancel …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('300.50').waitFor();
  await look('cancel-dialog');
  // Without a reason there is no command.
  expect(await dialog.getByRole('button', { name: 'Cancel the batch' }).isDisabled()).toBe(true);
  await dialog.getByLabel('Why').fill('wrong month');
  await dialog.getByRole('button', { name: 'Cancel the batch' }).click();
  await page.getByText('cancelled', { exact: true }).first().waitFor();
  await page.getByText('cancel by olga: wrong month').waitFor();
  expect(await tenant.final(batchId)).toMatchObject({ status: 'cancelled', failed: 2 });
});

test('what failed for a reason that is gone is retried as a batch of its own', async () => {
  const other = await hub.aTenant();
  const failed = await other.accepted(csvOf([aRow({ ends: '0422' }), aRow()]));
  await other.final(failed);
  const again = await browser.window({ tenant: other.id, user: 'olga' });
  await again.open(`/batches/${failed}`);
  await again.page.getByRole('button', { name: 'Retry failed …' }).click();
  await again.page.getByRole('dialog').getByText('No failed row is left out.').waitFor();
  await again.look('retry-dialog');
  await again.page.getByRole('dialog').getByLabel('Why', { exact: true }).fill('the account was opened');
  await again.page.getByRole('dialog').getByRole('button', { name: 'Retry 1 row' }).click();
  await again.page.getByText('retry 1 of another batch').waitFor();
});

test('a role that may not is told so, and is shown no button that would be refused', async () => {
  const tenant = await hub.aTenant();
  const batchId = await tenant.accepted(csvOf([aRow({ ends: '0422' })]));
  await tenant.final(batchId);
  const { page, open, look } = await browser.window({ tenant: tenant.id, user: 'sue', roles: ['submitter'] });
  await open(`/batches/${batchId}`);
  await page.getByText('all failed').first().waitFor();
  expect(await page.getByRole('button', { name: 'Retry failed …' }).count()).toBe(0);
  expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
  await open('/incidents');
  await page.getByText('You may not see or do this').waitFor();
  await look('not-permitted');
  await open('/batches/00000000-0000-4000-8000-000000000000');
  await page.getByText(/the tenant has no batch of this id/).waitFor();
});

async function command(page: Window['page'], word: string, verb: string, reason: string): Promise<void> {
  await page.getByRole('button', { name: `${word} …` }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why').fill(reason);
  await dialog.getByRole('button', { name: verb, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}
