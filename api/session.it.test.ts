import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOpenIdProvider } from '../local/openid/provider.ts';
import { clientSecretOf, consoleClient } from '../local/openid/sample-people.ts';
import { silentLog } from '../platform/log.ts';
import { createBrowser, signInWith } from '../test/browser.ts';
import { createSignIn } from './identify.ts';
import { openStand, type Stand } from './stand.ts';

const minuteMs = 60_000;
const clock = { aheadMs: 0 };
const now = () => new Date(Date.now() + clock.aheadMs);

let stand: Stand;
let provider: Server;
let port = 0;

/** The provider is told where the hub is before it starts, and the other way round: both ports are taken first. */
beforeAll(async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  port = (probe.address() as AddressInfo).port;
  await new Promise((resolve) => probe.close(resolve));
  const bare = await openStand();
  await bare.deps.tenants.put(
    'ibank-usa',
    { name: 'iBank USA', batchOptions: true, allowPrivateAddresses: false },
    's',
  );
  await bare.close();
  stand = await openStand({ now, identify: (req) => signIn.identify(req) });
  const issuer = `http://127.0.0.1:${port}`;
  const pages = {
    clientId: consoleClient,
    clientSecret: clientSecretOf('s', consoleClient),
    scope: 'openid profile offline_access',
    resource: 'urn:tributary:hub',
    publicUrl: stand.url,
    idleMs: 30 * minuteMs,
    maxMs: 12 * 60 * minuteMs,
  };
  const signIn = createSignIn({
    config: {
      kind: 'oidc',
      issuer,
      audience: 'urn:tributary:hub',
      algorithms: ['RS256'],
      toleranceSeconds: 30,
      claims: { tenant: 'tenant', roles: 'roles' },
      console: pages,
    },
    c: stand.deps.c,
    tenants: stand.deps.tenants,
    hubSecret: 'a secret of the hub',
    log: silentLog,
    now,
  });
  Object.assign(stand.deps, { signIn: signIn.signIn });
  provider = await aProvider(stand.url);
});
afterAll(async () => {
  await stand.close();
  provider.close();
});

async function aProvider(hubUrl: string): Promise<Server> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const server = createOpenIdProvider({
    issuer: `http://127.0.0.1:${port}`,
    audience: 'urn:tributary:hub',
    hubUrl,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    secret: 's',
    password: 'pass',
    isForTests: false,
    onError: () => undefined,
  }).listen(port, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
}

async function signedIn() {
  clock.aheadMs = 0;
  const browser = createBrowser();
  const page = await signInWith(browser, stand.url, 'olga', 'pass');
  expect(await page.text()).toContain('Go on');
  const me = async () => {
    const response = await browser.ask(`${stand.url}/api/v1/me`);
    return { status: response.status, body: (await response.json()) as { subject?: string; type?: string } };
  };
  return { browser, me };
}

test('a session is renewed before its token ends, by one of many requests at once, with a new refresh token', async () => {
  const { me } = await signedIn();
  const before = await stand.deps.c.sessions.find().sort({ createdAt: -1 }).limit(1).next();
  clock.aheadMs = 9.75 * minuteMs;
  const answers = await Promise.all(Array.from({ length: 8 }, me));
  expect(new Set(answers.map(({ status, body }) => `${status} ${body.subject}`))).toEqual(
    new Set(['200 olga@ibank-usa']),
  );
  const after = await stand.deps.c.sessions.findOne({ _id: before!._id });
  expect(after!.freshUntil.getTime()).toBeGreaterThanOrEqual(before!.freshUntil.getTime());
  expect(after!.sealed).not.toBe(before!.sealed);
  expect(after!.renewingUntil).toBeUndefined();
});

test('what the database holds of a session says nothing to who reads it', async () => {
  const { browser } = await signedIn();
  const cookie = browser.cookies.get('tributary')!.value;
  const text = JSON.stringify(await stand.deps.c.sessions.find().toArray());
  expect(text).not.toContain(cookie);
  expect(text).not.toMatch(/ey[\w-]+\.ey/);
});

test('a session ends when nobody used it for long, and at its age at the latest', async () => {
  const idle = await signedIn();
  clock.aheadMs = 29 * minuteMs;
  expect((await idle.me()).status).toBe(200);
  clock.aheadMs = 58 * minuteMs;
  expect((await idle.me()).status, 'it was used in between').toBe(200);
  clock.aheadMs = 89 * minuteMs;
  expect(await idle.me()).toMatchObject({ status: 401, body: { type: expect.stringContaining('session-ended') } });
  const old = await signedIn();
  for (let minutes = 25; minutes < 12 * 60; minutes += 25) {
    clock.aheadMs = minutes * minuteMs;
    expect((await old.me()).status, `after ${minutes} minutes`).toBe(200);
  }
  clock.aheadMs = 12 * 60 * minuteMs + 1;
  expect((await old.me()).status).toBe(401);
});

test('signing in again ends the session before, so that nobody can hand out a cookie of their own', async () => {
  const { browser } = await signedIn();
  const planted = browser.cookies.get('tributary')!.value;
  browser.cookies.delete('_session');
  await signInWith(browser, stand.url, 'sue', 'pass');
  expect(browser.cookies.get('tributary')!.value).not.toBe(planted);
  const answer = await fetch(`${stand.url}/api/v1/me`, { headers: { Cookie: `tributary=${planted}` } });
  expect(answer.status).toBe(401);
});

test('where the provider is away a session that is still good goes on, and one that is not is told to wait', async () => {
  const { me } = await signedIn();
  provider.closeAllConnections();
  await new Promise((resolve) => provider.close(resolve));
  clock.aheadMs = 9.75 * minuteMs;
  expect((await me()).status).toBe(200);
  clock.aheadMs = 11 * minuteMs;
  expect(await me()).toMatchObject({ status: 503, body: { type: expect.stringContaining('unavailable') } });
  // It comes back with nothing in its memory: it knows the session's refresh token no more.
  provider = await aProvider(stand.url);
  clock.aheadMs = 12 * minuteMs;
  expect((await me()).status).toBe(401);
});
