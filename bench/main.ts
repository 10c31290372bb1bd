/** `make bench`: runs the benchmarks on a stack of their own and writes what they measured to bench/reports/. */

import { runBulk } from './bulk.ts';
import { describeMachine } from './machine.ts';
import { readOptions, settingsOf } from './options.ts';
import { runPayments } from './payment.ts';
import { bulkReport } from './report-bulk.ts';
import { paymentReport } from './report-payment.ts';
import { startReport } from './report-start.ts';
import { runStart } from './start.ts';
import { writeReport } from './write-report.ts';

const startedAt = Date.now();
const say = (line: string) => {
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1).padStart(7);
  process.stdout.write(`${seconds} s  ${line}\n`);
};

try {
  const options = readOptions(process.env);
  const machine = describeMachine();
  const settings = settingsOf(options, process.env);
  // The hub's processes inherit them.
  Object.assign(process.env, settings);
  const about = { machine, settings, date: new Date().toISOString(), folder: options.reports };
  for (const kind of options.kinds) {
    if (kind === 'bulk') await runBulk(options, say, (runs) => writeReport(bulkReport(runs), about, say));
    if (kind === 'payment') await runPayments(options, say, (runs) => writeReport(paymentReport(runs), about, say));
    if (kind === 'start') await runStart(options, say, (runs) => writeReport(startReport(runs), about, say));
  }
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  process.exit(1);
}
