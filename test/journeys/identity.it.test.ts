/** Who comes in, and as whom: tokens and sessions of the real provider, against the whole hub. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { type Route, routesOf } from '../../api/app.ts';
import type { ApiDeps } from '../../api/deps.ts';
import { rails } from '../../connectors/rails.ts';
import { type Permission, permissions, type Role, roles, rolesWith } from '../../domain/permission.ts';
import { createCredentials } from '../../local/credentials.ts';
import { signIn } from '../../local/openid/sign-in.ts';
import { createBrowser, signInWith } from '../browser.ts';
import { apiUrl, json, openHub } from '../hub.ts';
import { aRow, csvOf } from '../rows.ts';

const hub = openHub();
const env = process.env;
const headersOf = (who: Parameters<ReturnType<typeof createCredentials>>[0]) => createCredentials(process.env)(who);
const routes = routesOf({ c: {}, rails: { all: rails, modes: [], columns: [] } } as unknown as ApiDeps);

type Operation = { readonly method: string; readonly path: string; readonly access: string };

function operationsOf(all: readonly Route[]): Operation[] {
  return all.flatMap(({ path, methods }) =>
    Object.entries(methods).map(([method, { access }]) => ({ method: method.toUpperCase(), path, access })),
  );
}

/** What is asked of the caller; the answer's body is left, streams included. */
async function ask(method: string, path: string, headers: Record<string, string>) {
  const response = await fetch(apiUrl() + path, { method, headers });
  const isProblem = response.headers.get('content-type')?.includes('problem');
  const problem = isProblem ? ((await response.json()) as { type: string; detail: string }) : undefined;
  if (!isProblem) await response.body?.cancel();
  return { status: response.status, problem: problem?.type.split(':').at(-1), detail: problem?.detail };
}

test('each route lets in the roles of the table and no others, by tokens of the provider', async () => {
  const tenant = await hub.aTenant();
  const guarded = operationsOf(routes).filter(({ access }) => access in permissions);
  expect(guarded.length).toBeGreaterThan(30);
  for (const role of roles) {
    const who = role === 'hub-admin' ? { person: 'henry' } : { tenant: tenant.id, person: 'ama' };
    const headers = await headersOf({ ...who, roles: [role] });
    for (const { method, path, access } of guarded) {
      const { problem } = await ask(method, path.replaceAll(/:\w+/g, '0'), headers);
      const isBarred = ['not-permitted', 'tenant-required', 'person-required'].includes(problem ?? '');
      const may = rolesWith(access as Permission).includes(role as Role);
      // A machine's role may hold what only a person does: then it is the person that lacks.
      expect([role, method, path, isBarred]).toEqual([role, method, path, !may]);
    }
  }
});

test('without a token there is nothing but what is open to everybody', async () => {
  for (const { method, path, access } of operationsOf(routes).filter(({ access }) => access !== 'anyone')) {
    const { status, problem } = await ask(method, path.replaceAll(/:\w+/g, '0'), { 'Platform-TenantId': 'ibank-usa' });
    expect([method, path, access, status]).toEqual([method, path, access, problem === 'too-many-requests' ? 429 : 401]);
  }
});

test('nothing of another tenant is found, by whichever route, and it is answered as what never was', async () => {
  const [owner, stranger] = await Promise.all([hub.aTenant(), hub.aTenant()]);
  const { batch_id: batchId } = await owner.paid(csvOf([aRow({ payment_mode: 'gsma' })]));
  const headers = await headersOf({ tenant: stranger.id, person: 'eve' });
  const ofBatch = operationsOf(routes).filter(({ path }) => /\/(batches|batchtransactions|batch)\/:id/.test(path));
  expect(ofBatch.length).toBeGreaterThan(10);
  for (const { method, path } of ofBatch) {
    const body = method === 'GET' ? {} : json(method, { decision: 'refuse', reason: 'because' }, headers);
    const at = async (id: string) => {
      const response = await fetch(apiUrl() + path.replace(':id', id).replaceAll(/:\w+/g, '1'), { headers, ...body });
      return { status: response.status, text: (await response.text()).replaceAll(id, 'ID') };
    };
    const seen = await at(batchId);
    expect([method, path, seen]).toEqual([method, path, await at(randomUUID())]);
    expect([400, 404]).toContain(seen.status);
    if (method === 'GET') expect([path, seen.status]).toEqual([path, 404]);
  }
});

