import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTokenCheck } from './token.ts';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

const issuer = 'https://login.example/bank';
const audience = 'urn:tributary:hub';
const nowSeconds = () => Math.floor(Date.now() / 1_000);

let server: Server;
let keysUri = '';
let published: JWK[] = [];
let fetches = 0;
let first: Pair;
let second: Pair;

beforeAll(async () => {
  [first, second] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')]);
  server = createServer((_req, res) => {
    fetches += 1;
    res.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys: published }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  keysUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  published = [await jwkOf(first, 'one')];
});
afterAll(() => void server.close());

async function jwkOf({ publicKey }: Pair, kid: string): Promise<JWK> {
  return { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'RS256' };
}

/** Keys are asked for by each check anew: a test decides when they are fetched. */
function aCheck(keysPauseMs = 0) {
  const keysAt = async () => keysUri;
  return createTokenCheck({ issuer, audience, algorithms: ['RS256'], toleranceSeconds: 30, keysAt, keysPauseMs });
}

type Shape = { claims?: JWTPayload; key?: Pair['privateKey'] | Uint8Array; kid?: string; alg?: string };

function aToken({ claims = {}, key = first.privateKey, kid = 'one', alg = 'RS256' }: Shape = {}): Promise<string> {
  const whole = { iss: issuer, aud: audience, sub: 'ama', iat: nowSeconds(), exp: nowSeconds() + 300, ...claims };
  return new SignJWT(whole).setProtectedHeader({ alg, kid }).sign(key);
}

const refusedFor = async (token: string) => {
  const checked = await aCheck()(token);
  return checked.kind === 'refused' ? checked.reason : checked;
};

test('a token of the issuer, for this audience, says who it is of', async () => {
  const token = await aToken({ claims: { tenant: 'a-bank', roles: ['operator'] } });
  expect(await aCheck()(token)).toMatchObject({ kind: 'good', claims: { sub: 'ama', tenant: 'a-bank' } });
  const many = await aToken({ claims: { aud: ['something else', audience] } });
  expect(await aCheck()(many)).toMatchObject({ kind: 'good' });
});

test('another issuer, another audience or none is refused', async () => {
  expect(await refusedFor(await aToken({ claims: { iss: 'https://evil.example' } }))).toMatch(/another issuer/);
  expect(await refusedFor(await aToken({ claims: { iss: `${issuer}/` } }))).toMatch(/another issuer/);
  expect(await refusedFor(await aToken({ claims: { aud: 'another hub' } }))).toMatch(/another audience/);
  expect(await refusedFor(await aToken({ claims: { aud: undefined } }))).toMatch(/no claim aud/);
});

test('time: expired and not yet valid are refused, clocks may differ by half a minute', async () => {
  const at = nowSeconds();
  expect(await refusedFor(await aToken({ claims: { exp: at - 60 } }))).toMatch(/expired/);
  expect(await refusedFor(await aToken({ claims: { nbf: at + 60 } }))).toMatch(/not valid yet/);
  expect(await refusedFor(await aToken({ claims: { exp: undefined } }))).toMatch(/no claim exp/);
  expect(await aCheck()(await aToken({ claims: { exp: at - 10, nbf: at + 10 } }))).toMatchObject({ kind: 'good' });
});

test('nobody is somebody: a token without a subject is refused', async () => {
  expect(await refusedFor(await aToken({ claims: { sub: undefined } }))).toMatch(/no claim sub/);
});

test('algorithm none, and the public key used as a shared secret, are refused', async () => {
  const [, payload] = (await aToken()).split('.');
  const none = Buffer.from(JSON.stringify({ alg: 'none', kid: 'one' })).toString('base64url');
  expect(await refusedFor(`${none}.${payload}.`)).toMatch(/algorithm that is not taken|no signed/);
  const pem = new TextEncoder().encode(await exportSPKI(first.publicKey));
  expect(await refusedFor(await aToken({ key: pem, alg: 'HS256' }))).toMatch(/algorithm that is not taken/);
  expect(await refusedFor(await aToken({ key: first.privateKey, alg: 'RS256' }))).toMatchObject({ kind: 'good' });
});

test('an algorithm of the same key that is not on the list is refused', async () => {
  const pair = await generateKeyPair('RS512');
  published.push({ ...(await exportJWK(pair.publicKey)), kid: 'large', use: 'sig' });
  expect(await refusedFor(await aToken({ key: pair.privateKey, kid: 'large', alg: 'RS512' }))).toMatch(/not taken/);
});

test('one changed claim breaks the signature, and so does a key of somebody else under the same name', async () => {
  const [head, payload, signature] = (await aToken()).split('.');
  const claims = { ...JSON.parse(Buffer.from(payload!, 'base64url').toString()), sub: 'eve' };
  const forged = Buffer.from(JSON.stringify(claims)).toString('base64url');
  expect(await refusedFor(`${head}.${forged}.${signature}`)).toMatch(/signature/);
  expect(await refusedFor(await aToken({ key: second.privateKey }))).toMatch(/signature/);
});

test('what is no token is refused, whatever it is', async () => {
  for (const text of ['', 'x', 'a.b.c', '..', 'ey.ey.ey', `${'a'.repeat(100_000)}.b.c`]) {
    expect(await refusedFor(text)).toMatch(/no signed JSON Web Token|algorithm/);
  }
});

test('keys are fetched once, and again when a token comes with a key that is new; the old key is forgotten', async () => {
  const check = aCheck();
  const before = fetches;
  for (let n = 0; n < 5; n++) expect(await check(await aToken())).toMatchObject({ kind: 'good' });
  expect(fetches - before).toBe(1);
  published = [await jwkOf(second, 'two')];
  expect(await check(await aToken({ key: second.privateKey, kid: 'two' }))).toMatchObject({ kind: 'good' });
  expect(fetches - before).toBe(2);
  expect(await check(await aToken())).toMatchObject({
    kind: 'refused',
    reason: expect.stringMatching(/key of the issuer/),
  });
  published = [await jwkOf(first, 'one')];
});

test('tokens with keys that never were do not make us ask the issuer each time', async () => {
  const check = aCheck(60_000);
  await check(await aToken());
  const before = fetches;
  for (let n = 0; n < 5; n++) {
    expect(await check(await aToken({ kid: `guess ${n}` }))).toMatchObject({ kind: 'refused' });
  }
  expect(fetches).toBe(before);
});

test('where the keys cannot be fetched nothing is known of a token, and the next one asks again', async () => {
  let uri = 'http://127.0.0.1:9/keys';
  const rules = { issuer, audience, algorithms: ['RS256'] as const, toleranceSeconds: 30 };
  const check = createTokenCheck({ ...rules, keysAt: async () => uri });
  expect(await check(await aToken())).toMatchObject({ kind: 'unknown' });
  const away = createTokenCheck({
    ...rules,
    keysAt: async () => {
      if (uri === '') throw new Error('no discovery');
      return uri;
    },
  });
  uri = '';
  expect(await away(await aToken())).toMatchObject({ kind: 'unknown' });
  uri = keysUri;
  expect(await away(await aToken())).toMatchObject({ kind: 'good' });
});
