/** `make bench`: runs the benchmarks on a stack of their own and writes what they measured to bench/reports/. */

import { runBulk } from './bulk.ts';
import { runFair } from './fair.ts';
import { runLatency } from './latency.ts';
import { describeMachine } from './machine.ts';
import { readOptions, settingsOf } from './options.ts';
import { runPayments } from './payment.ts';
import { bulkReport } from './report-bulk.ts';
import { fairReport } from './report-fair.ts';
import { latencyReport } from './report-latency.ts';
import { paymentReport } from './report-payment.ts';
import { startReport } from './report-start.ts';
import { spreadOf } from './spread.ts';
import { runStart } from './start.ts';
import { writeReport } from './write-report.ts';

const startedAt = Date.now();
const say = (line: string) => {
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1).padStart(7);
  process.stdout.write(`${seconds} s  ${line}\n`);
};

/** Of PAYMENT on the machine of the reports, where it is not measured in the same run. */
const usualPerSecond = 50;

try {
  const options = readOptions(process.env);
  const machine = describeMachine();
  const settings = settingsOf(options, process.env);
  // The hub's processes inherit them.
  Object.assign(process.env, settings);
  const about = { machine, settings, date: new Date().toISOString(), folder: options.reports };
  let paymentsPerSecond: number | undefined;
  for (const kind of options.kinds) {
    if (kind === 'bulk') await runBulk(options, say, (runs) => writeReport(bulkReport(runs), about, say));
    if (kind === 'payment') {
      await runPayments(options, say, (runs) => {
        writeReport(paymentReport(runs), about, say);
        paymentsPerSecond = spreadOf(runs.map(({ perSecond }) => perSecond)).median;
      });
    }
    if (kind === 'latency') {
      const rate = options.rate ?? Math.round((paymentsPerSecond ?? usualPerSecond) / 5);
      await runLatency({ ...options, rate }, say, (runs) => writeReport(latencyReport(runs), about, say));
    }
    if (kind === 'fair') await runFair(options, say, (runs) => writeReport(fairReport(runs), about, say));
    if (kind === 'start') await runStart(options, say, (runs) => writeReport(startReport(runs), about, say));
  }
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  process.exit(1);
}
