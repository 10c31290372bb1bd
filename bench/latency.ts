/** LATENCY: single payments through POST /channel/transfer, arriving as they do in life: each when it wants, whoever is still under way. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { endToEndIdOf, rowKeyBytes, soleRow } from '../domain/ids.ts';
import type { ExchangeDoc } from '../store/documents.ts';
import { freshHub, type Hub, type Ledger } from './hub.ts';
import type { Options } from './options.ts';
import { bareInstance, bareInstances, serveBare } from './payment-reference.ts';
import { payroll } from './payroll.ts';
import { percentile } from './spread.ts';
import { type Measured, watchUsage } from './usage.ts';

/** Milliseconds from the moment the POST was sent. */
export type Timeline = {
  /** The 202 was there. */
  readonly accepted: number;
  /** The rail was first spoken to. */
  readonly reached: number;
  /** The outcome stood in the books; by the clock of the process that wrote it. */
  readonly final: number;
  /** The signed webhook arrived. */
  readonly told: number;
  /** Of that time, how long the rail was waited for. */
  readonly rail: number;
};

export type LatencyRun = {
  readonly round: number;
  readonly rail: string;
  readonly ratePerSecond: number;
  readonly payments: readonly Timeline[];
  /** Of a bare process: from its start to the task at which its payment would be final. */
  readonly bare: readonly number[];
  readonly cpu: Readonly<Record<Measured, number>>;
  readonly ms: number;
};

/** Through the hub and through the bare process: Java's compiler is at work for about as long. */
export const warmUp = 2_000;
export const warmUpTransfers = 60;
const turns = 4;
const patienceMs = 120_000;

export async function runLatency(
  options: Options & { readonly rate: number },
  say: (line: string) => void,
  done: (runs: readonly LatencyRun[]) => void,
): Promise<void> {
  const runs: LatencyRun[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    const { hub } = await freshHub(options.profile, say);
    try {
      runs.push(await measure(hub, round, options, say));
      done(runs);
    } finally {
      await hub.close();
      if (!options.keep) await hub.stack.reset();
    }
  }
}

async function measure(
  hub: Hub,
  round: number,
  { rail, transfers, rate }: Options & { readonly rate: number },
  say: (line: string) => void,
): Promise<LatencyRun> {
  const listener = await listen();
  try {
    await serveBare(hub.zeebe, rail);
    await hub.pay(payroll(rail, warmUp).bytes);
    await bareInstances(hub.zeebe, rail, warmUp);
    await arrivals(warmUpTransfers, rate, () => pay(hub, rail, listener));
    const before = await hub.ledger(rail);
    const posted: Posted[] = [];
    const bare: number[] = [];
    const usages: { readonly cpu: Record<Measured, number>; readonly ms: number }[] = [];
    // Turn by turn, so that both meet the same machine, whatever else it does.
    for (let turn = 0; turn < turns; turn += 1) {
      const usage = watchUsage(hub.stack);
      const from = Date.now();
      posted.push(...(await arrivals(transfers / turns, rate, () => pay(hub, rail, listener))));
      const to = Date.now();
      usage.stop();
      usages.push({ cpu: usage.between(from, to), ms: to - from });
      bare.push(...(await arrivals(transfers / turns, rate, () => bareTime(hub, rail))));
    }
    assertOnce(await hub.ledger(rail), before, posted.length);
    const payments = await Promise.all(posted.map((each) => timelineOf(hub, each)));
    const run = { round, rail, ratePerSecond: rate, payments, bare, ...sumOf(usages) };
    const finals = payments.map(({ final }) => final);
    say(
      `latency round ${round}: p50 ${percentile(finals, 0.5)} ms, p99 ${percentile(finals, 0.99)} ms, bare p50 ${percentile(bare, 0.5)} ms`,
    );
    return run;
  } finally {
    await listener.close();
  }
}

async function bareTime({ zeebe }: Hub, rail: string): Promise<number> {
  const startedAt = Date.now();
  return (await bareInstance(zeebe, rail)) - startedAt;
}

function sumOf(usages: readonly { readonly cpu: Record<Measured, number>; readonly ms: number }[]) {
  const add = (pick: (usage: (typeof usages)[number]) => number) => usages.reduce((sum, usage) => sum + pick(usage), 0);
  const names = Object.keys(usages[0]!.cpu) as Measured[];
  const cpu = Object.fromEntries(names.map((name) => [name, add((usage) => usage.cpu[name])]));
  return { cpu: cpu as Record<Measured, number>, ms: add(({ ms }) => ms) };
}

