/** The page about the latency of single payments. */
import { lineChart } from './chart.ts';
import { type LatencyRun, type Timeline, warmUp, warmUpTransfers } from './latency.ts';
import { cpuTable } from './report-bulk.ts';
import { percentile, spreadOf, spreadText } from './spread.ts';
import { type Report, table } from './write-report.ts';

const shares = [0.5, 0.95, 0.99] as const;

export function latencyReport(runs: readonly LatencyRun[]): Report {
  const { rail, ratePerSecond } = runs[0]!;
  const count = runs[0]!.payments.length;
  const of = (pick: (timeline: Timeline) => number) => runs.map(({ payments }) => payments.map(pick));
  const bare = runs.map((run) => run.bare);
  const measured: readonly [string, readonly (readonly number[])[]][] = [
    ['POST sent → 202', of(({ accepted }) => accepted)],
    ['POST sent → rail first spoken to', of(({ reached }) => reached)],
    ['**POST sent → outcome in the books**', of(({ final }) => final)],
    ['POST sent → webhook arrived', of(({ told }) => told)],
    ['of it: waiting for the rail (simulated)', of((timeline) => timeline.rail)],
    ['bare process: start sent → the task at which it would be final', bare],
  ];
  const at = (values: readonly (readonly number[])[], share: number) =>
    spreadText(values.map((each) => percentile(each, share)));
  const median = (values: readonly (readonly number[])[]) =>
    spreadOf(values.map((each) => percentile(each, 0.5))).median;
  const [final, railMs, bareMs] = [median(measured[2]![1]), median(measured[4]![1]), median(bare)];
  const part = (ms: number) => `${ms.toFixed(0)} ms (${Math.round((ms / final) * 100)} %)`;
  const others = runs.map(({ cpu, ms }) => cpu.others / (ms / 1_000));
  const text = [
    `${count} single payments by \`POST /channel/transfer\` over rail \`${rail}\`, ${ratePerSecond} a second, each at a moment of its own (Poisson, open loop: nobody waits for the one before),`,
    `after ${warmUp} payments of a file, ${warmUp} bare instances and ${warmUpTransfers} single payments to warm up. Final is the time in the books (\`outcomes.at\`); all clocks are this machine's, in milliseconds.`,
    'Turn by turn with them, at the same rate, instances of a bare process with as many service tasks and empty workers, through the same SDK. Valid: each payment completed, executed once by the rail.',
    '',
    table(
      ['ms, of each round: median (least … most)', 'p50', 'p95', 'p99'],
      measured.map(([name, values]) => [name, ...shares.map((share) => at(values, share))]),
    ),
    '',
    `Of the median payment's ${final.toFixed(0)} ms the engine is ${part(bareMs)}, the rail ${part(railMs)}, and what is left, ${part(Math.max(0, final - bareMs - railMs))}, the hub: HTTP, books, the richer model, and waiting for a processor.`,
    '',
    `Other programs of the machine took ${spreadText(others, 2)} cores meanwhile.`,
    '',
    '## Processor milliseconds per payment (median)',
    cpuTable([['hub', (name) => spreadOf(runs.map(({ cpu }) => (cpu[name] / count) * 1_000)).median]]),
  ].join('\n');
  const last = runs.at(-1)!;
  const curve = (values: readonly number[]) => Array.from({ length: 100 }, (_, i) => percentile(values, (i + 1) / 100));
  const percentiles = lineChart({
    title: `Latency by percentile, round ${last.round}`,
    xTitle: 'percent of payments that were this fast or faster',
    yTitle: 'ms',
    series: [
      { name: 'final', values: curve(last.payments.map((timeline) => timeline.final)) },
      { name: '202', values: curve(last.payments.map(({ accepted }) => accepted)) },
      { name: 'bare process', values: curve(last.bare) },
    ],
  });
  return {
    what: `latency-${rail}`,
    title: `Benchmark: LATENCY over ${rail}`,
    text,
    plots: { percentiles },
    data: runs,
  };
}
