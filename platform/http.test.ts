import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import type { Dispatcher } from 'undici';
import { afterEach, expect, test, vi } from 'vitest';
import { createGate } from './gate.ts';
import { createRailHttp, type RailCall, type RailHttp, type RailHttpOptions } from './http.ts';
import { exchange } from './http-exchange.ts';
import { type Fields, type Log, silentLog } from './log.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const openings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of openings.splice(0).reverse()) await close();
});

async function serve(handler: Handler): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  openings.push(close);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

function open(baseUrl: string, more: Partial<RailHttpOptions> = {}): RailHttp {
  const limits = { concurrency: 10, ratePerSecond: 10_000, timeoutMs: 20_000, ...more.limits };
  const http = createRailHttp({ name: 'toy', log: silentLog, random: () => 0, ...more, baseUrl, limits });
  openings.push(() => http.close());
  return http;
}

/** Answers what `script` says, one step per request, and the last step for ever. */
function scripted(...script: Handler[]): { handler: Handler; readonly seen: IncomingMessage[] } {
  const seen: IncomingMessage[] = [];
  return {
    seen,
    handler(request, response) {
      seen.push(request);
      script[Math.min(seen.length, script.length) - 1]!(request, response);
    },
  };
}

const says =
  (status: number, text = '', headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    void response.writeHead(status, headers).end(text);
const hangsUp: Handler = (request) => void request.socket.destroy();
const hangs: Handler = () => {};

const pay = { method: 'POST', path: '/pay', body: '{}', idempotent: false } as const;
const ask = { method: 'GET', path: '/pay/1', idempotent: true } as const;

test('an answer comes back with its status, headers in lower case and text', async () => {
  const { url } = await serve(says(404, '{"no":"payee"}', { 'X-Rail': 'toy' }));
  const response = await open(url).request(pay);
  expect(response).toMatchObject({
    kind: 'answered',
    status: 404,
    text: '{"no":"payee"}',
    headers: { 'x-rail': 'toy' },
  });
});

test('method, path under the base path, headers and body reach the rail', async () => {
  const bodies: string[] = [];
  const { handler, seen } = scripted((request, response) => {
    request.on('data', (chunk) => bodies.push(String(chunk))).on('end', () => response.end('ok'));
  });
  const { url } = await serve(handler);
  await open(`${url}/api/`).request({
    ...pay,
    path: '/pay?x=1',
    headers: { 'content-type': 'a/b' },
    body: '{"n":1.10}',
  });
  expect(seen[0]).toMatchObject({ method: 'POST', url: '/api/pay?x=1', headers: { 'content-type': 'a/b' } });
  expect(bodies.join('')).toBe('{"n":1.10}');
});

test('a refused connection is not sent', async () => {
  const { url, close } = await serve(hangs);
  await close();
  expect(await open(url).request(pay)).toMatchObject({
    kind: 'notSent',
    text: expect.stringContaining('ECONNREFUSED'),
  });
});

test('a name that does not resolve is not sent', async () => {
  expect(await open('http://no-such-host.invalid').request(pay)).toMatchObject({ kind: 'notSent' });
});

test('a connection cut after the request is lost, and a request that moves money is not sent again', async () => {
  const { handler, seen } = scripted(hangsUp);
  const { url } = await serve(handler);
  expect(await open(url).request(pay)).toMatchObject({ kind: 'lost' });
  expect(seen).toHaveLength(1);
});

test('an answer cut short is lost', async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"half":', () => response.destroy());
  });
  expect(await open(url).request(pay)).toMatchObject({ kind: 'lost' });
});

test('what is not HTTP is lost', async () => {
  const { url } = await serve((request) => void request.socket.end('I am a teapot\r\n\r\n'));
  expect(await open(url).request(pay)).toMatchObject({ kind: 'lost' });
});

test('an answer larger than the bound is lost', async () => {
  const { url } = await serve(says(200, 'x'.repeat(2_000)));
  expect(await open(url, { answerMaxBytes: 1_000 }).request(pay)).toMatchObject({
    kind: 'lost',
    text: 'the answer is larger than 1000 bytes',
    isTooLarge: true,
  });
});

