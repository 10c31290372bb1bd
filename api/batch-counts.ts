/** A batch's counts and amounts in the words of the seed and in ours. */
import { formatMoney } from '../domain/money.ts';
import {
  amountIn,
  buckets,
  countIn,
  failedBuckets,
  noCurrency,
  pendingCount,
  soleCurrency,
  type Tally,
} from '../domain/tally.ts';

export type Counts = {
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  readonly pending: number;
};

export function countsOf(tally: Tally): Counts {
  return {
    total: countIn(tally, 'asked'),
    successful: countIn(tally, 'completed'),
    failed: countIn(tally, ...failedBuckets),
    pending: pendingCount(tally),
  };
}

/** Why rows failed. */
export function reasonsOf(tally: Tally) {
  return {
    invalid: countIn(tally, 'invalid'),
    duplicates: countIn(tally, 'duplicate'),
    not_found: countIn(tally, 'notFound'),
    cancelled: countIn(tally, 'cancelled'),
    rejected: countIn(tally, 'rejected'),
    returned: countIn(tally, 'returned'),
  };
}

export type Amounts = {
  readonly total: string;
  readonly successful: string;
  readonly failed: string;
  readonly pending: string;
};

export function amountsIn(tally: Tally, currency: string): Amounts {
  const text = (minor: bigint) => formatMoney({ minor, currency });
  const total = amountIn(tally, currency, 'asked');
  return {
    total: text(total),
    successful: text(amountIn(tally, currency, 'completed')),
    failed: text(amountIn(tally, currency, ...failedBuckets)),
    pending: text(total - amountIn(tally, currency, ...buckets)),
  };
}

/** Amounts per currency; rows whose amount or currency cannot be read have none. */
export function totalsOf(tally: Tally): Record<string, Amounts> {
  const currencies = Object.keys(tally)
    .filter((currency) => currency !== noCurrency)
    .sort();
  return Object.fromEntries(currencies.map((currency) => [currency, amountsIn(tally, currency)]));
}

/** The seed's scalars: filled where the batch has one currency. */
export function scalarsOf(tally: Tally): { currency: string; amounts: Amounts } | undefined {
  const currency = soleCurrency(tally);
  return currency ? { currency, amounts: amountsIn(tally, currency) } : undefined;
}

/** What an approver decides on: rows that have no outcome yet. */
export function openTotals(tally: Tally): { count: number; totals: Record<string, string> } {
  const open = Object.entries(totalsOf(tally)).filter(
    ([currency]) => pendingCount({ [currency]: tally[currency] ?? {} }) > 0,
  );
  return {
    count: pendingCount(tally),
    totals: Object.fromEntries(open.map(([currency, { pending }]) => [currency, pending])),
  };
}

/** The digits of a JSON number for a decimal text: "850.00" is 850, "850.50" is 850.5. */
export function plainNumber(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
