import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createRandom } from './random.ts';
import { startStreamProxy } from './stream-proxy.ts';

/** A server that says again what it hears, a proxy before it, and clients of the proxy. */
async function anEcho() {
  const server = createServer((socket) => void socket.on('error', () => {}).pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: target } = server.address() as AddressInfo;
  const proxy = await startStreamProxy({ port: 0, target, random: createRandom('echo') });
  onTestFinished(() => {
    proxy.close();
    server.close();
  });
  async function open(): Promise<Socket> {
    const socket = connect(proxy.port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }
  return { proxy, open };
}

async function said(socket: Socket, length: number): Promise<string> {
  let text = '';
  while (text.length < length) text += String((await once(socket, 'data'))[0]);
  return text;
}

test('bytes pass both ways', async () => {
  const { open } = await anEcho();
  const socket = await open();
  socket.write('hello');
  expect(await said(socket, 5)).toBe('hello');
});

test('a connection is cut in the middle of what it carries, and the next one after that lives', async () => {
  const { proxy, open } = await anEcho();
  const socket = await open();
  let heard = 0;
  socket.on('data', (piece: Buffer) => {
    heard += piece.length;
  });
  proxy.strike('cut stream');
  socket.write(Buffer.alloc(1_000_000));
  await new Promise((resolve) => socket.once('close', resolve));
  expect(heard).toBeLessThan(1_000_000);
  expect(proxy.spoilt).toEqual({ 'cut stream': 1 });
  proxy.lift('cut stream');
  const next = await open();
  next.write('alive');
  expect(await said(next, 5)).toBe('alive');
});

test('a silent connection says everything once it is healed, a slow one a little later', async () => {
  const { proxy, open } = await anEcho();
  const socket = await open();
  proxy.strike('silent stream');
  proxy.strike('slow stream');
  socket.write('held');
  const heard = said(socket, 4);
  const other = await open();
  other.write('x');
  // Both have met the silence once two are counted.
  while (proxy.spoilt['silent stream'] !== 2) await new Promise((resolve) => setImmediate(resolve));
  expect(socket.bytesRead).toBe(0);
  proxy.lift('silent stream');
  expect(await heard).toBe('held');
});
