/** Writes what a run came to, for people: figures per round, what was wrong, on which machine. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { wrongs } from './checker.ts';
import type { RoundReport } from './run-round.ts';

export function figuresOf(rounds: readonly RoundReport[]): Record<string, number> {
  const sum = (of: (round: RoundReport) => number) => rounds.reduce((total, round) => total + of(round), 0);
  return {
    rounds: rounds.length,
    batches: sum(({ batches }) => batches),
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
  const faults: Record<string, number> = {};
  for (const round of rounds)
    for (const [name, times] of Object.entries(round.faults)) faults[name] = (faults[name] ?? 0) + times;
  return faults;
}

/** Answers the file's path. */
export function writeReport(folder: string, rounds: readonly RoundReport[], errors: readonly string[]): string {
  mkdirSync(folder, { recursive: true });
  const at = new Date().toISOString();
  const path = join(folder, `chaos-${at.slice(0, 16).replace(':', '')}.md`);
  writeFileSync(path, textOf(at, rounds, errors));
  return path;
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

Machine: ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}; commit ${commit()};
Zeebe 8.5.8, Kafka, MongoDB 6.0 and SeaweedFS 4.48 of the local stack on the same machine.

| seed-round | ${names.join(' | ')} |
|---|${names.map(() => '---:|').join('')}
${perRound.join('\n')}
| **all** | ${[...figures.slice(1).map(([, n]) => n), rounds.reduce((sum, { seconds }) => sum + seconds, 0)].join(' | ')} |

Faults: ${Object.entries(faultsOf(rounds))
    .map(([name, times]) => `${name} ${times}`)
    .join(', ')}.

## What was wrong

${found.length + errors.length > 0 ? [...found, ...errors.map((error) => `- the harness ended: ${error}`)].join('\n') : 'Nothing.'}
`;
}

function commit(): string {
  return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
}
