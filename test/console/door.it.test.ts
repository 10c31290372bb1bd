/** The console's door: served by the API, under its policy, calling nowhere else. */
import { test } from 'vitest';
import { openBrowser } from './browser.ts';

const browser = openBrowser();

test('the console opens from the API, at any of its addresses', async () => {
  const { page, open, look } = await browser.window();
  await open('/batches');
  await page.locator('#root :is(main, [role=alert])').first().waitFor();
  await look('door');
});