/** Runs `begin` as often as told, at moments as if strangers chose them: the gaps of a Poisson process. */
async function arrivals<T>(count: number, perSecond: number, begin: () => Promise<T>): Promise<T[]> {
  const running: Promise<T>[] = [];
  let due = Date.now();
  for (let n = 0; n < count; n += 1) {
    due += (-Math.log(1 - random()) / perSecond) * 1_000;
    const early = due - Date.now();
    if (early > 0) await sleep(early);
    running.push(begin());
  }
  return Promise.all(running);
}

/** Numbers in [0, 1) that are the same in each run; mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Posted = { readonly id: string; readonly sentAt: number; readonly acceptedAt: number; readonly toldAt: number };
type Listener = Awaited<ReturnType<typeof listen>>;

/** From a fixed seed, so that every run has the same gaps. */
const random = seeded(20_261_123);
let payees = 0;

async function pay(hub: Hub, rail: string, listener: Listener): Promise<Posted> {
  payees += 1;
  const party = (partyIdType: string, partyIdentifier: string) => ({ partyIdInfo: { partyIdType, partyIdentifier } });
  const body = JSON.stringify({
    payer: party('ACCOUNT_ID', '003001003874120160'),
    payee: party('MSISDN', `${20_000_000 + payees}7001`),
    amount: { amount: '1.00', currency: 'USD' },
  });
  const headers = {
    'Content-Type': 'application/json',
    ...(await hub.headers()),
    'X-Payment-Scheme': rail,
    'X-CallbackURL': listener.url,
    'Idempotency-Key': randomUUID(),
  };
  const sentAt = Date.now();
  const response = await fetch(`${hub.api}/channel/transfer`, { method: 'POST', headers, body });
  const text = await response.text();
  const acceptedAt = Date.now();
  if (response.status !== 202) throw new Error(`POST answered ${response.status}: ${text}`);
  const { transactionId: id } = JSON.parse(text) as { transactionId: string };
  return { id, sentAt, acceptedAt, toldAt: await listener.told(id) };
}

async function timelineOf({ c }: Hub, { id, sentAt, acceptedAt, toldAt }: Posted): Promise<Timeline> {
  const outcome = await c.outcomes.findOne({ _id: rowKeyBytes(id, soleRow) });
  if (outcome?.status !== 'completed') throw new Error(`payment ${id} is ${outcome?.status ?? 'pending'}`);
  const ref = endToEndIdOf(id, soleRow);
  const said = await c.exchanges.find({ _id: { $gte: `${ref}/`, $lt: `${ref}0` } }).toArray();
  const calls = callsOf(said);
  return {
    accepted: acceptedAt - sentAt,
    reached: Math.min(...calls.map(({ from }) => from)) - sentAt,
    final: outcome.at.getTime() - sentAt,
    told: toldAt - sentAt,
    rail: calls.reduce((sum, { from, to }) => sum + to - from, 0),
  };
}

/** Each question to the rail with the answer that follows it; a payment's calls go one after the other. */
function callsOf(said: readonly ExchangeDoc[]): { from: number; to: number }[] {
  const rank = ({ direction }: ExchangeDoc) => (direction === 'request' || direction === 'query' ? 1 : 0);
  const inOrder = said
    .filter(({ answer, direction }) => answer === undefined && direction !== 'callback')
    .sort((a, b) => a.at.getTime() - b.at.getTime() || rank(a) - rank(b));
  const calls: { from: number; to: number }[] = [];
  let asked: number | undefined;
  for (const exchange of inOrder) {
    if (rank(exchange) === 1) asked ??= exchange.at.getTime();
    else if (asked !== undefined) {
      calls.push({ from: asked, to: exchange.at.getTime() });
      asked = undefined;
    }
  }
  return calls;
}

/** Who is told: remembers when each payment's webhook arrived. */
async function listen() {
  const heard = new Map<string, (at: number) => void>();
  const early = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const at = Date.now();
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    response.writeHead(204).end();
    const { transaction_id: id } = JSON.parse(Buffer.concat(pieces).toString('utf8')) as { transaction_id: string };
    early.set(id, at);
    heard.get(id)?.(at);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async told(id: string): Promise<number> {
      const overdue = new AbortController();
      try {
        return await Promise.race([
          new Promise<number>((resolve) => {
            heard.set(id, resolve);
            const at = early.get(id);
            if (at !== undefined) resolve(at);
          }),
          sleep(patienceMs, undefined, { signal: overdue.signal }).then(() => {
            throw new Error(`nobody was told of payment ${id} in ${patienceMs / 1_000} s`);
          }),
        ]);
      } finally {
        overdue.abort();
        heard.delete(id);
      }
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A figure counts only when the rail executed each payment once. */
function assertOnce(after: Ledger, before: Ledger, count: number): void {
  const executed = after.states.completed.count - before.states.completed.count;
  if (executed !== count || after.doubles > 0) {
    throw new Error(`the run is not valid: the rail executed ${executed} of ${count}, ${after.doubles} twice`);
  }
}
