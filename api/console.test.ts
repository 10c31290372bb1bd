import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLog } from '../platform/log.ts';
import { answerProblems } from './boundary.ts';
import { consolePages } from './console.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-console-'));
const servers: Server[] = [];
let url = '';
let unbuilt = '';

beforeAll(async () => {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<title>Tributary</title>');
  writeFileSync(join(folder, 'assets/index-1.js'), 'let a;');
  writeFileSync(join(folder, 'assets/index-1.js.br'), brotliCompressSync('let a;'));
  writeFileSync(join(folder, 'assets/font-1.woff2'), 'font');
  url = await serve(folder);
  unbuilt = await serve(join(folder, 'nothing'));
});
afterAll(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
});

async function serve(from: string): Promise<string> {
  const app = express();
  app.use('/console', consolePages(from));
  app.use(answerProblems(silentLog));
  const server = createServer(app);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('every address of the console is its one page, asked for anew each time, under a strict policy', async () => {
  for (const path of ['/console/', '/console/batches/738bd830?state=failed', '/console/a.b/c']) {
    const answer = await fetch(url + path);
    expect(await answer.text()).toBe('<title>Tributary</title>');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    const policy = answer.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  }
  const bare = await fetch(`${url}/console`, { redirect: 'manual' });
  expect([bare.status, bare.headers.get('location')]).toEqual([308, '/console/']);
});

test('assets are kept for ever, compressed for whoever takes it', async () => {
  for (const encoding of ['br', 'identity']) {
    const answer = await fetch(`${url}/console/assets/index-1.js`, { headers: { 'Accept-Encoding': encoding } });
    expect(await answer.text()).toBe('let a;');
    expect(answer.headers.get('content-encoding')).toBe(encoding === 'br' ? 'br' : null);
    expect(answer.headers.get('content-type')).toMatch(/javascript/);
    expect(answer.headers.get('cache-control')).toContain('immutable');
  }
  expect((await fetch(`${url}/console/assets/font-1.woff2`)).headers.get('content-type')).toBe('font/woff2');
});

test('what the console does not have is refused, and so is a path out of it', async () => {
  for (const path of [
    '/console/assets/index-2.js',
    '/console/assets/..%2findex.html',
    '/console/assets/%2e%2e%2f%2e%2e%2fetc',
  ]) {
    const answer = await fetch(url + path);
    expect(answer.status, path).toBe(404);
  }
  const posted = await fetch(`${url}/console/`, { method: 'POST' });
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('an API without a built console says so, and how to build it', async () => {
  const answer = await fetch(`${unbuilt}/console/`);
  expect(answer.status).toBe(404);
  expect(((await answer.json()) as { detail: string }).detail).toContain('make build');
});
