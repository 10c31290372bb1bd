/** The page about PAYMENT. */
import { lineChart } from './chart.ts';
import { type PaymentRun, warmUp } from './payment.ts';
import { cpuTable } from './report-bulk.ts';
import { spreadOf, spreadText } from './spread.ts';
import { hubProcesses } from './usage.ts';
import { type Report, table } from './write-report.ts';

export function paymentReport(runs: readonly PaymentRun[]): Report {
  const { payments, rail } = runs[0]!;
  const text = [
    `${payments.toLocaleString('en-GB')} payments of one batch over rail \`${rail}\`, an instance of \`transfer-${rail}\` each, from the first sub-batch on its way to the last one settled;`,
    'beside it a bare Zeebe process with as many service tasks (and the same wait, where the model has one), empty workers, the same SDK, throttle and exporter, in the same run.',
    `Both were warmed up with ${warmUp.toLocaleString('en-GB')}; who goes first changes from round to round. Valid: every payment completed, executed once by the rail, to the cent.`,
    '',
    table(
      [
        'round',
        'first',
        'hub, instances/s',
        'bare, instances/s',
        'ratio',
        'others during hub, cores',
        'others during bare, cores',
        ...hubProcesses.map((name) => `${name}, MB`),
      ],
      runs.map((run) => [
        String(run.round),
        run.first,
        run.perSecond.toFixed(1),
        run.barePerSecond.toFixed(1),
        run.ratio.toFixed(2),
        (run.cpu.others / (run.ms / 1_000)).toFixed(2),
        (run.bareCpu.others / (run.bareMs / 1_000)).toFixed(2),
        ...hubProcesses.map((name) => String(run.peakMb[name])),
      ]),
    ),
    '',
    `Median (least … most): hub **${spreadText(
      runs.map(({ perSecond }) => perSecond),
      1,
    )}**, bare **${spreadText(
      runs.map(({ barePerSecond }) => barePerSecond),
      1,
    )}**, ratio **${spreadText(
      runs.map(({ ratio }) => ratio),
      2,
    )}**.`,
    '',
    '## Processor milliseconds per payment (median)',
    cpuTable([
      ['hub', (name) => spreadOf(runs.map(({ cpu }) => (cpu[name] / payments) * 1_000)).median],
      ['bare', (name) => spreadOf(runs.map(({ bareCpu }) => (bareCpu[name] / payments) * 1_000)).median],
    ]),
  ].join('\n');
  const last = runs.at(-1)!;
  const finals = lineChart({
    title: `Payments final per second, round ${last.round}`,
    xTitle: 'seconds',
    yTitle: 'per second',
    series: [
      { name: 'hub', values: last.finals },
      { name: 'bare process', values: last.bareFinals },
    ],
  });
  return { what: `payment-${rail}`, title: `Benchmark: PAYMENT over ${rail}`, text, plots: { finals }, data: runs };
}