test('a rail that never answers is lost when the time is over', async () => {
  const { url } = await serve(hangs);
  expect(await open(url).request({ ...pay, timeoutMs: 50 })).toEqual({ kind: 'lost', text: 'no whole answer in time' });
});

test('a rail that answers its head and then hangs is lost when the time is over', async () => {
  const { url } = await serve((_, response) => void response.writeHead(200).write('half'));
  expect(await open(url).request({ ...pay, timeoutMs: 50 })).toEqual({ kind: 'lost', text: 'no whole answer in time' });
});

test('a call given up by its caller is lost when in flight and not sent when it was not', async () => {
  const giveUp = new AbortController();
  const { url } = await serve(() => giveUp.abort());
  const http = open(url);
  expect(await http.request({ ...pay, signal: giveUp.signal })).toEqual({
    kind: 'lost',
    text: 'given up by the caller',
  });
  expect(await http.request({ ...pay, signal: giveUp.signal })).toMatchObject({ kind: 'notSent' });
});

test('what was given up while connecting is never written later', async () => {
  let handler: Dispatcher.DispatchHandler = {};
  const connecting = { dispatch: (_: unknown, given: Dispatcher.DispatchHandler) => (handler = given) };
  const asked = { method: 'POST', path: '/pay', timeoutMs: 10, answerMaxBytes: 1_000 } as const;
  const response = await exchange(connecting as unknown as Dispatcher, asked);
  expect(response).toEqual({ kind: 'notSent', text: 'no whole answer in time' });
  const controller = { abort: vi.fn() };
  handler.onRequestStart!(controller as unknown as Dispatcher.DispatchController, {});
  expect(controller.abort).toHaveBeenCalledOnce();
});

test('what was begun on one connection is not begun again on another', async () => {
  let handler: Dispatcher.DispatchHandler = {};
  const connecting = { dispatch: (_: unknown, given: Dispatcher.DispatchHandler) => (handler = given) };
  const asked = { method: 'POST', path: '/pay', timeoutMs: 20_000, answerMaxBytes: 1_000 } as const;
  const response = exchange(connecting as unknown as Dispatcher, asked);
  const [first, second] = [{ abort: vi.fn() }, { abort: vi.fn() }] as unknown as Dispatcher.DispatchController[];
  handler.onRequestStart!(first!, {});
  handler.onRequestStart!(second!, {});
  expect(first!.abort).not.toHaveBeenCalled();
  expect(second!.abort).toHaveBeenCalledOnce();
  handler.onResponseError!(second!, new Error('given up'));
  expect(await response).toMatchObject({ kind: 'lost' });
});

test('whatever the moment its lease ends, a request is written before it or never', async () => {
  const seen: string[] = [];
  const { url } = await serve((request, response) => {
    seen.push(request.url!);
    response.end('ok');
  });
  const notAfter = new Date(1_000);
  await fc.assert(
    fc.asyncProperty(fc.nat(3), fc.integer({ min: 900, max: 1_100 }), async (looks, wakesAt) => {
      // The process is stopped after so many looks at the clock, and wakes then.
      let looked = 0;
      let last = 0;
      const clock = () => {
        last = looked++ < looks ? 900 : wakesAt;
        return new Date(last);
      };
      seen.length = 0;
      const response = await open(url, { clock }).request({ ...pay, notAfter });
      const isInTime = last < notAfter.getTime();
      expect(seen).toHaveLength(isInTime ? 1 : 0);
      expect(response.kind).toBe(isInTime ? 'answered' : 'notSent');
    }),
    { numRuns: 40 },
  );
});

