/** PAYMENT: one process instance per payment, beside a bare Zeebe process with as many service tasks and empty workers. */
import { batchRange } from '../store/row-keys.ts';
import { freshHub, type Hub, type Paid } from './hub.ts';
import type { Options } from './options.ts';
import { bareInstances, serveBare } from './payment-reference.ts';
import { payroll } from './payroll.ts';
import { type Measured, peaksOf, watchUsage } from './usage.ts';
import { assertPaid } from './verdict.ts';

export type PaymentRun = {
  readonly round: number;
  readonly payments: number;
  readonly rail: string;
  /** Which of the two went first. */
  readonly first: 'hub' | 'bare';
  /** From the first sub-batch on its way to the last one settled. */
  readonly ms: number;
  readonly perSecond: number;
  readonly bareMs: number;
  readonly barePerSecond: number;
  readonly ratio: number;
  readonly cpu: Readonly<Record<Measured, number>>;
  readonly bareCpu: Readonly<Record<Measured, number>>;
  readonly peakMb: ReturnType<typeof peaksOf>;
  /** Payments that became final in each second of the run; and instances that ended, of the bare process. */
  readonly finals: readonly number[];
  readonly bareFinals: readonly number[];
};

/**
 * Enough that Java has compiled most of what it runs. After 500, its compiler was still at work for 9 ms a payment while the
 * first of the two was measured, and for 2 ms during the second.
 */
export const warmUp = 4_000;

export async function runPayments(
  options: Options,
  say: (line: string) => void,
  done: (runs: readonly PaymentRun[]) => void,
): Promise<void> {
  const runs: PaymentRun[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    const { hub } = await freshHub(options.profile, say);
    try {
      runs.push(await measure(hub, round, options, say));
      done(runs);
    } finally {
      await hub.close();
      if (!options.keep) await hub.stack.reset();
    }
  }
}

async function measure(hub: Hub, round: number, options: Options, say: (line: string) => void): Promise<PaymentRun> {
  const { rail, payments } = options;
  await serveBare(hub.zeebe, rail);
  await hub.pay(payroll(rail, warmUp).bytes);
  await bareInstances(hub.zeebe, rail, warmUp);
  const first = round % 2 === 1 ? 'hub' : 'bare';
  const early = first === 'bare' ? await bare() : undefined;
  const hubs = await throughHub();
  const bares = early ?? (await bare());
  const run = { round, payments, rail, first, ...hubs, ...bares, ratio: hubs.perSecond / bares.barePerSecond } as const;
  say(
    `payment round ${round}: ${run.perSecond.toFixed(1)}/s, bare ${run.barePerSecond.toFixed(1)}/s, ratio ${run.ratio.toFixed(2)}`,
  );
  return run;

  async function throughHub() {
    const file = payroll(rail, payments);
    const before = await hub.ledger(rail);
    const usage = watchUsage(hub.stack);
    const paid = await hub.pay(file.bytes);
    usage.stop();
    const peakMb = peaksOf(hub.stack);
    await assertPaid(hub, paid, rail, { rows: payments, minor: file.minor }, before);
    const [from, to] = spanOf(paid);
    const ms = to - from;
    const finals = perSecondOf(await finalTimes(hub, paid), from);
    return { ms, perSecond: payments / (ms / 1_000), cpu: usage.between(from, to), peakMb, finals };
  }

  async function bare() {
    const usage = watchUsage(hub.stack);
    const { from, ends } = await bareInstances(hub.zeebe, rail, payments);
    usage.stop();
    const to = Math.max(...ends);
    const bareMs = to - from;
    const bareFinals = perSecondOf(ends, from);
    return { bareMs, barePerSecond: payments / (bareMs / 1_000), bareCpu: usage.between(from, to), bareFinals };
  }
}

function spanOf({ batch, subBatches }: Paid): [number, number] {
  const from = Math.min(...subBatches.map(({ dispatchedAt }) => dispatchedAt!.getTime()));
  return [from, batch.settledAt!.getTime()];
}

async function finalTimes(hub: Hub, { batch }: Paid): Promise<number[]> {
  const docs = hub.c.outcomes.find({ _id: batchRange(batch._id) }, { projection: { at: 1 } });
  return (await docs.toArray()).map(({ at }) => at.getTime());
}

function perSecondOf(times: readonly number[], from: number): number[] {
  const counts: number[] = [];
  for (const at of times) {
    const second = Math.max(0, Math.floor((at - from) / 1_000));
    counts[second] = (counts[second] ?? 0) + 1;
  }
  return Array.from(counts, (count) => count ?? 0);
}
