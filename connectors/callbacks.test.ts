import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { callbackToken, endToEndIdOf } from '../domain/ids.ts';
import { silentLog } from '../platform/log.ts';
import { type CallbackDeps, createCallbackHandler } from './callbacks.ts';

const secret = 'a secret that only the hub knows';
const batchId = 'a3bb189e-8bf9-4b0c-9d1e-3c1f6f6f0b11';
const row = 7;
const token = callbackToken(secret, batchId, row);
const path = `/callbacks/gsma/${token}`;

let noted: { readonly ref: string; readonly summary: string }[];
let published: { readonly key: string; readonly messageId: string; readonly variables: object }[];
let refused: string[];
let url: string;

let trouble: Error[] = [];
beforeEach(async () => {
  [noted, published, refused] = [[], [], []];
  const rail = {
    readCallback(body: unknown) {
      if (typeof body !== 'object') throw new RangeError('no callback');
      return { summary: 'told' };
    },
  };
  const books = {
    payment: async (batch: string, at: number) =>
      batch === batchId && at === row ? { tenantId: 't', rail: 'gsma' } : undefined,
    note: async (exchanges: typeof noted) => void noted.push(...exchanges),
  };
  const deps = {
    railOf: (id: string) =>
      ({
        gsma: { rail, type: 'PAYMENT' },
        mojaloop: { rail, type: 'PAYMENT' },
        slcb: { rail: {}, type: 'BULK' },
        wallet: { rail, type: 'BULK' },
      })[id],
    books,
    zeebe: {
      async publish(message: (typeof published)[number]) {
        const error = trouble.shift();
        if (error) throw error;
        published.push(message);
      },
    },
    secret,
    log: silentLog,
    now: () => new Date(),
    onRefused: (id: string) => void refused.push(id),
  };
  const handler = createCallbackHandler(deps as unknown as CallbackDeps);
  const server = createServer((request, response) => void handler(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

const call = async (to: string, body = '{}', method = 'PUT') => (await fetch(url + to, { method, body })).status;

test('a callback is noted and wakes its payment, which asks; it carries nothing that could decide', async () => {
  expect(await call(path, '{"transactionStatus":"failed"}')).toBe(204);
  const ref = endToEndIdOf(batchId, row);
  expect(noted).toMatchObject([{ ref, summary: 'told' }]);
  expect(published).toMatchObject([{ key: ref, variables: {} }]);
});

test('the same callback twice is one message, however late', async () => {
  await call(path, '{"transactionStatus":"completed"}');
  await call(path, '{"transactionStatus":"completed"}', 'POST');
  expect(new Set(published.map(({ messageId }) => messageId)).size).toBe(1);
});

test('what cannot be understood is noted and asked about', async () => {
  expect(await call(path, '<html>')).toBe(204);
  expect(noted).toMatchObject([{ summary: 'callback that cannot be understood; the rail is asked' }]);
  expect(published).toHaveLength(1);
});

test('a token with any one character changed is refused, counted, and wakes nobody', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_'), async (at, letter) => {
      fc.pre(token[at] !== letter);
      refused.length = 0;
      expect(await call(`/callbacks/gsma/${token.slice(0, at)}${letter}${token.slice(at + 1)}`)).toBe(404);
      expect(refused).toEqual(['gsma']);
    }),
    { numRuns: 60 },
  );
  expect([noted, published]).toEqual([[], []]);
});

test('another rail’s address, a payment that is not there, a rail that never calls back and an unknown one are refused', async () => {
  expect(await call(`/callbacks/mojaloop/${token}`)).toBe(404);
  expect(await call(`/callbacks/gsma/${callbackToken(secret, batchId, row + 1)}`)).toBe(404);
  expect(await call(`/callbacks/gsma/${callbackToken('another secret', batchId, row)}`)).toBe(404);
  expect(await call(`/callbacks/slcb/${token}`)).toBe(404);
  expect(await call(`/callbacks/nobody/${token}`)).toBe(404);
  expect(await call(`${path}/more`)).toBe(404);
  expect(refused).toEqual(['mojaloop', 'gsma', 'gsma', 'slcb', 'unknown', 'gsma']);
  expect([noted, published]).toEqual([[], []]);
});

test('while Zeebe pushes back it is tried for a moment, then whoever calls is asked to call again', async () => {
  const busy = Object.assign(new Error('busy'), { code: 8 });
  trouble = [busy, busy];
  expect(await call(path)).toBe(204);
  trouble = [busy, busy, busy, busy];
  const answer = await fetch(url + path, { method: 'PUT', body: '{"a":1}' });
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  expect(noted).toHaveLength(2);
  expect(published).toHaveLength(1);
});

test('a body without end is refused before it is read whole', async () => {
  expect(await call(path, 'x'.repeat(300_000))).toBe(413);
  expect([noted, published]).toEqual([[], []]);
});