test('a token is of one tenant: another one named in the header is refused as one that is not there', async () => {
  const [mine, other] = await Promise.all([hub.aTenant(), hub.aTenant()]);
  const own = await headersOf({ tenant: mine.id, person: 'ama' });
  const foreign = await ask('GET', '/api/v1/batches', { ...own, 'Platform-TenantId': other.id });
  expect(foreign).toMatchObject({ status: 403, problem: 'tenant-unknown' });
  expect(await ask('GET', '/api/v1/batches', { ...own, 'Platform-TenantId': 'nobody' })).toEqual(foreign);
  expect(await ask('GET', '/api/v1/batches', await headersOf({ tenant: 'nobody', person: 'ama' }))).toMatchObject({
    status: 403,
  });
});

test('who makes a batch does not decide on it, whatever name they give themselves; somebody else does', async () => {
  const tenant = await hub.aTenant({ switches: { 'approval.enable': true } });
  const maker = { headers: { 'X-User': 'mary' } };
  const batchId = await tenant.accepted(csvOf([aRow({ payment_mode: 'gsma' })]), maker);
  await tenant.until(batchId, ({ status }) => status === 'awaiting_approval');
  const decide = (headers: Record<string, string>) =>
    tenant.call(`/api/v1/batches/${batchId}/approval`, json('POST', { decision: 'refuse' }, headers));
  expect(await decide({ 'X-User': 'mary' })).toMatchObject({ status: 403, body: { type: /maker-is-checker/ } });
  const forged = { ...(await headersOf({ tenant: tenant.id, person: 'mary' })), 'X-User': 'john' };
  const answer = await fetch(
    `${apiUrl()}/api/v1/batches/${batchId}/approval`,
    json('POST', { decision: 'refuse' }, forged),
  );
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('X-User')]);
  const machine = await headersOf({ tenant: tenant.id, roles: ['machine', 'approver'] });
  expect(await ask('POST', `/api/v1/batches/${batchId}/approval`, machine)).toMatchObject({
    problem: 'person-required',
  });
  expect(await decide({ 'X-User': 'john' })).toMatchObject({ status: 200, body: { by: 'john' } });
});

test('a sample person signs in at the real page and is known by name, role and tenant', async () => {
  const place = { issuer: env.OIDC_ISSUER!, audience: env.OIDC_AUDIENCE!, password: env.SAMPLE_PASSWORD! };
  const response = await fetch(`${apiUrl()}/api/v1/me`, {
    headers: { Authorization: `Bearer ${await signIn(place, 'olga')}` },
  });
  expect(await response.json()).toMatchObject({
    kind: 'person',
    subject: 'olga@ibank-usa',
    name: 'Olga Sesay',
    tenant: { id: 'ibank-usa' },
    roles: ['operator'],
    known_by: 'token',
  });
  await expect(signIn({ ...place, password: 'guess' }, 'olga')).rejects.toThrow(/does not let olga in/);
});

test('a browser signs in, is known by a cookie that no script reads, and signs out', async () => {
  const browser = createBrowser();
  const me = async () => (await browser.ask(`${apiUrl()}/api/v1/me`)).status;
  expect(await me()).toBe(401);
  const page = await signInWith(browser, apiUrl(), 'olga', env.SAMPLE_PASSWORD!);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('/console/')]);
  expect(browser.cookies.get('tributary')?.attributes).toMatch(/HttpOnly; SameSite=Strict/);
  const who = await (await browser.ask(`${apiUrl()}/api/v1/me`)).json();
  expect(who).toMatchObject({ subject: 'olga@ibank-usa', roles: ['operator'], known_by: 'session' });
  const out = await browser.ask(`${apiUrl()}/console/logout`, { method: 'POST' });
  expect(await out.json()).toMatchObject({ sign_out_url: expect.stringContaining(env.OIDC_ISSUER!) });
  expect(await me()).toBe(401);
});