test('a request that waits for its turn until its lease is over is not sent, and the circuit does not mind', async () => {
  let at = 0;
  const waiting: ServerResponse[] = [];
  const { url } = await serve((_, response) => void waiting.push(response));
  const limits = { concurrency: 1, ratePerSecond: 10_000, timeoutMs: 20_000 };
  const http = open(url, { limits, clock: () => new Date(at), breaker: { failuresMax: 1, openMs: 5_000 } });
  const first = http.request({ ...pay, notAfter: new Date(1_000) });
  const second = http.request({ ...pay, notAfter: new Date(1_000) });
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  at = 1_000;
  waiting[0]!.end('ok');
  expect(await first).toMatchObject({ kind: 'answered' });
  expect(await second).toEqual({ kind: 'notSent', text: 'the lease was over before it was written' });
  expect(waiting).toHaveLength(1);
  expect(http.circuit()).toBe('closed');
});

test('a redirect is an answer and is not followed', async () => {
  const { handler, seen } = scripted(says(302, '', { location: '/elsewhere' }));
  const { url } = await serve(handler);
  expect(await open(url).request(ask)).toMatchObject({ kind: 'answered', status: 302 });
  expect(seen).toHaveLength(1);
});

test('an idempotent request is tried three times and no more', async () => {
  const { handler, seen } = scripted(hangsUp);
  const { url } = await serve(handler);
  expect(await open(url).request(ask)).toMatchObject({ kind: 'lost' });
  expect(seen).toHaveLength(3);
});

test('an idempotent request outlives two hiccups', async () => {
  const { handler, seen } = scripted(hangsUp, says(503), says(200, 'there'));
  const { url } = await serve(handler);
  expect(await open(url).request(ask)).toMatchObject({ kind: 'answered', status: 200, text: 'there' });
  expect(seen).toHaveLength(3);
});

test('a request that moves money is not repeated after a 503', async () => {
  const { handler, seen } = scripted(says(503));
  const { url } = await serve(handler);
  expect(await open(url).request(pay)).toMatchObject({ kind: 'answered', status: 503 });
  expect(seen).toHaveLength(1);
});

test('a retry that the rail wants later than the time-out is left to the caller', async () => {
  const { handler, seen } = scripted(says(429, '', { 'retry-after': '3600' }));
  const { url } = await serve(handler);
  expect(await open(url).request(ask)).toMatchObject({ kind: 'answered', status: 429 });
  expect(seen).toHaveLength(1);
});

test('the circuit opens after failures in a row, then one probe closes it', async () => {
  let at = 0;
  const { handler, seen } = scripted(hangsUp, hangsUp, says(200));
  const { url } = await serve(handler);
  const http = open(url, { now: () => at, breaker: { failuresMax: 2, openMs: 5_000 } });
  await http.request(pay);
  await http.request(pay);
  expect(http.circuit()).toBe('open');
  at += 2_000;
  expect(await http.request(pay)).toEqual({ kind: 'notSent', text: 'the circuit is open', retryAfterMs: 3_000 });
  expect(seen).toHaveLength(2);
  at += 3_000;
  expect(http.circuit()).toBe('half-open');
  expect(await http.request(pay)).toMatchObject({ kind: 'answered', status: 200 });
  expect(http.circuit()).toBe('closed');
});

test('a probe that fails opens the circuit again, and only one is out at a time', async () => {
  let at = 0;
  const { handler, seen } = scripted(hangsUp, hangs);
  const { url } = await serve(handler);
  const http = open(url, { now: () => at, breaker: { failuresMax: 1, openMs: 5_000 } });
  await http.request(pay);
  at += 5_000;
  const giveUp = new AbortController();
  const probe = http.request({ ...pay, signal: giveUp.signal });
  await vi.waitFor(() => expect(seen).toHaveLength(2));
  expect(await http.request(pay)).toMatchObject({ kind: 'notSent', retryAfterMs: 1_000 });
  giveUp.abort();
  await probe;
  expect(http.circuit()).toBe('half-open');
  await http.request({ ...pay, timeoutMs: 50 });
  expect(http.circuit()).toBe('open');
});

test('no more calls are out than the rail bears', async () => {
  const waiting: ServerResponse[] = [];
  let most = 0;
  const { url } = await serve((_, response) => {
    waiting.push(response);
    most = Math.max(most, waiting.length);
    if (waiting.length === 2) for (const each of waiting.splice(0)) setImmediate(() => each.end('ok'));
  });
  const http = open(url, { limits: { concurrency: 2, ratePerSecond: 10_000, timeoutMs: 20_000 } });
  const responses = await Promise.all(Array.from({ length: 20 }, () => http.request(pay)));
  expect(responses.every(({ kind }) => kind === 'answered')).toBe(true);
  expect(most).toBe(2);
});

