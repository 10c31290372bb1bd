/** BULK: from POST to the result file over a rail that takes 1,000 payments a call, beside the bare minimum on the same servers. */
import { bareMinimum } from './bulk-reference.ts';
import { freshHub, type Hub, type Paid } from './hub.ts';
import type { Options } from './options.ts';
import { payroll } from './payroll.ts';
import { type Spread, spreadOf } from './spread.ts';
import { type Measured, peaksOf, watchUsage } from './usage.ts';
import { assertPaid } from './verdict.ts';

export const stages = ['accept', 'start', 'validate', 'split', 'pay', 'merge', 'close'] as const;
export type Stage = (typeof stages)[number];

export type BulkRun = {
  readonly round: number;
  readonly rows: number;
  readonly bytes: number;
  /** POST to the result file, ms. */
  readonly totalMs: number;
  readonly perSecond: number;
  readonly stageMs: Readonly<Record<Stage, number>>;
  /** Seconds of processor time from POST to the result file, and in each stage. */
  readonly cpu: Readonly<Record<Measured, number>>;
  readonly stageCpu: Readonly<Record<Stage, Readonly<Record<Measured, number>>>>;
  readonly peakMb: ReturnType<typeof peaksOf>;
  /** Parse, insert, read back, write; and the same with claims and outcomes inserted too. */
  readonly bareMs: number;
  readonly bareBooksMs: number;
  /** During both. */
  readonly bareCpu: Readonly<Record<Measured, number>>;
  /** From a sub-batch on its way to its settlement. */
  readonly cycleMs: Spread;
  readonly ratio: number;
};

/** Sizes of a round one after the other, each on a stack with clean data. */
export async function runBulk(
  options: Options,
  say: (line: string) => void,
  done: (runs: readonly BulkRun[]) => void,
): Promise<void> {
  const runs: BulkRun[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const rows of options.sizes) {
      const { hub } = await freshHub(options.profile, say);
      try {
        runs.push(await measure(hub, round, rows, options, say));
        done(runs);
      } finally {
        await hub.close();
        if (!options.keep) await hub.stack.reset();
      }
    }
  }
}

async function measure(
  hub: Hub,
  round: number,
  rows: number,
  options: Options,
  say: (line: string) => void,
): Promise<BulkRun> {
  // Code that was never run before is slow in Java and in Node alike: a small batch of as many sub-batches as the sizes have.
  const small = payroll('slcb', 5_000).bytes;
  await hub.pay(small, { switches: { 'splitting.sub-batch-size': 50 } });
  await bareMinimum(hub, small, { books: true });
  const file = payroll('slcb', rows);
  const before = await hub.ledger('slcb');
  const usage = watchUsage(hub.stack);
  const { subBatchSize } = options;
  const switches = subBatchSize === undefined ? undefined : { 'splitting.sub-batch-size': subBatchSize };
  const paid = await hub.pay(file.bytes, { switches });
  usage.stop();
  await assertPaid(hub, paid, 'slcb', { rows, minor: file.minor }, before);
  const peakMb = peaksOf(hub.stack);
  const at = momentsOf(paid);
  const totalMs = at.merge[1] - paid.postedAt;
  const bareFrom = Date.now();
  const bareUsage = watchUsage(hub.stack);
  const bareMs = await bareMinimum(hub, file.bytes, { books: false });
  const bareBooksMs = await bareMinimum(hub, file.bytes, { books: true });
  bareUsage.stop();
  const run: BulkRun = {
    round,
    rows,
    bytes: file.bytes.length,
    totalMs,
    perSecond: rows / (totalMs / 1_000),
    stageMs: byStage((stage) => at[stage][1] - at[stage][0]),
    cpu: usage.between(paid.postedAt, at.merge[1]),
    stageCpu: byStage((stage) => usage.between(...at[stage])),
    peakMb,
    bareMs,
    bareBooksMs,
    bareCpu: bareUsage.between(bareFrom, Date.now()),
    cycleMs: spreadOf(
      paid.subBatches.map(({ dispatchedAt, settledAt }) => settledAt!.getTime() - dispatchedAt!.getTime()),
    ),
    ratio: bareMs / totalMs,
  };
  say(`bulk round ${round}, ${rows} rows: ${Math.round(run.perSecond)}/s, ${run.ratio.toFixed(2)} of the bare minimum`);
  return run;
}

/** When each stage began and ended, from the batch's own times. */
function momentsOf({ postedAt, answeredAt, batch }: Paid): Record<Stage, [number, number]> {
  const moment = (name: 'startedAt' | 'validatedAt' | 'dispatchedAt' | 'settledAt' | 'closedAt') => {
    const at = batch[name];
    if (!at) throw new Error(`batch ${batch._id} has no ${name}`);
    return at.getTime();
  };
  const mergedAt = batch.results[0]?.at.getTime();
  if (mergedAt === undefined) throw new Error(`batch ${batch._id} has no result file`);
  // The process may begin before the 202 has arrived.
  const acceptedAt = Math.min(answeredAt, moment('startedAt'));
  return {
    accept: [postedAt, acceptedAt],
    start: [acceptedAt, moment('startedAt')],
    validate: [moment('startedAt'), moment('validatedAt')],
    split: [moment('validatedAt'), moment('dispatchedAt')],
    pay: [moment('dispatchedAt'), moment('settledAt')],
    merge: [moment('settledAt'), mergedAt],
    close: [mergedAt, moment('closedAt')],
  };
}

function byStage<T>(value: (stage: Stage) => T): Record<Stage, T> {
  return Object.fromEntries(stages.map((stage) => [stage, value(stage)])) as Record<Stage, T>;
}

/** Fixed cost and cost per row: the line through the two largest sizes. */
export function costsOf(small: { rows: number; ms: number }, large: { rows: number; ms: number }) {
  const perRowMs = (large.ms - small.ms) / (large.rows - small.rows);
  return { fixedMs: small.ms - perRowMs * small.rows, perRowMs };
}
