/** Debian's chromium on the real hub, for the console's journeys: what breaks the content-security policy, calls elsewhere or throws fails the test. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Role } from '../../domain/permission.ts';
import { createCredentials } from '../../local/credentials.ts';
import { apiUrl } from '../hub.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const artefacts = join(root, 'test/artefacts/console');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';

/** Runs in the page. */
const findViolations = `
  axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      nodes: nodes.slice(0, 5).map(({ html, failureSummary }) => html.slice(0, 160) + ' ' + failureSummary),
    })),
  )`;

/** As long as a page may take on a busy machine; a test that fails waits for it once. */
const patienceMs = 60_000;

export type Window = {
  readonly page: Page;
  /** Opens a page of the console; the path begins after /console. */
  open(path: string): Promise<void>;
  /** Keeps a picture in light and dark, and finds what a screen reader or a weak eye would trip over. */
  look(name: string): Promise<void>;
};

export type Person = {
  readonly tenant: string;
  readonly user: string;
  /** All where absent. */
  readonly roles?: readonly Role[];
};
/** A token of the real provider; the door's own journey signs in with a form. */
const headersOf = ({ tenant, user, roles }: Person) => createCredentials(process.env)({ tenant, person: user, roles });

export type Browsing = {
  /** A window of somebody who is signed in; of a stranger where nobody is named. */
  window(person?: Person): Promise<Window>;
};

/** One browser for the tests of a file; each window is a person of their own. */
export function openBrowser(): Browsing {
  let browser: Browser | undefined;
  let wrong: string[] = [];
  beforeAll(async () => {
    const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
    if (!existsSync(executablePath)) throw new Error('chromium is missing: apt-get install chromium, or set CHROMIUM');
    if (!existsSync(join(root, 'dist/console/index.html'))) throw new Error('the console is not built: run make build');
    mkdirSync(artefacts, { recursive: true });
    browser = await chromium.launch({ executablePath, args: flags.split(' ') });
  });
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
    const found = wrong;
    wrong = [];
    expect(found).toEqual([]);
  });
  afterAll(() => browser?.close());

  return {
    async window(person) {
      const context = await browser!.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' });
      const page = await context.newPage();
      page.setDefaultTimeout(patienceMs);
      page.on('pageerror', (error) => wrong.push(`the page threw: ${error.message}`));
      page.on('console', (message) => {
        if (/content.security.policy/i.test(message.text())) wrong.push(`against the policy: ${message.text()}`);
      });
      page.on('request', (request) => {
        const { protocol, origin } = new URL(request.url());
        if (/^https?:$/.test(protocol) && !isOurs(origin)) wrong.push(`the page calls ${origin}`);
      });
      if (person) await context.setExtraHTTPHeaders(await headersOf(person));
      return {
        page,
        async open(path) {
          await page.goto(`${apiUrl()}/console${path}`);
        },
        look: (name) => look(page, name),
      };
    },
  };
}

/** The hub itself, and whoever signs people in for it. */
function isOurs(origin: string): boolean {
  return origin === apiUrl() || origin === process.env.OIDC_ISSUER?.replace(/(:\/\/[^/]+).*/, '$1');
}

async function look(page: Page, name: string): Promise<void> {
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.locator(`html[data-theme="${colorScheme}"]`).waitFor();
    await page.screenshot({ path: join(artefacts, `${name}-${colorScheme}.png`), fullPage: true });
    await page.evaluate(axe);
    const violations = (await page.evaluate(findViolations)) as {
      readonly id: string;
      readonly impact: string;
      readonly nodes: readonly string[];
    }[];
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious, `${name} in ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}
