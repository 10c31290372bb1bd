/** One round: payments are asked for while faults strike; then all is up again, everything must close by itself, and the books are compared. */
import { setTimeout as sleep } from 'node:timers/promises';
import { batchIdOfKey, endToEndIdOf, rowOfKey } from '../../domain/ids.ts';
import { type Books, checkBooks, checkRetry, type Finding, pendingByPlan } from './checker.ts';
import { type Notes, type Played, type Posted, playBatch, playSingle } from './play.ts';
import { createRandom } from './random.ts';
import { type Ledgers, readBooks, readLedgers, standOf } from './read-books.ts';
import { commit } from './report.ts';
import type { Fault, Round } from './schedule.ts';
import { createStriker } from './strike.ts';
import type { World } from './world.ts';

/** After everything is up again. */
const patienceMs = 420_000;

export type RoundReport = {
  readonly name: string;
  readonly payments: number;
  readonly batches: number;
  readonly singles: number;
  readonly pendingByPlan: number;
  /** By kind and place, how often. */
  readonly faults: Readonly<Record<string, number>>;
  /** What clients and operators did, how often. */
  readonly events: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  readonly incidents: readonly string[];
  readonly seconds: number;
  readonly commit: string;
};

export async function runRound(world: World, round: Round, say: (line: string) => void): Promise<RoundReport> {
  const begun = Date.now();
  const faults: Record<string, number> = {};
  const events: Record<string, number> = {};
  const findings: Finding[] = [];
  const notes: Notes = {
    did(what) {
      events[what] = (events[what] ?? 0) + 1;
    },
    find: (finding) => void findings.push(finding),
  };
  const spoiltBefore = spoiltCalls(world);
  const strike = createStriker(world, createRandom(`${round.name}/forgeries`));

  async function struck(fault: Fault): Promise<void> {
    await sleep(fault.atMs);
    const name = nameOf(fault);
    faults[name] = (faults[name] ?? 0) + 1;
    say(`${((Date.now() - begun) / 1000).toFixed(1)} s: ${name} for ${fault.ms} ms`);
    const wrong = await strike(fault).catch((error: Error) => {
      say(`${name}: ${error.message.split('\n')[0]}`);
      return [];
    });
    for (const detail of wrong) notes.find({ wrong: 'told wrong', batchId: '', row: 0, detail });
  }

  const posting: Promise<Played>[] = [];
  for (const wave of [1, 2]) {
    const isOf = (one: { readonly wave: number }) => one.wave === wave;
    posting.push(...round.batches.filter(isOf).map((batch) => playBatch(world, batch, notes)));
    posting.push(...round.singles.filter(isOf).map((single) => playSingle(world, single, notes)));
    for (const each of posting) each.catch(() => undefined);
    await Promise.all(round.faults.filter(isOf).map(struck));
  }
  await world.heal();
  say(`${((Date.now() - begun) / 1000).toFixed(1)} s: all is up again`);
  const played = await Promise.all(posting);
  const children = await Promise.all(played.map(({ later }) => later));
  const posted = [...played, ...children.filter((child) => child !== undefined)];
  await untilClosed(world, posted, say);

  const ledgers = await readLedgers(world.simulators);
  const shelf = new Map<string, Books>();
  for (const one of posted) {
    const books = await readBooks({ c: world.c, client: world.client, ledgers }, one);
    shelf.set(one.batchId, books);
    findings.push(...checkBooks(books));
    if (one.parent) findings.push(...checkRetry(shelf.get(one.parent)!, books));
  }
  const pending = [...shelf.values()].reduce((sum, books) => sum + pendingByPlan(books), 0);
  findings.push(...(await unasked(world, ledgers)));
  for (const [name, times] of Object.entries(spoiltCalls(world))) faults[name] = times - (spoiltBefore[name] ?? 0);
  return {
    name: round.name,
    payments: posted.reduce((sum, { asked }) => sum + asked.length, 0),
    batches: posted.filter(({ kind }) => kind === 'batch').length,
    singles: posted.filter(({ kind }) => kind === 'single').length,
    pendingByPlan: pending,
    faults,
    events,
    findings,
    incidents: world.incidents(),
    seconds: Math.round((Date.now() - begun) / 1000),
    commit: commit(),
  };
}

function nameOf(fault: Fault): string {
  if ('process' in fault) return `${fault.kind} ${fault.process}`;
  if ('rail' in fault) return `${fault.kind} ${fault.rail}`;
  return 'server' in fault ? `${fault.kind} ${fault.server}` : fault.kind;
}

function spoiltCalls({ rails, streams }: World): Record<string, number> {
  const of = (what: string, proxies: Readonly<Record<string, { readonly spoilt: Readonly<Record<string, number>> }>>) =>
    Object.entries(proxies).flatMap(([name, { spoilt }]) =>
      Object.entries(spoilt).map(([fault, times]) => [`${what} ${name}: ${fault}`, times] as const),
    );
  return Object.fromEntries([...of('calls of', rails), ...of('connections of', streams)]);
}

async function untilClosed({ c }: World, posted: readonly Posted[], say: (line: string) => void): Promise<void> {
  const until = Date.now() + patienceMs;
  let open = posted;
  while (open.length > 0 && Date.now() < until) {
    await sleep(1_000);
    const stands = await Promise.all(
      open.map(async (one) => ({ one, stand: await standOf(c, one).catch(() => undefined) })),
    );
    open = stands.flatMap(({ one, stand }) => {
      const expected = one.asked.filter(({ fate }) => fate !== 'pending').length;
      const isDone = stand?.isClosed && stand.final >= expected && stand.told === stand.final;
      return isDone ? [] : [one];
    });
  }
  for (const one of open) {
    const stand = await standOf(c, one);
    say(`not closed: ${one.kind} ${one.batchId} ${one.asked.length} rows ${JSON.stringify(stand)}`);
  }
}

/** Whatever a rail has paid is in the hub's book of payments. */
async function unasked({ c }: World, ledgers: Ledgers): Promise<Finding[]> {
  const known = new Set<string>();
  for await (const { _id } of c.payments.find({}, { projection: { _id: 1 } }))
    known.add(endToEndIdOf(batchIdOfKey(_id), rowOfKey(_id)));
  return [...ledgers]
    .filter(([id, entries]) => !known.has(id) && entries.some(({ executed }) => executed > 0))
    .map(([id]) => ({ wrong: 'paid twice' as const, batchId: id, row: 0, detail: 'nobody asked for this payment' }));
}
