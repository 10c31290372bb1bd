/** The page about BULK. */
import { type BulkRun, costsOf, stages } from './bulk.ts';
import { barChart } from './chart.ts';
import { spreadOf, spreadText } from './spread.ts';
import { hubProcesses, type Measured, measured } from './usage.ts';
import { type Report, table } from './write-report.ts';

export function bulkReport(runs: readonly BulkRun[]): Report {
  const sizes = [...new Set(runs.map(({ rows }) => rows))].sort((a, b) => a - b);
  const of = (rows: number) => runs.filter((run) => run.rows === rows);
  const median = (rows: number, value: (run: BulkRun) => number) => spreadOf(of(rows).map(value)).median;
  const text = [
    'POST of a CSV file to its result file in S3, rail `slcb` (1,000 payments a call). Figures are median (least … most) of the rounds; each round',
    'and size has clean data and a warm-up batch of 2,000 rows. Every run is valid: rows in = rows final = lines SUCCESS = what the rail executed, each once, to the cent.',
    'Bare minimum: upload, parse, insert into MongoDB (four thousands at once), read back in order, write the result, same file and servers; with books: a claim and an outcome inserted per row too.',
    '',
    table(
      ['rows', 'rounds', 'seconds', 'payments/s', 'bare minimum, rows/s', 'ratio', 'with books, rows/s', 'ratio'],
      sizes.map((rows) => [
        rows.toLocaleString('en-GB'),
        String(of(rows).length),
        spreadText(
          of(rows).map(({ totalMs }) => totalMs / 1_000),
          2,
        ),
        spreadText(of(rows).map(({ perSecond }) => perSecond)),
        spreadText(of(rows).map(({ bareMs }) => rows / (bareMs / 1_000))),
        spreadText(
          of(rows).map(({ ratio }) => ratio),
          2,
        ),
        spreadText(of(rows).map(({ bareBooksMs }) => rows / (bareBooksMs / 1_000))),
        spreadText(
          of(rows).map(({ bareBooksMs, totalMs }) => bareBooksMs / totalMs),
          2,
        ),
      ]),
    ),
    '',
    costText(sizes, (rows) => median(rows, ({ totalMs }) => totalMs)),
    '',
    '## Rounds; cores that other programs of this machine took meanwhile',
    table(
      [
        'round',
        'rows',
        'payments/s',
        'others, cores',
        'bare, rows/s',
        'others, cores',
        'ratio',
        'sub-batch under way, ms',
      ],
      runs.map((run) => [
        String(run.round),
        run.rows.toLocaleString('en-GB'),
        Math.round(run.perSecond).toLocaleString('en-GB'),
        (run.cpu.others / (run.totalMs / 1_000)).toFixed(2),
        Math.round(run.rows / (run.bareMs / 1_000)).toLocaleString('en-GB'),
        (run.bareCpu.others / ((run.bareMs + run.bareBooksMs) / 1_000)).toFixed(2),
        run.ratio.toFixed(2),
        `${run.cycleMs.median} (${run.cycleMs.min} … ${run.cycleMs.max})`,
      ]),
    ),
    '',
    '## Milliseconds per stage (median)',
    table(
      ['rows', ...stages],
      sizes.map((rows) => [
        rows.toLocaleString('en-GB'),
        ...stages.map((stage) => Math.round(median(rows, (run) => run.stageMs[stage])).toLocaleString('en-GB')),
      ]),
    ),
    '',
    '## Peak resident size, MB (most of the rounds)',
    table(
      ['rows', ...hubProcesses],
      sizes.map((rows) => [
        rows.toLocaleString('en-GB'),
        ...hubProcesses.map((name) => String(Math.max(...of(rows).map(({ peakMb }) => peakMb[name])))),
      ]),
    ),
    '',
    '## Processor seconds, POST to result (median); `others` is whatever else ran on the machine',
    cpuTable(sizes.map((rows) => [rows.toLocaleString('en-GB'), (name) => median(rows, ({ cpu }) => cpu[name])])),
    '',
    `## Cores in use per stage at ${sizes.at(-1)!.toLocaleString('en-GB')} rows (median)`,
    cpuTable(
      stages.map((stage) => [
        stage,
        (name) =>
          median(
            sizes.at(-1)!,
            ({ stageCpu, stageMs }) => stageCpu[stage][name] / Math.max(0.001, stageMs[stage] / 1_000),
          ),
      ]),
    ),
  ].join('\n');
  const perStage = barChart({
    title: 'Rows per second in each stage',
    xTitle: 'stage',
    yTitle: 'rows/s (median)',
    groups: ['validate', 'split', 'pay', 'merge', 'all', 'bare minimum'],
    series: sizes.map((rows) => ({
      name: `${rows.toLocaleString('en-GB')} rows`,
      values: [
        ...(['validate', 'split', 'pay', 'merge'] as const).map((stage) =>
          median(rows, ({ stageMs }) => rows / (stageMs[stage] / 1_000)),
        ),
        median(rows, ({ perSecond }) => perSecond),
        median(rows, ({ bareMs }) => rows / (bareMs / 1_000)),
      ],
    })),
  });
  const memory = barChart({
    title: 'Peak resident size',
    xTitle: 'process',
    yTitle: 'MB (most)',
    groups: hubProcesses,
    series: sizes.map((rows) => ({
      name: `${rows.toLocaleString('en-GB')} rows`,
      values: hubProcesses.map((name) => Math.max(...of(rows).map(({ peakMb }) => peakMb[name]))),
    })),
  });
  return { what: 'bulk', title: 'Benchmark: BULK', text, plots: { stages: perStage, memory }, data: runs };
}

function costText(sizes: readonly number[], msOf: (rows: number) => number): string {
  const lines = sizes.slice(1).map((rows, i) => {
    const { fixedMs, perRowMs } = costsOf({ rows: sizes[i]!, ms: msOf(sizes[i]!) }, { rows, ms: msOf(rows) });
    return `Between ${sizes[i]!.toLocaleString('en-GB')} and ${rows.toLocaleString('en-GB')} rows: fixed cost **${Math.round(fixedMs)} ms**, cost per row **${(perRowMs * 1_000).toFixed(0)} µs** (at most ${Math.round(1_000 / perRowMs).toLocaleString('en-GB')} rows/s).`;
  });
  return lines.join('\n\n');
}

export function cpuTable(rows: readonly (readonly [string, (name: Measured) => number])[]): string {
  const names: Measured[] = [...measured, 'bench', 'others'];
  return table(
    ['', ...names, 'sum'],
    rows.map(([label, costOf]) => {
      const values = names.map(costOf);
      return [
        label,
        ...values.map((value) => value.toFixed(2)),
        values.reduce((sum, value) => sum + value, 0).toFixed(2),
      ];
    }),
  );
}
