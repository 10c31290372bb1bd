/** Writes what a run came to, for people: figures per round, what was wrong, on which machine. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { wrongs } from './checker.ts';
import type { RoundReport } from './run-round.ts';

export function figuresOf(rounds: readonly RoundReport[]): Record<string, number> {
  const sum = (of: (round: RoundReport) => number) => rounds.reduce((total, round) => total + of(round), 0);
  return {
    rounds: rounds.length,
    batches: sum(({ batches }) => batches),
    'single payments': sum(({ singles }) => singles),
    payments: sum(({ payments }) => payments),
    'pending by plan': sum((round) => round.pendingByPlan),
    ...Object.fromEntries(
      wrongs.map((wrong) => [wrong, sum(({ findings }) => findings.filter((each) => each.wrong === wrong).length)]),
    ),
    incidents: sum(({ incidents }) => incidents.length),
  };
}

export function isClean(rounds: readonly RoundReport[]): boolean {
  return rounds.every(({ findings, incidents }) => findings.length === 0 && incidents.length === 0);
}

/** By kind and place, over all rounds. */
export function faultsOf(rounds: readonly RoundReport[]): Record<string, number> {
  return summed(rounds.map(({ faults }) => faults));
}

function summed(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const each of counts) for (const [name, times] of Object.entries(each)) sums[name] = (sums[name] ?? 0) + times;
  return Object.fromEntries(Object.entries(sums).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A page, `{path}.md`, and its rounds for whoever goes on with the run, `{path}.json`. */
export function writeReport(path: string, rounds: readonly RoundReport[], errors: readonly string[]): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.json`, `${JSON.stringify(rounds, null, 2)}\n`);
  writeFileSync(`${path}.md`, textOf(new Date().toISOString(), rounds, errors));
}

/** None where there was no such run yet. */
export function readRounds(path: string): readonly RoundReport[] {
  return existsSync(`${path}.json`) ? JSON.parse(readFileSync(`${path}.json`, 'utf8')) : [];
}

function textOf(at: string, rounds: readonly RoundReport[], errors: readonly string[]): string {
  const figures = Object.entries(figuresOf(rounds));
  const perRound = rounds.map(
    (round) => `| ${[round.name, ...Object.values(figuresOf([round])).slice(1), round.seconds].join(' | ')} |`,
  );
  const names = [...figures.slice(1).map(([name]) => name), 'seconds'];
  const found = rounds.flatMap(({ name, findings, incidents }) => [
    ...findings.map(({ wrong, batchId, row, detail }) => `- ${name}: ${wrong}, ${batchId} row ${row}: ${detail}`),
    ...incidents.map((line) => `- ${name}: incident: \`${line.slice(0, 400)}\``),
  ]);
  const isGood = isClean(rounds) && errors.length === 0;
  return `# Faults, ${at.slice(0, 10)}

${isGood ? 'Nothing was lost, paid twice, changed or stuck.' : '**This run found failures; they are listed below.**'}
\`make chaos SEED=<the part of a round's name before its last dash>\` runs the same schedule again.

Machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}; commits ${[...new Set(rounds.map(({ commit }) => commit))].join(', ')};
Zeebe 8.5.8, Kafka, MongoDB 6.0 and SeaweedFS 4.48 of the local stack on the same machine.

| seed-round | ${names.join(' | ')} |
|---|${names.map(() => '---:|').join('')}
${perRound.join('\n')}
| **all** | ${[...figures.slice(1).map(([, n]) => n), rounds.reduce((sum, { seconds }) => sum + seconds, 0)].join(' | ')} |

Faults: ${listed(faultsOf(rounds))}.

Clients and operators: ${listed(summed(rounds.map(({ events }) => events)))}.

## What was wrong

${found.length + errors.length > 0 ? [...found, ...errors.map((error) => `- the harness ended: ${error}`)].join('\n') : 'Nothing.'}
`;
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, times]) => `${name} ${times}`)
    .join(', ');
}

/** Of the code that runs: as it was when this was first asked, whatever is committed while it runs. */
export function commit(): string {
  described ??= execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  return described;
}

let described: string | undefined;
