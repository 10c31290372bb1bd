/** FAIR: ten payments of one tenant, on an idle hub and while very many of another tenant flow over the same rail. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freshHub, type Hub, type Paid } from './hub.ts';
import type { Options } from './options.ts';
import { payroll } from './payroll.ts';
import { spreadOf } from './spread.ts';

export type FairRun = {
  readonly round: number;
  readonly rail: string;
  /** Payments of the other tenant. */
  readonly large: number;
  /** POST to closed batch, in milliseconds, each time. */
  readonly idleMs: readonly number[];
  readonly besideMs: readonly number[];
  /** The same from the first sub-batch on its way to the last one settled. */
  readonly idlePaidMs: readonly number[];
  readonly besidePaidMs: readonly number[];
  readonly ratio: number;
  /** From the large file's POST to its result. */
  readonly largeMs: number;
};

const few = 10;
const tries = 5;
const warmUp = 300;

export async function runFair(
  options: Options,
  say: (line: string) => void,
  done: (runs: readonly FairRun[]) => void,
): Promise<void> {
  const runs: FairRun[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    const { hub } = await freshHub(options.profile, say);
    try {
      for (const [rail, large] of [
        [options.rail, options.payments],
        ['slcb', Math.max(...options.sizes)],
      ] as const) {
        const run = await measure(hub, round, rail, large);
        say(
          `fair round ${round}, ${rail}: idle ${spreadOf(run.idleMs).median} ms, beside ${large} ${spreadOf(run.besideMs).median} ms, ratio ${run.ratio.toFixed(2)}`,
        );
        runs.push(run);
        done(runs);
      }
    } finally {
      await hub.close();
      if (!options.keep) await hub.stack.reset();
    }
  }
}

async function measure(hub: Hub, round: number, rail: string, large: number): Promise<FairRun> {
  await hub.pay(payroll(rail, warmUp).bytes);
  const idle = await payFew(hub, rail, () => true);
  let isOver = false;
  const flowing = hub.pay(payroll(rail, large).bytes).finally(() => {
    isOver = true;
  });
  flowing.catch(() => undefined);
  await flows(hub, rail, () => isOver);
  const beside = await payFew(hub, rail, () => !isOver);
  if (beside.length === 0) throw new Error(`${large} payments over ${rail} were paid before ten: ask for more`);
  const { postedAt, batch } = await flowing;
  const [idleMs, besideMs] = [idle.map(wholeMs), beside.map(wholeMs)];
  return {
    round,
    rail,
    large,
    idleMs,
    besideMs,
    idlePaidMs: idle.map(paidMs),
    besidePaidMs: beside.map(paidMs),
    ratio: spreadOf(besideMs).median / spreadOf(idleMs).median,
    largeMs: batch.closedAt!.getTime() - postedAt,
  };
}

/** One after the other, and only those that ended while it was as wanted. */
async function payFew(hub: Hub, rail: string, isWanted: () => boolean): Promise<Paid[]> {
  const paid: Paid[] = [];
  for (let i = 0; i < tries && isWanted(); i += 1) {
    const one = await hub.pay(payroll(rail, few).bytes, { isOfAnother: true });
    if (isWanted()) paid.push(one);
  }
  return paid;
}

/** Until payments of the large batch become final. */
async function flows(hub: Hub, rail: string, isOver: () => boolean): Promise<void> {
  const filter = { rail, status: 'dispatched', rows: { $gt: few } } as const;
  const before = await hub.c.outcomes.estimatedDocumentCount();
  while (!isOver()) {
    if (await hub.c.subBatches.findOne(filter, { projection: { _id: 1 } })) {
      if ((await hub.c.outcomes.estimatedDocumentCount()) > before) return;
    }
    await sleep(50);
  }
}

function wholeMs({ postedAt, batch }: Paid): number {
  return batch.closedAt!.getTime() - postedAt;
}

function paidMs({ batch, subBatches }: Paid): number {
  return batch.settledAt!.getTime() - Math.min(...subBatches.map(({ dispatchedAt }) => dispatchedAt!.getTime()));
}
