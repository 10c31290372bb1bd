/** An SMS gateway for tests and the demo that speaks the hub's contract (docs/notifications.md): one SMS per idempotency key, and magic numbers (docs/simulators.md). */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createTimes, type KeptMessages } from './kept-messages.ts';

/** Beside its own path: `GET /health/ready`, and `GET /_messages?to=` with what it and the mail server took, a JSON line each. */
export function createSmsGateway(kept: KeptMessages): Server {
  const times = createTimes();
  return createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://messages');
    if (url.pathname === '/health/ready') return send(response, 200, { status: 'ready' });
    if (url.pathname === '/_messages') {
      const found = kept.to(url.searchParams.get('to') ?? '');
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.end(found.map((message) => `${JSON.stringify(message)}\n`).join(''));
      return;
    }
    if (request.method !== 'POST' || url.pathname !== '/messages')
      return send(response, 404, { error: 'no such path' });
    const body = await textOf(request);
    const key = String(request.headers['idempotency-key'] ?? '');
    const { to, text } = JSON.parse(body) as { to?: unknown; text?: unknown };
    if (key === '' || typeof to !== 'string' || typeof text !== 'string') {
      return send(response, 400, { error: 'send to and text, with an Idempotency-Key' });
    }
    if (to.endsWith('0550')) return send(response, 422, { error: 'the number is not in service' });
    if (to.endsWith('0500') && times(to) <= 4) return send(response, 500, { error: 'try again' });
    const isNew = kept.withKey(key) === undefined;
    if (isNew) kept.keep({ channel: 'sms', to, key, text });
    if (to.endsWith('0599') && isNew) return void response.destroy();
    send(response, isNew ? 201 : 200, { id: key.slice(0, 8) });
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
