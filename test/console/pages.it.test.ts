/** Every page of the console, empty and full, in light and dark: nothing serious for a screen reader, nothing against the policy. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { json, openHub, type TenantClient } from '../hub.ts';
import { pain001 } from '../iso-message.ts';
import { aRow, csvOf } from '../rows.ts';
import { shareStack } from '../turn.ts';
import { openBrowser } from './browser.ts';

shareStack();
const hub = openHub();
const browser = openBrowser();

test('pages that have nothing to show say so, and what would stand there', async () => {
  const tenant = await hub.aTenant();
  const { page, open, look } = await browser.window({ tenant: tenant.id, user: 'olga' });
  for (const [path, words] of [
    ['/', 'Nothing is under way'],
    ['/payments', 'No single payment yet'],
    ['/approvals', 'Nothing waits for approval'],
    ['/incidents', 'Nothing is stuck'],
    ['/unknowns', 'No payment is unknown'],
    ['/nowhere', 'There is no such page'],
  ] as const) {
    await open(path);
    await page.getByText(words).waitFor();
    await look(`empty${path.replaceAll('/', '-')}`);
  }
});

test('pages of work that was done are understood by who cannot see them', async () => {
  const tenant = await hub.aTenant();
  const batchId = await tenant.accepted(csvOf([aRow({ payment_mode: 'mojaloop' }), aRow()]));
  const transactionId = await aTransfer(tenant);
  await tenant.final(batchId);
  const { page, open, look } = await browser.window({ tenant: tenant.id, user: 'olga' });

  await open('/payments');
  await page.getByRole('table', { name: 'Single payments' }).getByText('paid').waitFor();
  await look('payments');
  await open(`/payments/${transactionId}`);
  await page.getByText('230.00').first().waitFor();
  await page.locator('.timeline li').nth(2).waitFor();
  await page.locator('.diagram .is-done').first().waitFor();
  await look('payment-paid');

  await open('/rails');
  await page.getByRole('table', { name: 'Rails' }).getByText('up').first().waitFor();
  await look('rails');

  await open('/processes');
  const own = page.getByRole('row').filter({ hasText: 'transfer-mojaloop' });
  await own.getByRole('link', { name: 'transfer-mojaloop' }).first().waitFor();
  await look('processes');
  await own.getByRole('link', { name: 'transfer-mojaloop' }).first().click();
  await page.locator('.diagram .is-done').first().waitFor();
  await page.getByRole('table', { name: 'Instances' }).getByText('completed').first().waitFor();
  await look('process');

  await open('/tenant');
  await page.getByText('A second person decides on each batch').waitFor();
  await look('tenant');
  await page.getByLabel('Rows per sub-batch').fill('500');
  await page.getByRole('button', { name: 'Set them' }).click();
  await page.getByText('nothing changed').waitFor();
  const { body } = await tenant.call<Record<string, unknown>>(`/api/v1/tenants/${tenant.id}/switches`);
  expect(body['splitting.sub-batch-size']).toBe(500);

  await page.getByRole('searchbox').first().fill(batchId.slice(0, 10));
  await page.locator('.shell-hits a').first().waitFor();
  await look('search');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'payroll.csv', level: 1 }).waitFor();
});

test('a page is reached and a batch is opened by the keyboard alone', async () => {
  const tenant = await hub.aTenant();
  await tenant.paid(csvOf([aRow()]));
  const { page, open } = await browser.window({ tenant: tenant.id, user: 'olga' });
  await open('/batches');
  await page.getByRole('link', { name: 'payroll.csv' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const focused = () =>
    page.evaluate("document.activeElement?.textContent?.trim() || document.activeElement?.id || ''");
  expect(await focused()).toContain('payroll.csv');
  for (let at = 0; at < 12 && (await focused()) !== 'payroll.csv'; at += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'payroll.csv', level: 1 }).waitFor();
});

test('what came as a message is answered by its status report beside the result', async () => {
  const tenant = await hub.aTenant();
  const message = pain001('M-1', [{ id: 'E-1', payee: '', amount: '1.00' }]);
  const headers = { 'Content-Type': 'application/xml', filename: 'salaries.xml' };
  const post = { method: 'POST', headers, body: message };
  const { body } = await tenant.call<{ batch_id: string }>('/batchtransactions?type=pain.001', post);
  await tenant.final(body.batch_id);
  const { page, open } = await browser.window({ tenant: tenant.id, user: 'olga' });
  await open(`/batches/${body.batch_id}`);
  const loaded = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Status report' }).click();
  const file = await loaded;
  expect(file.suggestedFilename()).toBe('result-salaries.xml');
  expect(readFileSync((await file.path())!, 'utf8')).toContain('<OrgnlMsgId>M-1</OrgnlMsgId>');
});

async function aTransfer(tenant: TenantClient): Promise<string> {
  const party = (id: string) => ({ partyIdInfo: { partyIdType: 'MSISDN', partyIdentifier: id } });
  const transfer = {
    clientRefId: 'invoice-4711',
    payer: party('27710101999'),
    payee: party('27710102999'),
    amount: { amount: '230.00', currency: 'USD' },
  };
  const { body } = await tenant.call<{ transactionId: string }>(
    '/channel/transfer',
    json('POST', transfer, { 'X-Payment-Scheme': 'mojaloop', 'X-CorrelationID': randomUUID() }),
  );
  return body.transactionId;
}
