/** `make chaos [SEED=n,m] [ROUNDS=n]`: faults of a seed against the real stack while batches flow; exits with 1 when a book disagrees. */
import { createRandom } from './random.ts';
import { faultsOf, figuresOf, isClean, writeReport } from './report.ts';
import { type RoundReport, runRound } from './run-round.ts';
import { roundOf } from './schedule.ts';
import { openWorld } from './world.ts';

const seeds = (process.env.SEED || String(Date.now() % 1_000_000)).split(',');
const rounds = Number(process.env.ROUNDS || 1);
const endBy = Date.now() + Number(process.env.MINUTES_MAX || 600) * 60_000;
const say = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
const reports: RoundReport[] = [];
const errors: string[] = [];

say(`seeds ${seeds.join(', ')}, ${rounds} rounds each`);
const world = await openWorld(createRandom(seeds[0]!), say);
try {
  for (const seed of seeds) {
    for (let n = 1; n <= rounds && Date.now() < endBy; n += 1) await runOne(seed, n);
  }
} catch (error) {
  errors.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  say(errors.join('\n'));
} finally {
  await world.close();
}
const path = writeReport('bench/reports', reports, errors);
say(JSON.stringify(figuresOf(reports)));
say(`faults by kind: ${JSON.stringify(faultsOf(reports))}`);
say(`report: ${path}`);
process.exit(isClean(reports) && errors.length === 0 ? 0 : 1);

async function runOne(seed: string, n: number): Promise<void> {
  const round = roundOf(seed, n);
  say(`round ${round.name}`);
  const report = await runRound(world, round, (line) => say(`  ${line}`));
  reports.push(report);
  for (const { wrong, batchId, row, detail } of report.findings)
    say(`  SEED=${seed}: ${wrong}: ${batchId} row ${row}: ${detail}`);
  for (const line of report.incidents) say(`  SEED=${seed}: incident: ${line.slice(0, 600)}`);
  say(`round ${round.name} took ${report.seconds} s: ${JSON.stringify(figuresOf([report]))}`);
}
