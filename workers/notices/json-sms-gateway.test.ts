/** What is proven of an SMS, against the gateway that the local stack has. */
import { mkdtempSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KeptMessages, openKeptMessages } from '../../local/messages/kept-messages.ts';
import { createSmsGateway } from '../../local/messages/sms-gateway.ts';
import { createRailHttp } from '../../platform/http.ts';
import { silentLog } from '../../platform/log.ts';
import { jsonSmsGateway } from './json-sms-gateway.ts';

const limits = { ratePerSecond: 1_000, concurrency: 4, timeoutMs: 5_000 };
let server: Server;
let kept: KeptMessages;
let gateway: ReturnType<typeof jsonSmsGateway>;

function at(baseUrl: string) {
  return jsonSmsGateway(createRailHttp({ baseUrl, name: 'sms-gateway', limits, log: silentLog }), {}, limits);
}

beforeAll(async () => {
  kept = openKeptMessages(mkdtempSync(join(tmpdir(), 'sms-')));
  server = createSmsGateway(kept);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  gateway = at(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterAll(async () => {
  await gateway.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('an SMS is taken once under its id, however often it is sent', async () => {
  const letter = { to: '+23276000001', text: 'paid', id: 'one' };
  expect(await gateway.send(letter)).toMatchObject({ kind: 'taken', reference: 'one' });
  expect(await gateway.send(letter)).toMatchObject({ kind: 'taken', reference: 'one' });
  expect(kept.to('+23276000001')).toHaveLength(1);
});

test('one whose answer was lost is asked for again under its id, and reaches its payee once', async () => {
  expect(await gateway.send({ to: '+23276000599', text: 'paid', id: 'two' })).toMatchObject({ kind: 'taken' });
  expect(kept.to('+23276000599')).toHaveLength(1);
});

test('a number that is not in service is refused for good, and a gateway that fails is for later', async () => {
  expect(await gateway.send({ to: '+23276000550', text: 'paid', id: 'three' })).toEqual({
    kind: 'refused',
    reason: 'http-422',
  });
  expect(await gateway.send({ to: '+23276000500', text: 'paid', id: 'four' })).toEqual({
    kind: 'later',
    reason: 'http-500',
    isDown: false,
  });
});

test('a gateway that is away has taken nothing', async () => {
  const away = at('http://127.0.0.1:1');
  expect(await away.send({ to: '+23276000001', text: 'paid', id: 'five' })).toEqual({
    kind: 'later',
    reason: 'http-unreachable',
    isDown: true,
  });
  await away.close();
});
