/** The page about fair shares. */
import { barChart } from './chart.ts';
import type { FairRun } from './fair.ts';
import { spreadOf, spreadText } from './spread.ts';
import { type Report, table } from './write-report.ts';

export function fairReport(runs: readonly FairRun[]): Report {
  const text = [
    'Ten payments of one tenant, posted again and again, one file after the other: first on an idle hub, then while very many of another tenant flow over the same rail.',
    'Whole: POST to closed batch. Paid: from its sub-batch on its way to its last outcome counted. Median (least … most). Goal: at most twice the idle time.',
    '',
    table(
      [
        'round',
        'rail',
        'the other tenant has',
        'idle, ms',
        'beside, ms',
        'ratio',
        'idle, paid, ms',
        'beside, paid, ms',
        'all of the other, s',
      ],
      runs.map((run) => [
        String(run.round),
        run.rail,
        run.large.toLocaleString('en-GB'),
        spreadText(run.idleMs),
        spreadText(run.besideMs),
        run.ratio.toFixed(2),
        spreadText(run.idlePaidMs),
        spreadText(run.besidePaidMs),
        (run.largeMs / 1_000).toFixed(1),
      ]),
    ),
  ].join('\n');
  const times = barChart({
    title: 'Ten payments, POST to closed, milliseconds (median)',
    xTitle: 'round and rail',
    yTitle: 'ms',
    groups: runs.map(({ round, rail }) => `${round} ${rail}`),
    series: [
      { name: 'idle hub', values: runs.map(({ idleMs }) => spreadOf(idleMs).median) },
      { name: 'beside a large batch', values: runs.map(({ besideMs }) => spreadOf(besideMs).median) },
    ],
  });
  return { what: 'fair', title: 'Benchmark: FAIR', text, plots: { times }, data: runs };
}
