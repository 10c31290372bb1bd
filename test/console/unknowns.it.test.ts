/** A rail that says nothing: two people mark a payment by hand, another one is asked about. */
import { afterAll, expect, test } from 'vitest';
import { endToEndIdOf } from '../../domain/ids.ts';
import { control, openHub } from '../hub.ts';
import { aRow, csvOf } from '../rows.ts';
import { haveStackAlone } from '../turn.ts';
import { openBrowser } from './browser.ts';

haveStackAlone();
const hub = openHub();
const browser = openBrowser();
afterAll(() => control('gsma', { mute: false }));

test('one person says what the statement shows, a second one confirms; of the other payment the rail is asked', async () => {
  const tenant = await hub.aTenant();
  await control('gsma', { mute: true });
  const rows = [aRow({ payment_mode: 'gsma' }), aRow({ payment_mode: 'gsma' })];
  const batchId = await tenant.accepted(csvOf(rows), { switches: { 'settlement.deadline': '1h' } });
  const olga = await browser.window({ tenant: tenant.id, user: 'olga', roles: ['operator'] });
  const marie = await browser.window({ tenant: tenant.id, user: 'marie', roles: ['approver'] });
  const dialog = olga.page.getByRole('dialog');
  const unknowns = olga.page.getByRole('table', { name: 'Unknown payments' });
  await olga.open('/unknowns');
  await unknowns.getByText('row 2').waitFor();
  await unknowns.getByRole('link', { name: 'row 1' }).click();
  await olga.page.getByText('Money may have moved.').waitFor();
  await olga.page.getByRole('button', { name: 'Mark by hand …' }).click();
  await dialog.getByLabel('Why').fill('it is mute since noon');
  // Without evidence there is nothing to confirm.
  expect(await dialog.getByRole('button', { name: 'Propose the mark' }).isDisabled()).toBe(true);
  await dialog.getByLabel('Evidence').fill('line 17 of their statement of today');
  await olga.look('hand-mark-dialog');
  await dialog.getByRole('button', { name: 'Propose the mark' }).click();
  await olga.page.getByText('You proposed it: a second person confirms.').waitFor();
  expect(await olga.page.getByRole('button', { name: 'Confirm …' }).count()).toBe(0);

  await marie.open('/');
  await marie.page.getByText('1 decision').waitFor();
  await marie.page.getByRole('link', { name: 'payments marked by hand, to confirm' }).click();
  const marks = marie.page.getByRole('table', { name: 'Marks that wait for a second person' });
  await marks.getByText('line 17 of their statement').waitFor();
  await marie.look('hand-marks');
  await marks.getByRole('button', { name: 'Confirm …' }).click();
  const theirs = marie.page.getByRole('dialog');
  await theirs.getByText('was paid').waitFor();
  await theirs.getByLabel('Why').fill('I saw the statement');
  await theirs.getByRole('button', { name: 'Confirm', exact: true }).click();
  await marks.waitFor({ state: 'detached' });
  // The first person's page hears of it by itself.
  await olga.page.getByText('confirmed by marie: I saw the statement', { exact: true }).waitFor();
  await olga.look('payment-marked');

  await olga.open(`/payments/${endToEndIdOf(batchId, 2)}`);
  await olga.page.getByRole('button', { name: 'Ask the rail …' }).click();
  await dialog.getByLabel('Why').fill('they say that they are back');
  await control('gsma', { mute: false });
  await dialog.getByRole('button', { name: 'Ask', exact: true }).click();
  await olga.page.getByText('paid', { exact: true }).first().waitFor();
  expect(await tenant.final(batchId)).toMatchObject({ status: 'completed', successful: 2 });
  await olga.page.getByText('they say that they are back').first().waitFor();
});
