/** Somebody who is told: an HTTP server that keeps signed events, and checks each signature by the documented recipe. */
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { vi } from 'vitest';

export type ReceivedEvent = {
  readonly event: string;
  readonly eventId: string;
  readonly isSigned: boolean;
  readonly body: EventBody;
};

export type EventBody = {
  readonly event_id: string;
  readonly event: string;
  readonly batch_id: string;
  /** Of a single payment, in the place of a batch's id. */
  readonly transaction_id?: string;
  readonly route_id?: string;
  readonly tenant_id: string;
  readonly status: string;
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  readonly pending: number;
  readonly result_url?: string;
  readonly problem?: { readonly title: string };
};

export type Receiver = {
  readonly url: string;
  /** In the order they came. */
  readonly events: readonly ReceivedEvent[];
  /** Waits for the first of this name about this batch, or the first of those that is as wanted. */
  next(event: string, batchId: string, isWanted?: (body: EventBody) => boolean): Promise<ReceivedEvent>;
  /** The names of all that came about this batch, in the order of the alphabet. */
  namesOf(batchId: string): string[];
  close(): Promise<void>;
};

/** Listens on a free port until closed. `refusals`: how many posts it answers with 503 first. */
export async function startReceiver(secretOf: (tenantId: string) => string, refusals: number): Promise<Receiver> {
  const events: ReceivedEvent[] = [];
  let refused = 0;
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    if (refused < refusals) {
      refused += 1;
      response.writeHead(503).end();
      return;
    }
    const text = Buffer.concat(pieces).toString('utf8');
    const body = JSON.parse(text) as EventBody;
    events.push({
      event: String(request.headers['x-tributary-event']),
      eventId: String(request.headers['x-tributary-event-id']),
      isSigned: isSignatureOf(String(request.headers['x-tributary-signature']), secretOf(body.tenant_id), text),
      body,
    });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/events`,
    events,
    next: (event, batchId, isWanted = () => true) =>
      vi.waitUntil(
        () => events.find((one) => one.event === event && one.body.batch_id === batchId && isWanted(one.body)),
        { timeout: 60_000, interval: 50 },
      ),
    namesOf: (batchId) =>
      events
        .filter(({ body }) => body.batch_id === batchId)
        .map(({ event }) => event)
        .sort(),
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

/** `t=<epoch seconds>,v1=<HMAC-SHA256 in hex over "<t>.<body>">`. */
function isSignatureOf(header: string, secret: string, body: string): boolean {
  const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  return v1 === createHmac('sha256', secret).update(`${t}.${body}`).digest('hex');
}
