/** Money inside of the loop: wallets with their statements, frozen and opened again; routes with their parts, paid again and brought back. */
import { expect, test } from 'vitest';
import { openHub } from '../hub.ts';
import { aRoutingWorld } from '../routing.ts';
import { shareStack } from '../turn.ts';
import { openBrowser } from './browser.ts';

shareStack();
const hub = openHub();
const browser = openBrowser();

test('a route is understood by its parts, and its money is brought back', async () => {
  const world = await aRoutingWorld(hub);
  await world.anAccount('acc-0001');
  await world.anAccount('acc-0002');
  const id = await world.route({
    amount: '2000.00',
    currency: 'USD',
    transfers: [
      { account: 'acc-0001', share: 60, notes: { branch: 'North' } },
      { account: 'acc-0002', share: 40 },
    ],
    fees: [{ account: 'acc-0001', amount: '50.00' }],
  });
  await world.routeThatIs(id);
  const { page, open, look } = await browser.window({ tenant: world.tenant.id, user: 'olga' });
  const dialog = page.getByRole('dialog');

  await open('/routes');
  await page.getByRole('table', { name: 'Routes' }).getByText('completed', { exact: true }).waitFor();
  await look('routes');
  await page.getByRole('table', { name: 'Routes' }).getByRole('link').first().click();
  await page.getByRole('heading', { name: 'USD 2,000.00 to 3' }).waitFor();
  await page.getByText('1,170.00').waitFor();
  await page.getByRole('button', { name: 'Bring it back …' }).click();
  await dialog.getByText('3 parts').waitFor();
  await dialog.getByText('2,000.00').waitFor();
  await dialog.getByLabel('Why').fill('sent to last year’s offices');
  await dialog.getByRole('button', { name: 'Bring it back' }).click();
  await page.getByText('It was brought back, as far as could be.').waitFor();
  await page.getByRole('table', { name: 'Parts' }).getByText('yes, it is in the float again').nth(2).waitFor();
  await look('route');
  await world.expectBooks('10000.00', { 'acc-0001': '0.00', 'acc-0002': '0.00' });
});

test('what failed of a route is paid again in a round of its own', async () => {
  const world = await aRoutingWorld(hub);
  // Refused the first time, paid from then on.
  await world.anAccount('acc-0423');
  const transfers = [{ account: 'acc-0423', amount: '70.00' }];
  const id = await world.route({ amount: '70.00', currency: 'USD', autoPayout: true, transfers });
  await world.routeThatIs(id);
  const { page, open } = await browser.window({ tenant: world.tenant.id, user: 'olga', roles: ['operator'] });
  const dialog = page.getByRole('dialog');
  await open(`/routes/${id}`);
  await page.getByRole('table', { name: 'Parts' }).getByText('failed', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Pay failed parts again …' }).click();
  await dialog.getByText('1 part').waitFor();
  await dialog.getByLabel('Why').fill('the account was opened');
  await dialog.getByRole('button', { name: 'Pay again' }).click();
  await page.getByRole('table', { name: 'Parts' }).getByText('paid out').waitFor();
  await page.getByText('the account was opened').waitFor();
  await world.routeThatIs(id);
  await world.expectBooks('9930.00');
});

test('a wallet shows what moved in it and that its lines add up; frozen it says by whom and why', async () => {
  const world = await aRoutingWorld(hub);
  const { page, open, look } = await browser.window({ tenant: world.tenant.id, user: 'olga' });
  const dialog = page.getByRole('dialog');
  await open('/routes');
  await page.getByText('No route yet').waitFor();
  await open('/wallets');
  await page.getByRole('table', { name: 'Wallets' }).getByText('the world outside').waitFor();
  await page.getByLabel('Kind').selectOption('float');
  await page.getByRole('table', { name: 'Wallets' }).getByText('the world outside').waitFor({ state: 'detached' });
  await look('wallets');
  await page.getByRole('link', { name: 'ministry' }).click();
  await page.getByRole('table', { name: 'Statement' }).getByText('treasurer: budget').waitFor();
  await page.getByRole('button', { name: 'Recompute it' }).click();
  await page.getByText('They do.').waitFor();

  await page.getByRole('button', { name: 'Freeze …' }).click();
  expect(await dialog.getByRole('button', { name: 'Freeze', exact: true }).isDisabled()).toBe(true);
  await dialog.getByLabel('Why').fill('the auditors asked');
  await dialog.getByRole('button', { name: 'Freeze', exact: true }).click();
  await page.getByText('olga', { exact: false }).getByText('the auditors asked').waitFor();
  await look('wallet-frozen');
  expect((await world.call('GET', `/api/v1/wallets/${world.floatId}`)).body).toMatchObject({ status: 'frozen' });
  await page.getByRole('button', { name: 'Open again …' }).click();
  await dialog.getByLabel('Why').fill('they are done');
  await dialog.getByRole('button', { name: 'Open it' }).click();
  await page.getByText('Opened again.').waitFor();

  const aud = await browser.window({ tenant: world.tenant.id, user: 'audrey', roles: ['auditor'] });
  await aud.open(`/wallets/${world.floatId}`);
  await aud.page.getByText('Opened again.').waitFor();
  expect(await aud.page.getByRole('button', { name: 'Freeze …' }).count()).toBe(0);
});
