/** A real process with a real lease is stopped while its request waits for its turn: it must not send when it wakes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test, vi } from 'vitest';

const leaseMs = 1_000;

/** Says how each of two requests ended; the second waits in the gate, since the rail bears one at a time. */
const sender = `
  const { createRailHttp } = await import('./dist/platform/http.js');
  const { silentLog } = await import('./dist/platform/log.js');
  const limits = { concurrency: 1, ratePerSecond: 100, timeoutMs: 60_000 };
  const http = createRailHttp({ baseUrl: process.env.RAIL, name: 'toy', limits, log: silentLog });
  const pay = (n) => http.request({ method: 'POST', path: '/' + n, body: '{}', idempotent: false,
    notAfter: new Date(Date.now() + ${leaseMs}) }).then(({ kind }) => console.log(n, kind));
  await Promise.all([pay(1), pay(2)]);
  await http.close();
`;

test('a sender that was stopped for longer than its lease sends nothing when it wakes', async () => {
  const seen: string[] = [];
  const held: ServerResponse[] = [];
  const rail = createServer((request, response) => {
    seen.push(request.url!);
    held.push(response);
  });
  await new Promise<void>((resolve) => rail.listen(0, '127.0.0.1', resolve));
  const env = { ...process.env, RAIL: `http://127.0.0.1:${(rail.address() as AddressInfo).port}` };
  const child = spawn(process.execPath, ['--input-type=module', '-e', sender], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    rail.closeAllConnections();
    rail.close();
  });
  const told: string[] = [];
  createInterface(child.stdout).on('line', (line) => told.push(line));
  await vi.waitUntil(() => held.length === 1, { timeout: 20_000 });
  const firstAt = Date.now();
  child.kill('SIGSTOP');
  held[0]!.end('ok');
  await vi.waitUntil(() => Date.now() > firstAt + leaseMs + 100, { timeout: 20_000 });
  child.kill('SIGCONT');
  await once(child, 'exit');
  expect(told).toEqual(['1 answered', '2 notSent']);
  expect(seen).toEqual(['/1']);
}, 60_000);
