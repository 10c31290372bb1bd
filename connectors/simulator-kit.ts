/** What the rails' simulators share: a JSON server on loopback over a durable ledger, and the doors by which tests look in and interfere. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseExact, stringifyExact } from '../platform/exact-json.ts';
import type { LedgerEntry, Simulator, SimulatorOptions } from './simulator.ts';
import { type Booked, openLedger, type SimulatorLedger } from './simulator-ledger.ts';

export type SimulatedRequest = {
  readonly method: string;
  /** Parts of the path that the route names: `/accounts/:type/:id` gives `{ type, id }`, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The parsed body, numbers with their digits (platform/exact-json.ts); XML as text; undefined where there is none. */
  readonly body: unknown;
};

export type SimulatedAnswer =
  /** `body` is written as JSON, `text` as it is, `lines` one after the other as fast as they are read. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly text: string }
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly lines: Iterable<string>;
    }
  /** The connection is cut without an answer; what was booked stays booked. */
  | 'hang-up';

export type Route = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  handle(request: SimulatedRequest): SimulatedAnswer | Promise<SimulatedAnswer>;
};

export type SimulatorPlan<D> = {
  readonly options: SimulatorOptions;
  /** Called once with the open ledger. Whatever a handler books is on disk before its answer goes out. */
  routes(ledger: SimulatorLedger<D>): readonly Route[];
  /** Told after a pending payment with a `due` has reached its state; for callbacks. */
  readonly onDue?: (entry: Booked<D>) => void;
  /** Makes the money of a payment come back, on a rail where that happens. */
  readonly onReturn?: (entry: Booked<D>) => Promise<void>;
};

/** What an HTML error page of some proxy looks like. */
export const nonsenseAnswer: SimulatedAnswer = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  text: '<html><body><h1>It works!</h1></body></html>',
};

export const busyAnswer: SimulatedAnswer = { status: 503, body: { message: 'Service Unavailable' } };

const bodyMaxBytes = 16 * 1024 * 1024;

type Control = { isDown: boolean; isMute: boolean | 'writes'; readonly held: Set<ServerResponse> };
type CompiledRoute = Route & { readonly pattern: RegExp };

/**
 * Starts a simulator on 127.0.0.1. Beside its routes it has `GET /health/ready`; `GET /_ledger` (LedgerEntry per line,
 * `?ids=a,b` for some); `GET /_ledger/summary`; and `POST /_control` with `{"down": bool}` (503 to everything),
 * `{"mute": bool | "writes"}` (does what it is asked and never answers; `writes`: to questions it does) `{"fund": "<payer id>"}` or `{"return": "<id of a payment>"}`.
 */
export async function startSimulator<D>({ options, routes, onDue, onReturn }: SimulatorPlan<D>): Promise<Simulator> {
  const ledger = await openLedger<D>({ dir: options.dir, now: options.now ?? (() => new Date()), onDue });
  const control: Control = { isDown: false, isMute: false, held: new Set() };
  const inside = [...controlRoutes(ledger, control, onReturn)].map(compiled);
  const outside = routes(ledger).map(compiled);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://simulator');
    if (url.pathname === '/_ledger' && request.method === 'GET') {
      await ledger.flushed();
      const lines = ledgerLines(ledger, url.searchParams.get('ids'));
      return send(response, { status: 200, headers: { 'content-type': 'application/x-ndjson' }, lines });
    }
    const known = matching(inside, request.method, url.pathname);
    if (!known && control.isDown) return send(response, busyAnswer);
    const found = known ?? matching(outside, request.method, url.pathname);
    if (!found) return send(response, { status: 404, body: { message: 'there is no such path' } });
    const said = await found.route.handle({
      method: request.method ?? 'GET',
      params: found.params,
      query: url.searchParams,
      headers: request.headers as Record<string, string | undefined>,
      body: await bodyOf(request),
    });
    await ledger.flushed();
    if (!known && isMuteTo(request, control)) control.held.add(response);
    else await send(response, said);
  }

  const answering = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    answering.add(response);
    response.once('close', () => answering.delete(response));
    answer(request, response).catch((error: unknown) => {
      const status = error instanceof RangeError || error instanceof SyntaxError ? 400 : 500;
      if (response.headersSent) response.destroy();
      else void send(response, { status, body: { message: error instanceof Error ? error.message : 'failed' } });
    });
  });
  await listening(server, options.port);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      hangUpHeld(control);
      // Answers in the making go out; connections without a question would keep the server for ever.
      const answered = Promise.all([...answering].map((response) => once(response, 'close')));
      await Promise.race([answered, sleep(2_000, undefined, { ref: false })]);
      server.closeAllConnections();
      await closed;
      await ledger.close();
    },
  };
}

