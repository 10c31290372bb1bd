/** `make chaos [SEED=n,m] [ROUNDS=n]`: faults of a seed against the real stack while batches flow; exits with 1 when a book disagrees. */
import { fileURLToPath } from 'node:url';
import { createRandom } from './random.ts';
import { faultsOf, figuresOf, isClean, writeReport } from './report.ts';
import { type RoundReport, runRound } from './run-round.ts';
import { roundOf } from './schedule.ts';
import { openWorld, type World } from './world.ts';

export type ChaosOptions = {
  readonly seeds: readonly string[];
  /** Of each seed. */
  readonly rounds: number;
  /** No round begins later than this after the first. */
  readonly minutesMax: number;
};

const say = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);

/** Every round that could be run, and why there are no more if something broke. */
export async function runChaos({ seeds, rounds, minutesMax }: ChaosOptions) {
  const reports: RoundReport[] = [];
  const errors: string[] = [];
  say(`seeds ${seeds.join(', ')}, ${rounds} rounds each`);
  const endBy = Date.now() + minutesMax * 60_000;
  const world = await openWorld(createRandom(seeds[0]!), say);
  try {
    for (const seed of seeds) {
      for (let n = 1; n <= rounds && Date.now() < endBy; n += 1) reports.push(await runOne(world, seed, n));
    }
  } catch (error) {
    errors.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    say(errors.join('\n'));
  } finally {
    await world.close();
  }
  return { reports, errors, isGood: isClean(reports) && errors.length === 0 };
}

async function runOne(world: World, seed: string, n: number): Promise<RoundReport> {
  const round = roundOf(seed, n);
  say(`round ${round.name}`);
  const report = await runRound(world, round, (line) => say(`  ${line}`));
  for (const { wrong, batchId, row, detail } of report.findings)
    say(`  SEED=${seed}: ${wrong}: ${batchId} row ${row}: ${detail}`);
  for (const line of report.incidents) say(`  SEED=${seed}: incident: ${line.slice(0, 600)}`);
  say(`round ${round.name} took ${report.seconds} s: ${JSON.stringify(figuresOf([report]))}`);
  return report;
}

async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const { reports, errors, isGood } = await runChaos({
    seeds: (env.SEED || String(Date.now() % 1_000_000)).split(','),
    rounds: Number(env.ROUNDS || 1),
    minutesMax: Number(env.MINUTES_MAX || 600),
  });
  const path = writeReport('bench/reports', reports, errors);
  say(JSON.stringify(figuresOf(reports)));
  say(`faults by kind: ${JSON.stringify(faultsOf(reports))}`);
  say(`report: ${path}`);
  process.exit(isGood ? 0 : 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.env);
