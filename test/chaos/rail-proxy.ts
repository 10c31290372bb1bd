/** Stands between hub and rail, over real HTTP, and spoils calls: cuts them before or after the rail heard, delays, answers nonsense, lies. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lie, liedAbout, lies } from '../../connectors/lies.ts';
import type { RailFault } from './schedule.ts';

export type RailProxy = {
  /** Until lifted, so many of the calls fare so; `share` from 0 to 1. */
  strike(fault: RailFault, share: number): void;
  lift(fault: RailFault): void;
  /** How many calls were spoilt, by fault. */
  readonly spoilt: Readonly<Record<string, number>>;
  close(): void;
};

export type ProxyOptions = {
  readonly port: number;
  readonly target: number;
  readonly chance: () => number;
  /** Every call is made twice, the second time after this long: for callbacks. */
  readonly repeatAfterMs?: () => number;
  /** Hears of each call's path. */
  readonly onPath?: (path: string) => void;
};

/** Longer than the hub waits for a rail. */
const delayMs = 6_000;

export async function startProxy(options: ProxyOptions): Promise<RailProxy> {
  const { port, target, chance, repeatAfterMs, onPath } = options;
  const active = new Map<RailFault, number>();
  const spoilt: Record<string, number> = {};
  const count = (fault: RailFault) => {
    spoilt[fault] = (spoilt[fault] ?? 0) + 1;
  };

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of incoming) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    onPath?.(incoming.url ?? '');
    const fault = [...active].find(([, share]) => chance() < share)?.[0];
    if (fault && !isLie(fault)) count(fault);
    if (fault === 'cut before') return void response.socket?.destroy();
    if (fault === 'error 500') return void response.writeHead(500, html).end('<html>Oops</html>');
    if (fault === 'busy 429') return void response.writeHead(429, { 'retry-after': '1' }).end();
    if (fault === 'delay') await sleep(delayMs);
    const answer = await forwarded(incoming, body, target);
    if (repeatAfterMs) setTimeout(() => void forwarded(incoming, body, target).catch(() => {}), repeatAfterMs());
    if (fault === 'cut after') return void response.socket?.destroy();
    if (fault && isLie(fault)) return tell(fault, answer, response);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  /** The rail has done it, and says another thing, or something before it answers with a page of its own. */
  function tell(lie: Lie, { status, headers, body }: Forwarded, response: ServerResponse): void {
    const text = body.toString('utf8');
    const lied = liedAbout(lie, text);
    if (lied !== text) count(lie);
    const { 'content-length': _, ...kept } = lie === 'HTML' ? { ...headers, ...html } : headers;
    response.writeHead(lie === 'HTML' ? 200 : status, kept).end(lied);
  }

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => response.socket?.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    strike: (fault, share) => void active.set(fault, share),
    lift: (fault) => void active.delete(fault),
    spoilt,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const html = { 'content-type': 'text/html' };

function isLie(fault: RailFault): fault is Lie {
  return (lies as readonly string[]).includes(fault);
}

type Forwarded = { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: Buffer };

function forwarded(incoming: IncomingMessage, body: Buffer, port: number): Promise<Forwarded> {
  const { 'transfer-encoding': _, connection: __, ...headers } = incoming.headers;
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port,
      method: incoming.method,
      path: incoming.url,
      headers: { ...headers, 'content-length': body.length },
      agent: false,
      timeout: 60_000,
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error('the rail did not answer')));
    outgoing.once('error', reject);
    outgoing.once('response', (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.once('error', reject);
      answer.once('end', () => {
        const { 'transfer-encoding': _te, connection: _c, ...kept } = answer.headers;
        resolve({ status: answer.statusCode ?? 502, headers: kept, body: Buffer.concat(pieces) });
      });
    });
    outgoing.end(body);
  });
}
