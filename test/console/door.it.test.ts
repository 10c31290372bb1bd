/** The console's door: served by the API, under its policy; who is not signed in is sent to the sign-in server and comes back to where they were. */
import { expect, test } from 'vitest';
import { shareStack } from '../turn.ts';
import { openBrowser } from './browser.ts';

shareStack();
const browser = openBrowser();

test('a stranger signs in at the provider, comes back to the page that they wanted, and signs out again', async () => {
  const { page, open, look } = await browser.window();
  await open('/rails');
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
  await look('door');
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('Name').fill('olga');
  await page.getByLabel('Password').fill(process.env.SAMPLE_PASSWORD!);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Rails', level: 1 }).waitFor();
  await page.getByText('Olga Sesay').waitFor();
  expect(new URL(page.url()).pathname).toBe('/console/rails');
  await page.getByText('Live', { exact: true }).waitFor();

  // Out again, at the console and at the provider: the next one who sits here must give a name.
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You have left the console.').waitFor();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await open('/rails');
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('Password').waitFor();
  expect(await page.getByText('Olga Sesay').count()).toBe(0);
});
