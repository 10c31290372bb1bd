import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { expect, test } from 'vitest';
import { checkCallbackUrl, createCallbackAgent, isPublicAddress } from './callback-address.ts';

const publicName = async () => ['93.184.216.34'];

test.each([
  ['http://127.0.0.1/x', 'private'],
  ['http://2130706433/', 'private'],
  ['http://0x7f.1/', 'private'],
  ['http://[::1]/', 'private'],
  ['http://[::ffff:10.0.0.1]/', 'private'],
  ['http://169.254.169.254/latest/meta-data', 'private'],
  ['http://100.64.0.1/', 'private'],
  ['http://[fd00::1]/', 'private'],
  ['http://0.0.0.0/', 'private'],
  ['http://[64:ff9b::7f00:1]/', 'private'],
  ['ftp://example.com/', 'neither http nor https'],
  ['https://user:pass@example.com/', 'user name'],
  ['/results', 'no URL'],
  [`https://example.com/${'x'.repeat(2_000)}`, 'more than'],
])('%s is refused', async (url, reason) => {
  const check = await checkCallbackUrl(url, { allowPrivate: false, lookup: publicName });
  expect(check).toMatchObject({ kind: 'refused', reason: expect.stringContaining(reason) });
});

test('a name is refused when one of its addresses is private', async () => {
  const lookup = async () => ['93.184.216.34', '10.1.2.3'];
  expect((await checkCallbackUrl('https://a.example/', { allowPrivate: false, lookup })).kind).toBe('refused');
});

test('a public name is allowed, an unknown one may come later, and some tenants may call anywhere', async () => {
  const unknown = async () => Promise.reject(new Error('ENOTFOUND'));
  const url = 'https://a.example/x?y=1';
  expect((await checkCallbackUrl(url, { allowPrivate: false, lookup: publicName })).kind).toBe('allowed');
  expect((await checkCallbackUrl(url, { allowPrivate: false, lookup: unknown })).kind).toBe('unresolved');
  expect((await checkCallbackUrl('http://localhost:1/', { allowPrivate: true })).kind).toBe('allowed');
});

test('the connection itself is refused when the name has moved into a private network', async () => {
  const server = createServer((_, res) => res.end('reached'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const lookup = async () => ['127.0.0.1'];
  const closed = createCallbackAgent({ allowPrivate: false, lookup, timeoutMs: 2_000 });
  const open = createCallbackAgent({ allowPrivate: true, timeoutMs: 2_000 });
  try {
    await expect(request(`http://a.example:${port}/`, { dispatcher: closed })).rejects.toThrow(/private/);
    await expect(request(`http://127.0.0.1:${port}/`, { dispatcher: closed })).rejects.toThrow(/private/);
    const { body } = await request(`http://127.0.0.1:${port}/`, { dispatcher: open });
    expect(await body.text()).toBe('reached');
  } finally {
    await Promise.all([closed.destroy(), open.destroy()]);
    server.close();
  }
});

test('an address that is none is not public', () => {
  expect(isPublicAddress('example.com')).toBe(false);
  expect(isPublicAddress('2606:4700::1111')).toBe(true);
});
