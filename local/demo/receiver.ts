/** Listens on this machine for the hub's signed events, and verifies them as a client should. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

export type SignedEvent = {
  /** `X-Tributary-Signature` as it came. */
  readonly signature: string;
  /** The body's exact text, which is what was signed. */
  readonly text: string;
};

export type Receiver = {
  /** For X-CallbackURL. */
  readonly url: string;
  /** The first event that came, or undefined where none came in time. */
  first(timeoutMs: number): Promise<SignedEvent | undefined>;
  close(): void;
};

/** On a free port of 127.0.0.1. */
export async function startReceiver(): Promise<Receiver> {
  const events: SignedEvent[] = [];
  const server = createServer(async (request, response) => {
    const signature = String(request.headers['x-tributary-signature'] ?? '');
    events.push({ signature, text: await text(request) });
    response.writeHead(204).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/payday`,
    async first(timeoutMs) {
      const until = Date.now() + timeoutMs;
      while (events.length === 0 && Date.now() < until) await pause(50);
      return events[0];
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A signature older than this may be somebody's replay. */
const oldestMs = 5 * 60_000;

/** What is wrong with an event's signature, `t=<epoch seconds>,v1=<HMAC-SHA256 in hex of "<t>.<body>">`; undefined if nothing. */
export function signatureTrouble(event: SignedEvent, secret: string, now: Date): string | undefined {
  const [, t, v1] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(event.signature) ?? [];
  if (!t || !v1) return `the signature is malformed: "${event.signature}"`;
  const ours = createHmac('sha256', secret).update(`${t}.${event.text}`).digest();
  if (!timingSafeEqual(ours, Buffer.from(v1, 'hex'))) return 'the signature is not of this body and this secret';
  if (Math.abs(now.getTime() - Number(t) * 1_000) > oldestMs) return `the signature is of another time: t=${t}`;
  return undefined;
}
