/** The page about starting. */
import { barChart } from './chart.ts';
import { spreadText } from './spread.ts';
import type { StartRun } from './start.ts';
import { type Report, table } from './write-report.ts';

export function startReport(runs: readonly StartRun[]): Report {
  const seconds = (values: readonly number[]) =>
    spreadText(
      values.map((ms) => ms / 1_000),
      2,
    );
  const text = [
    'From no data and no process, downloads present: everything up and ready; then one payment over `slcb`, POST to result file, and a second one.',
    '',
    table(
      ['rounds', 'everything up, s', 'first payment, s', 'second payment, s'],
      [
        [
          String(runs.length),
          seconds(runs.map(({ upMs }) => upMs)),
          seconds(runs.map(({ firstPaymentMs }) => firstPaymentMs)),
          seconds(runs.map(({ secondPaymentMs }) => secondPaymentMs)),
        ],
      ],
    ),
    '',
    '## What the stack said in the last round',
    table(
      ['s', 'line'],
      runs.at(-1)!.said.map(({ at, line }) => [(at / 1_000).toFixed(1), line.replaceAll('|', '/').slice(0, 100)]),
    ),
  ].join('\n');
  const start = barChart({
    title: 'Start, seconds',
    xTitle: 'round',
    yTitle: 's',
    groups: runs.map(({ round }) => String(round)),
    series: [
      { name: 'up', values: runs.map(({ upMs }) => upMs / 1_000) },
      { name: 'first payment', values: runs.map(({ firstPaymentMs }) => firstPaymentMs / 1_000) },
      { name: 'second payment', values: runs.map(({ secondPaymentMs }) => secondPaymentMs / 1_000) },
    ],
  });
  return { what: 'start', title: 'Benchmark: START', text, plots: { start }, data: runs };
}
