/** Counts and amounts per currency and bucket, and the equation that must hold when a batch closes. */
import type { OutcomeStatus, Stage } from './outcome.ts';

export type Sum = { readonly n: number; readonly minor: bigint };

/** Where a row ended; a row in none of them is pending. `returned`: it was completed, and the money came back later. */
export const buckets = ['invalid', 'duplicate', 'notFound', 'cancelled', 'completed', 'rejected', 'returned'] as const;
export type Bucket = (typeof buckets)[number];
/** Those of rows that were asked for and are not paid. */
export const failedBuckets = [
  'invalid',
  'duplicate',
  'notFound',
  'cancelled',
  'rejected',
  'returned',
] as const satisfies readonly Bucket[];

/** By currency; rows whose currency or amount cannot be read count under XXX with no amount. */
export type Tally = { readonly [currency: string]: { readonly [K in Bucket | 'asked']?: Sum } };

/** ISO 4217's code for "no currency". */
export const noCurrency = 'XXX';

export function bucketOf(status: OutcomeStatus, stage: Stage): Bucket {
  if (status !== 'rejected') return status;
  return (
    ({ validation: 'invalid', deduplication: 'duplicate', lookup: 'notFound' } as const)[stage as 'lookup'] ??
    'rejected'
  );
}

export function addToTally(tally: Tally, currency: string, bucket: Bucket | 'asked', n: number, minor: bigint): Tally {
  const had = tally[currency]?.[bucket] ?? { n: 0, minor: 0n };
  return { ...tally, [currency]: { ...tally[currency], [bucket]: { n: had.n + n, minor: had.minor + minor } } };
}

/** `returned`: sums per currency of completed rows whose money came back; they are not among the completed any more. */
export function withReturned(tally: Tally, returned: readonly (Sum & { readonly currency: string })[]): Tally {
  return returned.reduce(
    (sums, { currency, n, minor }) =>
      addToTally(addToTally(sums, currency, 'completed', -n, -minor), currency, 'returned', n, minor),
    tally,
  );
}

export function addTallies(...tallies: readonly Tally[]): Tally {
  let sum: Tally = {};
  for (const tally of tallies) {
    for (const [currency, sums] of Object.entries(tally)) {
      for (const [bucket, { n, minor }] of Object.entries(sums)) {
        sum = addToTally(sum, currency, bucket as Bucket, Number(n), BigInt(minor));
      }
    }
  }
  return sum;
}

/** Rows in the named buckets, over all currencies. */
export function countIn(tally: Tally, ...names: readonly (Bucket | 'asked')[]): number {
  return Object.values(tally).reduce(
    (sum, sums) => sum + names.reduce((s, name) => s + Number(sums[name]?.n ?? 0), 0),
    0,
  );
}

/** Minor units of one currency in the named buckets. */
export function amountIn(tally: Tally, currency: string, ...names: readonly (Bucket | 'asked')[]): bigint {
  return names.reduce((sum, name) => sum + BigInt(tally[currency]?.[name]?.minor ?? 0n), 0n);
}

/** Rows asked for that have no outcome yet. */
export function pendingCount(tally: Tally): number {
  return countIn(tally, 'asked') - countIn(tally, ...buckets);
}

/**
 * Where `asked` differs from outcomes plus what is still pending, one sentence per currency; empty when the books balance.
 * `pending` is counted from the rows themselves, not derived, or the equation would prove itself.
 */
export function imbalances(tally: Tally, pending: Tally): string[] {
  const currencies = new Set([...Object.keys(tally), ...Object.keys(pending)]);
  return [...currencies].flatMap((currency) => {
    const asked = tally[currency]?.asked ?? { n: 0, minor: 0n };
    const done = buckets.reduce((n, b) => n + Number(tally[currency]?.[b]?.n ?? 0), 0);
    const doneMinor = amountIn(tally, currency, ...buckets);
    const open = pending[currency]?.asked ?? { n: 0, minor: 0n };
    if (asked.n === done + open.n && asked.minor === doneMinor + open.minor) return [];
    return [
      `${currency}: asked ${asked.n} rows of ${asked.minor}, but ${done} of ${doneMinor} have an outcome and ${open.n} of ${open.minor} are pending (minor units)`,
    ];
  });
}

/** The batch's one currency, or undefined where it has several or none. */
export function soleCurrency(tally: Tally): string | undefined {
  const currencies = Object.keys(tally).filter((code) => code !== noCurrency);
  return currencies.length === 1 ? currencies[0] : undefined;
}
