import { constants, createHash, generateKeyPairSync, privateEncrypt, publicDecrypt } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, expect, test } from 'vitest';
import { silentLog } from '../../platform/log.ts';
import type { TenantDoc } from '../../store/documents.ts';
import { may } from '../access.ts';
import { mount } from '../app.ts';
import { answerProblems } from '../boundary.ts';
import { signatureFor, signatureOf, signed, wrongWithKey } from './signature.ts';

const pair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const [tenantKey, hubKey] = [pair(), pair()];

let server: Server | undefined;
afterEach(() => void server?.close());

/** A route that hands the body to the signature as it comes, `pieceBytes` at a time, and answers what it did. */
async function aRoute(signature: TenantDoc['signature'], pieceBytes = 3) {
  const tenant = { _id: 'gorilla', tenantId: 'gorilla', signature } as TenantDoc;
  const app = express();
  const handler = signed(hubKey.privateKey, async (req, res) => {
    const pieces: Buffer[] = [];
    for await (const piece of req) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    const check = signatureOf(req);
    for (let at = 0; at < body.length; at += pieceBytes) check?.update(body.subarray(at, at + pieceBytes));
    check?.check();
    res.json({ done: true });
  });
  const caller = { kind: 'machine', subject: 's', name: 's', tenant, roles: ['machine'], ip: '', by: 'token' } as const;
  mount(
    app,
    [{ path: '/pay', methods: { post: may('signed-in', handler), get: may('signed-in', handler) } }],
    async () => caller,
  );
  app.use(answerProblems(silentLog));
  server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server!.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pay`;
  return async (body: string | undefined, headers: Record<string, string>) => {
    const answer = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      ...(body !== undefined && { body }),
    });
    return { status: answer.status, text: await answer.text(), signature: answer.headers.get('x-signature') };
  };
}

/** As Payment Hub EE's clients do it. */
function sign(parts: readonly string[], key = tenantKey.privateKey): string {
  const digest = createHash('sha3-256').update(parts.join(':')).digest('hex');
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(digest)).toString('base64');
}

const required = { publicKey: tenantKey.publicKey, required: true };
const headers = { 'X-CorrelationID': 'c-1', 'Platform-TenantId': 'gorilla' };

test.each([1, 3, 1_000])(
  'a signature over headers and body is believed, whole or as clients tidy it (pieces of %i bytes)',
  async (bytes) => {
    const call = await aRoute(required, bytes);
    const file = 'id,amount\r\n1,10\r\n\r\n2,20\r\n';
    for (const payload of [file, 'id,amount\n1,10\n\n2,20']) {
      const answer = await call(file, { ...headers, 'X-SIGNATURE': sign(['c-1', 'gorilla', payload]) });
      expect(answer.status, payload).toBe(200);
    }
    const batch = await call('x', { ...headers, 'X-BatchID': 'b', 'X-SIGNATURE': sign(['b', 'c-1', 'gorilla', 'x']) });
    expect(batch.status).toBe(200);
  },
);

test('what is not signed, by another, over less, over other headers, or nonsense, is refused before anything is done', async () => {
  const call = await aRoute(required);
  const file = 'id,amount\n1,10\n\n2,20';
  const wrong: Record<string, string>[] = [
    {},
    { 'X-SIGNATURE': 'nonsense' },
    { 'X-SIGNATURE': sign(['c-1', 'gorilla', file], pair().privateKey) },
    // What Payment Hub EE would have read of it: up to the first empty line.
    { 'X-SIGNATURE': sign(['c-1', 'gorilla', 'id,amount\n1,10']) },
    { 'X-SIGNATURE': sign(['c-2', 'gorilla', file]) },
    { 'X-SIGNATURE': sign(['c-1', 'gorilla']) },
  ];
  for (const each of wrong) {
    const { status, text } = await call(file, { ...headers, ...each });
    expect({ status, text }).toEqual({
      status: 400,
      text: expect.stringContaining('urn:tributary:problem:signature-wrong'),
    });
    expect(text).not.toContain('KEY');
  }
});

test('a request without a body signs its headers', async () => {
  const call = await aRoute(required);
  expect((await call(undefined, { ...headers, 'X-SIGNATURE': sign(['c-1', 'gorilla']) })).status).toBe(200);
  expect((await call(undefined, headers)).status).toBe(400);
});

test('the answer is signed by the hub over its body, and a tenant that does not sign is not asked to', async () => {
  const call = await aRoute(required);
  const { text, signature } = await call('x', { ...headers, 'X-SIGNATURE': sign(['c-1', 'gorilla', 'x']) });
  const said = publicDecrypt(hubKey.publicKey, Buffer.from(signature ?? '', 'base64')).toString();
  expect(said).toBe(createHash('sha3-256').update(text).digest('hex'));
  expect(signature).toBe(signatureFor(hubKey.privateKey, text));
  server?.close();
  const open = await aRoute({ ...required, required: false });
  expect(await open('x', headers)).toMatchObject({ status: 200, signature: null });
});

test('a key that is none, of another kind or short is told apart', () => {
  expect(wrongWithKey(tenantKey.publicKey)).toBeUndefined();
  expect(wrongWithKey('-----BEGIN PUBLIC KEY-----')).toMatch(/PEM/);
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  expect(wrongWithKey(publicKey.export({ type: 'spki', format: 'pem' }).toString())).toMatch(/RSA/);
  const short = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey;
  expect(wrongWithKey(short.export({ type: 'spki', format: 'pem' }).toString())).toMatch(/2048/);
});
