import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { digitsOf, exactNumber } from '../platform/exact-json.ts';
import type { Simulator } from './simulator.ts';
import { type Route, recordOf, startSimulator } from './simulator-kit.ts';
import type { Booking, SimulatorLedger } from './simulator-ledger.ts';

let dir: string;
const running = new Set<Simulator>();

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'simulator-'));
});
afterEach(async () => {
  for (const simulator of running) await simulator.close();
  running.clear();
  await rm(dir, { recursive: true });
});

const toyRoutes = (ledger: SimulatorLedger<string>): Route[] => [
  {
    method: 'POST',
    path: '/pay/:id',
    handle({ params, query, body }) {
      const amount = digitsOf(recordOf(body).amount) ?? '';
      ledger.book(aBooking({ id: params.id!, amount }));
      return query.has('cut') ? 'hang-up' : { status: 200, body: { id: params.id, amount: exactNumber(amount) } };
    },
  },
  {
    method: 'POST',
    path: '/later/:id',
    handle({ params, query }) {
      const at = Date.now() + Number(query.get('ms'));
      ledger.book(aBooking({ id: params.id!, executes: false, state: 'pending', due: { at, state: 'completed' } }));
      return { status: 202 };
    },
  },
  {
    method: 'POST',
    path: '/sights/:name',
    handle: ({ params }) => ({ status: 200, body: ledger.sightsOf(params.name!) }),
  },
  {
    method: 'GET',
    path: '/funds/:payer',
    handle: ({ params }) => ({ status: 200, body: ledger.isFunded(params.payer!) }),
  },
];

function aBooking(more: Partial<Booking<string>>): Booking<string> {
  const usual = {
    id: '1',
    executes: true,
    state: 'completed',
    amount: '1.00',
    currency: 'USD',
    payer: 'a',
    payee: 'b',
  };
  return { ...usual, data: 'x', ...more } as Booking<string>;
}

async function start(): Promise<Simulator> {
  const simulator = await startSimulator<string>({ options: { port: 0, dir, config: {} }, routes: toyRoutes });
  running.add(simulator);
  return simulator;
}

async function stop(simulator: Simulator): Promise<void> {
  running.delete(simulator);
  await simulator.close();
}

const post = (url: string, body?: string) => fetch(url, { method: 'POST', body });
const read = async (url: string) => (await fetch(url)).text();
const ledgerOf = async ({ url }: Simulator, ids = '') =>
  (await read(`${url}/_ledger${ids}`))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('what was booked is on disk before the answer is out', async () => {
  const { url } = await start();
  expect(await (await post(`${url}/pay/7`, '{"amount":1250.50}')).text()).toBe('{"id":"7","amount":1250.50}');
  expect(await readFile(join(dir, 'ledger.ndjson'), 'utf8')).toContain('"amount":"1250.50"');
});

test('a connection cut after paying leaves the payment booked', async () => {
  const simulator = await start();
  await expect(post(`${simulator.url}/pay/7?cut`, '{"amount":1}')).rejects.toThrow();
  expect(await ledgerOf(simulator)).toMatchObject([{ id: '7', executed: 1, state: 'completed' }]);
});

test('a restart replays the ledger and drops a line that a crash tore', async () => {
  const first = await start();
  await post(`${first.url}/pay/7`, '{"amount":1}');
  await post(`${first.url}/sights/x`);
  await post(`${first.url}/_control`, '{"fund":"0402"}');
  await stop(first);
  await appendFile(join(dir, 'ledger.ndjson'), '{"t":"booked","entry":{"id":"8","exec');
  const second = await start();
  await post(`${second.url}/pay/7`, '{"amount":1}');
  expect(await ledgerOf(second)).toMatchObject([{ id: '7', executed: 2 }]);
  expect(await (await post(`${second.url}/sights/x`)).text()).toBe('2');
  expect(await read(`${second.url}/funds/0402`)).toBe('true');
  await stop(second);
  expect(await ledgerOf(await start())).toMatchObject([{ id: '7', executed: 2 }]);
});

test('many payments at once are all there, in one summary with exact sums', async () => {
  const simulator = await start();
  await Promise.all(Array.from({ length: 200 }, (_, i) => post(`${simulator.url}/pay/${i}`, '{"amount":0.1}')));
  await post(`${simulator.url}/pay/0`, '{"amount":0.1}');
  expect(JSON.parse(await read(`${simulator.url}/_ledger/summary`))).toEqual({
    payments: 200,
    doubles: 1,
    states: {
      completed: { count: 200, sums: { USD: '20.0' } },
      rejected: { count: 0, sums: {} },
      pending: { count: 0, sums: {} },
    },
  });
});

test('the ledger can be asked about some payments only', async () => {
  const simulator = await start();
  for (const id of ['1', '2', '3']) await post(`${simulator.url}/pay/${id}`, '{"amount":1}');
  expect((await ledgerOf(simulator, '?ids=3,1,none')).map(({ id }) => id)).toEqual(['3', '1']);
});

test('what is due later is done later, even by the next process', async () => {
  const first = await start();
  await post(`${first.url}/later/soon?ms=50`);
  await post(`${first.url}/later/next?ms=300`);
  await vi.waitFor(async () =>
    expect(await ledgerOf(first, '?ids=soon')).toMatchObject([{ state: 'completed', executed: 1 }]),
  );
  expect(await ledgerOf(first, '?ids=next')).toMatchObject([{ state: 'pending', executed: 0 }]);
  await stop(first);
  const second = await start();
  await vi.waitFor(async () =>
    expect(await ledgerOf(second, '?ids=next')).toMatchObject([{ state: 'completed', executed: 1 }]),
  );
});

test('a simulator that is down answers 503 to all but its own doors', async () => {
  const simulator = await start();
  await post(`${simulator.url}/_control`, '{"down":true}');
  expect((await post(`${simulator.url}/pay/7`, '{"amount":1}')).status).toBe(503);
  expect((await fetch(`${simulator.url}/health/ready`)).status).toBe(200);
  expect(await ledgerOf(simulator)).toEqual([]);
  await post(`${simulator.url}/_control`, '{"down":false}');
  expect((await post(`${simulator.url}/pay/7`, '{"amount":1}')).status).toBe(200);
});

test('a mute simulator pays and says nothing', async () => {
  const simulator = await start();
  await post(`${simulator.url}/_control`, '{"mute":true}');
  const giveUp = new AbortController();
  const call = fetch(`${simulator.url}/pay/7`, { method: 'POST', body: '{"amount":1}', signal: giveUp.signal });
  await vi.waitFor(async () => expect(await ledgerOf(simulator)).toHaveLength(1));
  giveUp.abort();
  await expect(call).rejects.toThrow();
});

test('what is no JSON is refused, and an unknown path is not found', async () => {
  const { url } = await start();
  expect((await post(`${url}/pay/7`, '{"amount":')).status).toBe(400);
  expect((await post(`${url}/nothing`)).status).toBe(404);
});

test('a taken port is told', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  await expect(startSimulator({ options: { port, dir, config: {} }, routes: () => [] })).rejects.toThrow('EADDRINUSE');
  other.close();
});