test('a call that waits for its turn and is given up was not sent', async () => {
  const { handler, seen } = scripted(hangs);
  const { url } = await serve(handler);
  const http = open(url, { limits: { concurrency: 1, ratePerSecond: 10_000, timeoutMs: 20_000 } });
  const first = new AbortController();
  const second = new AbortController();
  const inFlight = http.request({ ...pay, signal: first.signal });
  const waiting = http.request({ ...pay, signal: second.signal });
  const late = http.request({ ...pay, timeoutMs: 50 });
  await vi.waitFor(() => expect(seen).toHaveLength(1));
  second.abort();
  expect(await waiting).toMatchObject({ kind: 'notSent', text: 'given up by the caller' });
  expect(await late).toMatchObject({ kind: 'notSent', text: 'no turn in time' });
  first.abort();
  expect(await inFlight).toMatchObject({ kind: 'lost' });
  expect(seen).toHaveLength(1);
});

test('the gate lets a burst through and then so many a second', async () => {
  vi.useFakeTimers();
  try {
    const gate = createGate({ concurrency: 1_000, ratePerSecond: 50, queueMax: 1_000, now: () => performance.now() });
    let admitted = 0;
    for (let i = 0; i < 200; i++) {
      void gate.enter({ withinMs: 60_000 }).then((turn) => {
        if (turn.kind === 'in') admitted += 1;
      });
    }
    await vi.advanceTimersByTimeAsync(0);
    expect(admitted).toBe(5);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(admitted).toBeGreaterThanOrEqual(50);
    expect(admitted).toBeLessThanOrEqual(55);
    gate.close();
  } finally {
    vi.useRealTimers();
  }
});

test('a full queue refuses', async () => {
  const gate = createGate({ concurrency: 1, ratePerSecond: 1_000, queueMax: 1, now: () => 0 });
  await gate.enter({ withinMs: 1_000 });
  const waiting = gate.enter({ withinMs: 1_000 });
  expect(await gate.enter({ withinMs: 1_000 })).toEqual({ kind: 'refused', text: 'the queue is full' });
  gate.close();
  expect(await waiting).toEqual({ kind: 'refused', text: 'closed' });
});

test('logs and metrics tell the call without query or account, and never the body', async () => {
  const told: Fields[] = [];
  const calls: RailCall[] = [];
  const log: Log = { ...silentLog, debug: (event, fields) => void told.push({ event, ...fields }) };
  const { url } = await serve(says(200, 'secret answer'));
  const http = open(url, { log, onCall: (call) => void calls.push(call) });
  await http.request({
    ...ask,
    path: '/accounts/msisdn/23276543210/name?pin=1234',
    headers: { authorization: 'Bearer s3' },
  });
  expect(told).toEqual([
    expect.objectContaining({
      event: 'rail answered',
      method: 'GET',
      path: '/accounts/msisdn/…3210/name',
      status: 200,
    }),
  ]);
  expect(JSON.stringify(told)).not.toMatch(/secret|1234|s3|232765/);
  expect(calls).toEqual([{ name: 'toy', outcome: 'answered', status: 200, ms: expect.any(Number) }]);
});

test('a closed client sends nothing', async () => {
  const { handler, seen } = scripted(says(200));
  const { url } = await serve(handler);
  const http = open(url);
  await http.close();
  openings.pop();
  expect(await http.request(pay)).toEqual({ kind: 'notSent', text: 'closed' });
  expect(seen).toHaveLength(0);
});

test('a request that is no HTTP is the caller’s mistake and throws', async () => {
  const { url } = await serve(says(200));
  await expect(open(url).request({ ...pay, path: '/a b\r\n' })).rejects.toThrow(TypeError);
  expect(() => open('http://user:secret@127.0.0.1')).toThrow(RangeError);
});
