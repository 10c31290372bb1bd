/** How a payment stands, in the one word that operators see everywhere. */
import type { OutcomeStatus } from './outcome.ts';
import { amountIn, type Bucket, countIn, failedBuckets, type Sum, type Tally } from './tally.ts';

/**
 * `waiting`: not handed to its rail yet, or stopped with its payer, batch or rail. `running`: handed over, no outcome yet.
 * `unknown`: sent or perhaps sent, and the rail was asked and could not say: money may have moved.
 */
export const paymentStates = ['waiting', 'running', 'done', 'failed', 'unknown'] as const;
export type PaymentState = (typeof paymentStates)[number];

/** `isHanded`: its sub-batch (or itself, where it came alone) is with its rail and not stopped. */
export function paymentStateOf(standing: {
  readonly outcome?: OutcomeStatus;
  readonly isUnknown: boolean;
  readonly isHanded: boolean;
}): PaymentState {
  const { outcome, isUnknown, isHanded } = standing;
  if (outcome !== undefined) return outcome === 'completed' ? 'done' : 'failed';
  if (isUnknown) return 'unknown';
  return isHanded ? 'running' : 'waiting';
}

/** Rows and minor units by currency and state; rows whose currency or amount cannot be read count under XXX with no amount. */
export type StateTally = { readonly [currency: string]: { readonly [state in PaymentState]?: Sum } };

/** What was asked for and has no outcome, less what is unknown, runs where it was handed to its rail and waits where it was not. */
export function statesOf(about: {
  readonly asked: Tally;
  readonly outcomes: Tally;
  /** Without outcome, of what was handed to rails. */
  readonly handed: Tally;
  /** Without outcome, and its rail could not say. */
  readonly unknown: Tally;
}): StateTally {
  const { asked, outcomes, handed, unknown } = about;
  return Object.fromEntries(
    Object.keys(asked).map((currency) => {
      const all = sumOf(asked, currency, 'asked');
      const done = sumOf(outcomes, currency, 'completed');
      const failed = sumOf(outcomes, currency, ...failedBuckets);
      const open = less(less(all, done), failed);
      const doubted = least(sumOf(unknown, currency, 'asked'), open);
      const running = least(less(sumOf(handed, currency, 'asked'), doubted), less(open, doubted));
      const waiting = less(less(open, doubted), running);
      return [currency, { done, failed, unknown: doubted, running, waiting }];
    }),
  );
}

export function addStates(...tallies: readonly StateTally[]): StateTally {
  const sum: Record<string, { [state in PaymentState]?: Sum }> = {};
  for (const tally of tallies) {
    for (const [currency, states] of Object.entries(tally)) {
      const had = sum[currency] ?? {};
      sum[currency] = had;
      for (const state of paymentStates) {
        const more = states[state] ?? none;
        const { n, minor } = had[state] ?? none;
        had[state] = { n: n + more.n, minor: minor + more.minor };
      }
    }
  }
  return sum;
}

/** Rows in the named states, over all currencies. */
export function countStates(tally: StateTally, ...states: readonly PaymentState[]): number {
  return Object.values(tally).reduce((sum, own) => states.reduce((n, state) => n + (own[state]?.n ?? 0), sum), 0);
}

const none: Sum = { n: 0, minor: 0n };

function sumOf(tally: Tally, currency: string, ...names: readonly (Bucket | 'asked')[]): Sum {
  const own = { [currency]: tally[currency] ?? {} };
  return { n: countIn(own, ...names), minor: amountIn(own, currency, ...names) };
}

/** Counts of two moments may cross; nothing is less than nothing. */
function less(a: Sum, b: Sum): Sum {
  return { n: Math.max(0, a.n - b.n), minor: a.minor > b.minor ? a.minor - b.minor : 0n };
}

function least(a: Sum, b: Sum): Sum {
  return { n: Math.min(a.n, b.n), minor: a.minor < b.minor ? a.minor : b.minor };
}
