/** A clerk's day in the console: a file is dropped, found wanting, mended, sent, watched and understood; a second person says yes. */
import { expect, test } from 'vitest';
import { openHub } from '../hub.ts';
import { aRow, csvOf } from '../rows.ts';
import { shareStack } from '../turn.ts';
import { openBrowser, type Window } from './browser.ts';

shareStack();
const hub = openHub();
const browser = openBrowser();

test('a file is dropped, its errors stand beside its rows, and mended it is sent, watched and understood', async () => {
  const tenant = await hub.aTenant();
  const { page, open, look } = await browser.window({ tenant: tenant.id, user: 'olga' });
  await open('/batches');
  await page.getByText('No batch yet').waitFor();
  await look('batches-empty');

  const bad = csvOf([aRow(), aRow({ amount: '-4', note: 'quoted, "cell"' }), aRow({ currency: 'XXX' })]);
  await dropFile(page, 'march.csv', bad);
  await page.getByText('2 of 3 rows would be refused, 1 can be paid.').waitFor();
  const wrong = page.getByRole('table', { name: 'Rows that are not valid' });
  await wrong.getByRole('row', { name: /^2 amount/ }).waitFor();
  expect(await wrong.getByRole('row').nth(1).innerText()).toContain('"quoted, ""cell"""');
  await look('new-batch-errors');

  const rows = [
    aRow(),
    aRow({ payment_mode: 'mojaloop' }),
    aRow({ payment_mode: 'gsma' }),
    aRow({ payment_mode: 'gsma', ends: '0422' }),
  ];
  await dropFile(page, 'march.csv', csvOf(rows));
  await page.getByText('All 4 rows can be paid.').waitFor();
  await page.getByText('USD50.00').waitFor();
  await page.getByRole('button', { name: 'Send and pay 4 rows' }).click();
  await page.getByRole('heading', { name: 'march.csv', level: 1 }).waitFor();
  await page.getByText('completed in part').first().waitFor();
  await page.getByText('75 % paid').waitFor();
  await page.locator('.diagram .djs-shape.is-done').first().waitFor();
  await look('batch-completed');

  await page.getByRole('table', { name: 'Failures by reason' }).getByRole('link').first().click();
  const failed = page.getByRole('table', { name: 'Rows', exact: true }).getByRole('row');
  await expect.poll(() => failed.count()).toBe(2);
  await failed.nth(1).getByRole('link').click();
  await page.getByText('Not paid.').first().waitFor();
  await page.locator('details summary').first().click();
  await page.locator('details[open] pre').first().waitFor();
  expect(await page.locator('details[open] pre').first().innerText()).not.toContain(rows[3]!.payee_identifier);
  await look('payment-failed');

  await open('/batches');
  await page.getByRole('table', { name: 'Batches' }).getByText('completed in part').waitFor();
  await page.getByPlaceholder('Batch id, request id').fill('nothing-like-it');
  await page.getByText('No batch is like that').waitFor();
  await page.getByPlaceholder('Batch id, request id').fill('march');
  await page.getByRole('link', { name: 'march.csv' }).waitFor();
  await look('batches');
});

test('who sent a batch may not approve it; a second person does, on the sums in sight, and it is paid', async () => {
  const tenant = await hub.aTenant({ switches: { 'approval.enable': true } });
  const file = csvOf([aRow(), aRow({ amount: '1234567.50' })]);
  const maker = { headers: { 'X-User': 'olga' } };
  const batchId = await tenant.accepted(file, maker);
  await tenant.until(batchId, ({ status }) => status === 'awaiting_approval');
  await tenant.accepted(file, { headers: { 'X-User': 'fatmata' } });

  const olga = await browser.window({ tenant: tenant.id, user: 'olga' });
  await olga.open(`/batches/${batchId}`);
  await olga.page.getByText('You may not decide: you sent it.').waitFor();
  expect(await olga.page.getByRole('button', { name: 'Approve …' }).count()).toBe(0);

  const john = await browser.window({ tenant: tenant.id, user: 'john' });
  await john.open('/approvals');
  const waiting = john.page.getByRole('table', { name: 'Batches that wait for approval' });
  await waiting.getByText('same file came before').waitFor();
  await john.look('approvals');
  await waiting.getByRole('row').filter({ hasText: 'olga' }).getByRole('link').click();
  await john.page.getByRole('button', { name: 'Approve …' }).click();
  const dialog = john.page.getByRole('dialog');
  await dialog.getByText('2 rows').waitFor();
  await dialog.getByText('1,234,580.00').waitFor();
  await john.look('approval-dialog');
  await dialog.getByRole('button', { name: 'Approve', exact: true }).click();
  await john.page
    .getByText(/approved by john/)
    .first()
    .waitFor();
  // The other page hears of it by itself.
  await olga.page
    .getByText(/approved by john/)
    .first()
    .waitFor();
  await john.page.getByText('100 % paid').waitFor();
});

/** As a hand with a mouse does it. */
async function dropFile(page: Window['page'], name: string, text: string): Promise<void> {
  const data = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}, { type: 'text/csv' }));
    return transfer;
  })()`);
  await page.getByTestId('drop-zone').first().dispatchEvent('drop', { dataTransfer: data });
}
