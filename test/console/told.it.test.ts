/** Who was told what: the log of webhooks, one sent again, the addresses and their secret, and what the hub noticed by itself. */
import { expect, test } from 'vitest';
import { createAlerts } from '../../store/alerts.ts';
import { json, openHub } from '../hub.ts';
import { aRow, csvOf } from '../rows.ts';
import { shareStack } from '../turn.ts';
import { openBrowser } from './browser.ts';

shareStack();
const hub = openHub();
const browser = openBrowser();

test('a webhook is found with each of its tries, and sent again it is the same event', async () => {
  const receiver = await hub.aReceiver(1);
  const tenant = await hub.aTenant();
  const { page, open, look } = await browser.window({ tenant: tenant.id, user: 'olga' });
  await open('/webhooks');
  await page.getByText('Nothing was told to anybody yet').waitFor();
  await look('webhooks-empty');

  const batchId = await tenant.accepted(csvOf([aRow()]), { headers: { 'X-CallbackURL': receiver.url } });
  const { eventId } = await receiver.next('batch.closed', batchId);
  await open(`/batches/${batchId}`);
  await page.getByRole('link', { name: 'All that was told about it' }).click();
  const table = page.getByRole('table', { name: 'Webhooks' });
  await table.getByText('heard', { exact: true }).waitFor();
  await page.getByLabel('State').selectOption('given up');
  await page.getByText('No webhook is like that').waitFor();
  await page.getByLabel('State').selectOption('heard');
  await table.getByText('HTTP 204').waitFor();
  await look('webhooks');

  await table.getByRole('link', { name: 'batch.closed' }).click();
  const tries = page.getByRole('table', { name: 'Tries' });
  await tries.getByText('HTTP 503').waitFor();
  await page.getByText(eventId).first().waitFor();
  await page.getByRole('button', { name: 'Send again …' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Somebody heard it.').waitFor();
  expect(await dialog.getByRole('button', { name: 'Send it again' }).isDisabled()).toBe(true);
  await dialog.getByLabel('Why').fill('their database was restored');
  await dialog.getByRole('button', { name: 'Send it again' }).click();
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(() => tries.getByText('HTTP 204').count(), { timeout: 30_000 }).toBe(2);
  expect(receiver.events.map((event) => [event.eventId, event.isSigned])).toEqual([
    [eventId, true],
    [eventId, true],
  ]);
  await look('webhook');
  await open('/audit?action=webhook.resend');
  await page.getByRole('table', { name: 'Audit entries' }).getByText('their database was restored').waitFor();
});

test('an address is set after it was shown what changes, the other stays; a new secret is shown once', async () => {
  const tenant = await hub.aTenant();
  const path = `/api/v1/tenants/${tenant.id}/webhooks`;
  await tenant.call(path, json('PUT', { alert_url: 'https://127.0.0.1:9/alerts' }, { 'X-User': 'ada' }));
  const { page, open, look } = await browser.window({ tenant: tenant.id, user: 'ada', roles: ['admin'] });
  const dialog = page.getByRole('dialog');
  await open('/tenant');
  await page.getByLabel('Notifications of batches go to').fill('nonsense');
  await page.getByRole('button', { name: 'Set the addresses …' }).click();
  await dialog.getByRole('button', { name: 'Set them' }).click();
  await dialog.getByText(/notification_url:/).waitFor();
  await dialog.getByRole('button', { name: 'Leave it' }).click();
  await page.getByLabel('Notifications of batches go to').fill('https://127.0.0.1:9/events');
  await page.getByRole('button', { name: 'Set the addresses …' }).click();
  await dialog.getByText('will be https://127.0.0.1:9/events').waitFor();
  await look('addresses-dialog');
  await dialog.getByRole('button', { name: 'Set them' }).click();
  await page.getByText('no address changed').waitFor();
  expect((await tenant.call(path)).body).toMatchObject({
    notification_url: 'https://127.0.0.1:9/events',
    alert_url: 'https://127.0.0.1:9/alerts',
  });

  await page.getByRole('button', { name: 'Make a new secret …' }).click();
  await dialog.getByRole('button', { name: 'Make it' }).click();
  const secret = await dialog.locator('.secret').innerText();
  expect(secret).toMatch(/^[\w-]{43}$/);
  await look('new-secret');
  await dialog.getByRole('button', { name: 'It is kept' }).click();
  await page.getByText('And with the one before').waitFor();
  expect(await page.content()).not.toContain(secret);
  expect(
    secret.endsWith(
      await page
        .getByText(/^…/)
        .first()
        .innerText()
        .then((text) => text.slice(1)),
    ),
  ).toBe(true);

  const sue = await browser.window({ tenant: tenant.id, user: 'olga', roles: ['operator'] });
  await sue.open('/tenant');
  await sue.page.getByLabel('Alerts go to').waitFor();
  expect(await sue.page.getByRole('button', { name: /Set the addresses|Make a new secret/ }).count()).toBe(0);
});

test('what the hub noticed stands on the first page and leads to its cause', async () => {
  const tenant = await hub.aTenant({ switches: { 'approval.enable': true } });
  const batchId = await tenant.accepted(csvOf([aRow()]));
  await tenant.until(batchId, ({ status }) => status === 'awaiting_approval');
  const { page, open, look } = await browser.window({ tenant: tenant.id, user: 'olga', roles: ['operator'] });
  await open('/alerts?state=closed');
  await page.getByText('No alert is like that').waitFor();
  // Open until the batch is closed.
  const alerts = createAlerts(hub.mongo, hub.c, { repeatMs: 60_000, now: () => new Date() });
  const detail = 'the rows of its rails are 2, those of the batch 1';
  await alerts.raise({ kind: 'books-unbalanced', tenantId: tenant.id, subject: batchId, detail });
  await open('/');
  await page.getByRole('table', { name: 'Alerts' }).getByText(detail).waitFor();
  await look('home-alert');
  await page.getByRole('link', { name: 'All alerts' }).click();
  await page.getByRole('heading', { name: 'Alerts', level: 1 }).waitFor();
  await look('alerts');
  await page.getByRole('link', { name: 'A batch’s books do not add up' }).click();
  await page.getByRole('heading', { name: 'payroll.csv', level: 1 }).waitFor();
});
