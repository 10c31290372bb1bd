/** One round: batches are posted while faults strike; then all is up again, every batch must close by itself, and the books are compared. */
import { setTimeout as sleep } from 'node:timers/promises';
import { endToEndIdOf } from '../../domain/ids.ts';
import { type AskedRow, checkBooks, type Finding, pendingByPlan } from './checker.ts';
import { fileOf } from './hub-client.ts';
import { readBooks, readLedgers, standOf } from './read-books.ts';
import type { PlannedBatch, Round } from './schedule.ts';
import type { World } from './world.ts';

/** After everything is up again. */
const patienceMs = 240_000;

export type RoundReport = {
  readonly name: string;
  readonly payments: number;
  readonly batches: number;
  readonly pendingByPlan: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
  readonly incidents: readonly string[];
  readonly seconds: number;
};

type Posted = { readonly batchId: string; readonly asked: readonly AskedRow[] };

export async function runRound(world: World, round: Round, say: (line: string) => void): Promise<RoundReport> {
  const begun = Date.now();
  const faults: Record<string, number> = {};
  const spoiltBefore = spoiltCalls(world);
  const findings: Finding[] = [];
  const posting = Promise.all(round.batches.map((batch) => post(world, batch, findings)));
  const striking = round.faults.map(async (fault) => {
    await sleep(fault.atMs);
    const where = 'process' in fault ? fault.process : 'rail' in fault ? fault.rail : '';
    const name = `${fault.kind} ${where}`.trim();
    faults[name] = (faults[name] ?? 0) + 1;
    say(`${((Date.now() - begun) / 1000).toFixed(1)} s: ${name} for ${fault.ms} ms`);
    await world.strike(fault).catch((error: Error) => say(`${name}: ${error.message.split('\n')[0]}`));
  });
  await Promise.all([sleep(round.lengthMs), ...striking]);
  await world.heal();
  say('all is up again');
  const posted = await posting;
  await untilClosed(world, posted, say);

  const ledgers = await readLedgers(world.simulators);
  let pending = 0;
  for (const { batchId, asked } of posted) {
    const books = await readBooks({ c: world.c, client: world.client, ledgers }, batchId, asked);
    findings.push(...checkBooks(books));
    pending += pendingByPlan(books);
  }
  findings.push(...(await unasked(world, ledgers)));
  for (const [name, times] of Object.entries(spoiltCalls(world))) faults[name] = times - (spoiltBefore[name] ?? 0);
  return {
    name: round.name,
    payments: posted.reduce((sum, { asked }) => sum + asked.length, 0),
    batches: posted.length,
    pendingByPlan: pending,
    faults,
    findings,
    incidents: world.incidents(),
    seconds: Math.round((Date.now() - begun) / 1000),
  };
}

function spoiltCalls({ proxies }: World): Record<string, number> {
  const counts = Object.entries(proxies).flatMap(([rail, { spoilt }]) =>
    Object.entries(spoilt).map(([fault, times]) => [`calls of ${rail}: ${fault}`, times] as const),
  );
  return Object.fromEntries(counts);
}

/** Posts each copy until accepted: all of them must be one batch. */
async function post({ client }: World, batch: PlannedBatch, findings: Finding[]): Promise<Posted> {
  await sleep(batch.atMs);
  const { text, asked } = fileOf(batch.rows);
  const ids = await Promise.all(Array.from({ length: batch.copies }, () => client.accepted(batch, text)));
  const batchId = ids[0]!;
  if (new Set(ids).size > 1)
    findings.push({ wrong: 'paid twice', batchId, row: 0, detail: `one key made batches ${ids.join(', ')}` });
  if (batch.decision) await client.decided(batchId, batch.decision);
  return { batchId, asked };
}

async function untilClosed({ c }: World, posted: readonly Posted[], say: (line: string) => void): Promise<void> {
  const until = Date.now() + patienceMs;
  let open = posted;
  while (open.length > 0 && Date.now() < until) {
    await sleep(1_000);
    const stands = await Promise.all(
      open.map(async (one) => ({ one, stand: await standOf(c, one.batchId).catch(() => undefined) })),
    );
    open = stands.flatMap(({ one, stand }) => {
      const expected = one.asked.filter(({ fate }) => fate !== 'pending').length;
      const isDone = stand?.isClosed && stand.final >= expected && stand.told === stand.final;
      return isDone ? [] : [one];
    });
  }
  for (const { batchId, asked } of open)
    say(`not closed: ${batchId} ${asked.length} rows ${JSON.stringify(await standOf(c, batchId))}`);
}

/** Whatever a rail has paid belongs to a payment of the hub. */
async function unasked({ c }: World, ledgers: Awaited<ReturnType<typeof readLedgers>>): Promise<Finding[]> {
  const known = new Set<string>();
  for await (const { _id, rows } of c.batches.find({}, { projection: { rows: 1 } }))
    for (let row = 1; row <= Number(rows ?? 0); row += 1) known.add(endToEndIdOf(_id, row));
  return [...ledgers]
    .filter(([id, entries]) => !known.has(id) && entries.some(({ executed }) => executed > 0))
    .map(([id]) => ({ wrong: 'paid twice' as const, batchId: id, row: 0, detail: 'no batch asked for this payment' }));
}