function controlRoutes<D>(
  ledger: SimulatorLedger<D>,
  control: Control,
  onReturn: SimulatorPlan<D>['onReturn'],
): Route[] {
  return [
    { method: 'GET', path: '/health/ready', handle: () => ({ status: 200, body: { status: 'ready' } }) },
    { method: 'GET', path: '/_ledger/summary', handle: () => ({ status: 200, body: summaryOf(ledger) }) },
    {
      method: 'POST',
      path: '/_control',
      async handle({ body }) {
        const { down, mute, fund, return: returned } = recordOf(body);
        if (typeof down === 'boolean') control.isDown = down;
        if (typeof mute === 'boolean' || mute === 'writes') control.isMute = mute;
        if (!control.isMute) hangUpHeld(control);
        if (typeof fund === 'string') ledger.fund(fund);
        const paid = typeof returned === 'string' ? ledger.find(returned) : undefined;
        if (paid) await onReturn?.(paid);
        return { status: 200, body: { down: control.isDown, mute: control.isMute } };
      },
    },
  ];
}

/** Questions are answered by a rail that is mute to what changes something only. */
function isMuteTo({ method = '' }: IncomingMessage, { isMute }: Control): boolean {
  return isMute === true || (isMute === 'writes' && !['GET', 'HEAD'].includes(method));
}

/** Whoever still waits for an answer that a mute simulator kept back is cut off. */
function hangUpHeld({ held }: Control): void {
  for (const response of held) response.destroy();
  held.clear();
}

/** `value` as an object whose fields may be anything; an empty one where it is no object. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

export type LedgerSummary = {
  readonly payments: number;
  /** How many were carried out more than once. */
  readonly doubles: number;
  readonly states: Readonly<
    Record<LedgerEntry['state'], { readonly count: number; readonly sums: Readonly<Record<string, string>> }>
  >;
};

function summaryOf<D>(ledger: SimulatorLedger<D>): LedgerSummary {
  const states = { completed: aState(), rejected: aState(), pending: aState() };
  let payments = 0;
  let doubles = 0;
  for (const { state, currency, amount, executed } of ledger.all()) {
    payments += 1;
    if (executed > 1) doubles += 1;
    states[state].count += 1;
    states[state].sums[currency] = sumOf(states[state].sums[currency] ?? '0', amount);
  }
  return { payments, doubles, states };
}

function aState(): { count: number; sums: Record<string, string> } {
  return { count: 0, sums: {} };
}

/** Exact sum of two decimal strings, with the longer one's decimals. */
function sumOf(a: string, b: string): string {
  const decimals = Math.max(a.split('.')[1]?.length ?? 0, b.split('.')[1]?.length ?? 0);
  const scaled = (text: string) => BigInt(text.split('.')[0] + (text.split('.')[1] ?? '').padEnd(decimals, '0'));
  const digits = (scaled(a) + scaled(b)).toString().padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

function* ledgerLines<D>(ledger: SimulatorLedger<D>, ids: string | null): IterableIterator<string> {
  const chosen = ids === null ? ledger.all() : ids.split(',').flatMap((id) => ledger.find(id) ?? []);
  for (const { id, executed, state, amount, currency, payer, payee } of chosen) {
    yield `${JSON.stringify({ id, executed, state, amount, currency, payer, payee } satisfies LedgerEntry)}\n`;
  }
}

function compiled(route: Route): CompiledRoute {
  const source = route.path.replace(/[.+()]/g, '\\$&').replace(/:(\w+)/g, '(?<$1>[^/]+)');
  return { ...route, pattern: new RegExp(`^${source}$`) };
}

function matching(
  routes: readonly CompiledRoute[],
  method: string | undefined,
  path: string,
): { route: Route; params: Record<string, string> } | undefined {
  for (const route of routes) {
    const groups = route.method === method ? route.pattern.exec(path) : null;
    if (groups) {
      const params = Object.entries(groups.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]);
      return { route, params: Object.fromEntries(params) as Record<string, string> };
    }
  }
  return undefined;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > bodyMaxBytes) throw new RangeError(`the body is larger than ${bodyMaxBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  if (size === 0) return undefined;
  const text = Buffer.concat(chunks).toString('utf8');
  return request.headers['content-type']?.includes('xml') ? text : parseExact(text);
}

async function send(response: ServerResponse, said: SimulatedAnswer): Promise<void> {
  if (said === 'hang-up') return void response.socket?.destroy();
  const headers = { 'content-type': 'application/json', ...said.headers };
  if ('lines' in said) {
    response.writeHead(said.status, headers);
    return pipeline(Readable.from(chunksOf(said.lines)), response);
  }
  const text = 'text' in said ? said.text : said.body === undefined ? '' : stringifyExact(said.body);
  response.writeHead(said.status, text ? headers : said.headers);
  response.end(text);
}

/** Lines in chunks of some hundred, as a write per line would take longest of all. */
function* chunksOf(lines: Iterable<string>): IterableIterator<string> {
  let chunk: string[] = [];
  for (const line of lines) {
    chunk.push(line);
    if (chunk.length === 500) {
      yield chunk.join('');
      chunk = [];
    }
  }
  yield chunk.join('');
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}