test('a cookie that was stolen is worth nothing after sign-out, and one that was changed never', async () => {
  const browser = createBrowser();
  await signInWith(browser, apiUrl(), 'olga', env.SAMPLE_PASSWORD!);
  const { value } = browser.cookies.get('tributary')!;
  const ask = (cookie: string) => fetch(`${apiUrl()}/api/v1/me`, { headers: { Cookie: `tributary=${cookie}` } });
  expect((await ask(value)).status).toBe(200);
  const changed = `${value.slice(0, -1)}${value.endsWith('A') ? 'B' : 'A'}`;
  for (const cookie of [changed, '', 'x', `${value}x`, '{"$ne":1}']) expect((await ask(cookie)).status).toBe(401);
  await browser.ask(`${apiUrl()}/console/logout`, { method: 'POST' });
  expect((await ask(value)).status).toBe(401);
  expect(await hub.c.sessions.findOne({ _id: value }), 'the database does not hold cookies').toBeNull();
});

test('a page of another site changes nothing in the name of who is signed in', async () => {
  const browser = createBrowser();
  await signInWith(browser, apiUrl(), 'olga', env.SAMPLE_PASSWORD!);
  const pause = (headers: Record<string, string>) =>
    browser.ask(`${apiUrl()}/api/v1/batches/${randomUUID()}/pause`, json('POST', { reason: 'because' }, headers));
  for (const site of ['cross-site', 'same-site', 'none']) {
    const response = await pause({ 'Sec-Fetch-Site': site });
    expect([site, response.status, await response.text()]).toEqual([
      site,
      403,
      expect.stringContaining('foreign-page'),
    ]);
  }
  const old = { Cookie: `tributary=${browser.cookies.get('tributary')?.value}` };
  const direct = (origin: Record<string, string>) =>
    fetch(`${apiUrl()}/console/logout`, { method: 'POST', headers: { ...old, ...origin } });
  expect((await direct({ Origin: 'https://evil.example' })).status).toBe(403);
  expect((await direct({})).status).toBe(403);
  expect((await pause({})).status).toBe(404);
  expect((await direct({ Origin: apiUrl() })).status).toBe(200);
});

test('a way back from the provider that was not begun here, or was used, signs nobody in', async () => {
  const browser = createBrowser();
  const form = await browser.open(`${apiUrl()}/console/login`);
  const [, action = ''] = /action="([^"]+)"/.exec(await form.text()) ?? [];
  const victim = createBrowser();
  const callback = `${apiUrl()}/console/callback?code=stolen&state=x&iss=${encodeURIComponent(env.OIDC_ISSUER!)}`;
  const foreign = await victim.open(callback);
  expect([foreign.status, await foreign.text()]).toEqual([403, expect.stringContaining('not begun in this browser')]);
  const mixed = await browser.open(callback);
  expect([mixed.status, browser.cookies.has('tributary')]).toEqual([403, false]);
  const body = new URLSearchParams({ username: 'olga', password: env.SAMPLE_PASSWORD! });
  const late = await browser.open(new URL(action, form.url).href, { method: 'POST', body });
  expect([late.status, browser.cookies.has('tributary')]).toEqual([403, false]);
});

test('after signing in nobody is led to another site', async () => {
  for (const path of [
    'https://evil.example',
    '//evil.example',
    '/console//evil.example',
    '/console/\\evil',
    '/api/v1/me',
  ]) {
    const { status } = await ask('GET', `/console/login?return_to=${encodeURIComponent(path)}`, {});
    expect([path, status]).toEqual([path, 400]);
  }
});
