/** `make chaos [SEED=n,m] [ROUNDS=n] [REPORT=path]`: faults of a seed against the real stack while payments flow; exits with 1 when a book disagrees. */
import { fileURLToPath } from 'node:url';
import { createRandom } from './random.ts';
import { commit, faultsOf, figuresOf, isClean, readRounds, writeReport } from './report.ts';
import { type RoundReport, runRound } from './run-round.ts';
import { roundOf } from './schedule.ts';
import { openWorld, type World } from './world.ts';

export type ChaosOptions = {
  readonly seeds: readonly string[];
  /** Of each seed. */
  readonly rounds: number;
  /** No round begins later than this after the first. */
  readonly minutesMax: number;
  /** Of the stack's ports; PORT_OFFSET's where left out. */
  readonly portOffset?: number;
  readonly profile?: string;
  /** Clean rounds of a run before this one, which are not run again. */
  readonly earlier?: readonly RoundReport[];
  /** Told all rounds after each. */
  readonly onRound?: (reports: readonly RoundReport[]) => void;
};

const say = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);

/** Every round that could be run, and why there are no more if something broke. */
export async function runChaos(options: ChaosOptions) {
  const { seeds, rounds, minutesMax, portOffset, profile, earlier = [], onRound } = options;
  const reports = earlier.filter((round) => isClean([round]));
  const errors: string[] = [];
  say(`seeds ${seeds.join(', ')}, ${rounds} rounds each, commit ${commit()}`);
  const endBy = Date.now() + minutesMax * 60_000;
  const world = await openWorld({ random: createRandom(seeds[0]!), say, portOffset, profile });
  try {
    for (const seed of seeds) {
      for (let n = 1; n <= rounds && Date.now() < endBy; n += 1) {
        if (reports.some(({ name }) => name === roundOf(seed, n).name)) continue;
        reports.push(await runOne(world, seed, n));
        onRound?.(reports);
      }
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
  // The same name again goes on where that run ended.
  const report = env.REPORT || `bench/reports/chaos-${new Date().toISOString().slice(0, 16).replace(':', '')}`;
  const { reports, errors, isGood } = await runChaos({
    seeds: (env.SEED || String(Date.now() % 1_000_000)).split(','),
    rounds: Number(env.ROUNDS || 1),
    minutesMax: Number(env.MINUTES_MAX || 600),
    profile: env.PROFILE || undefined,
    earlier: readRounds(report),
    onRound: (rounds) => writeReport(report, rounds, []),
  });
  writeReport(report, reports, errors);
  say(JSON.stringify(figuresOf(reports)));
  say(`faults by kind: ${JSON.stringify(faultsOf(reports))}`);
  say(`report: ${report}.md`);
  process.exit(isGood ? 0 : 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.env);
