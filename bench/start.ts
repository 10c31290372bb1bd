/** Start: everything up from nothing but downloads, and the first payment after it. */
import { freshHub } from './hub.ts';
import type { Options } from './options.ts';
import { payroll } from './payroll.ts';
import { assertPaid } from './verdict.ts';

export type StartRun = {
  readonly round: number;
  readonly upMs: number;
  readonly firstPaymentMs: number;
  readonly secondPaymentMs: number;
  /** What the stack said, and when, in ms since `up`. */
  readonly said: readonly { readonly at: number; readonly line: string }[];
};

export async function runStart(
  options: Options,
  say: (line: string) => void,
  done: (runs: readonly StartRun[]) => void,
): Promise<void> {
  const runs: StartRun[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    const said: { at: number; line: string }[] = [];
    const { hub, upMs } = await freshHub(options.profile, (line) => void said.push({ at: Date.now(), line }));
    const upAt = Date.now() - upMs;
    try {
      const firstPaymentMs = await payOne();
      const secondPaymentMs = await payOne();
      const sinceUp = said.map(({ at, line }) => ({ at: at - upAt, line })).filter(({ at }) => at >= 0);
      runs.push({ round, upMs, firstPaymentMs, secondPaymentMs, said: sinceUp });
      done(runs);
      say(
        `start round ${round}: up in ${upMs} ms, first payment in ${firstPaymentMs} ms, second in ${secondPaymentMs} ms`,
      );
    } finally {
      await hub.close();
      if (!options.keep) await hub.stack.reset();
    }

    async function payOne(): Promise<number> {
      const file = payroll('slcb', 1);
      const before = await hub.ledger('slcb');
      const paid = await hub.pay(file.bytes);
      await assertPaid(hub, paid, 'slcb', { rows: 1, minor: file.minor }, before);
      return paid.batch.results[0]!.at.getTime() - paid.postedAt;
    }
  }
}
