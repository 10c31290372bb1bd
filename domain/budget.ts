/** Budgets: what a batch holds of one, and what its outcomes make of that. Pure, so that every interleaving can be tried. */
import { amountIn, type Bucket, buckets, countIn, noCurrency, type Tally } from './tally.ts';

/** Of one currency. What is in neither was released. */
export type BudgetUse = { readonly held: bigint; readonly consumed: bigint };

/** What a settled batch has, per currency, and how much it had to go by: fewer outcomes are old news. */
export type BudgetStanding = { readonly seen: number; readonly uses: ReadonlyMap<string, BudgetUse> };

/** Rows that were paid; money that came back is not among them any more. */
const paid: Bucket = 'completed';

/** What is to be held for a batch: all of its rows that are paid or may be. */
export function openAmounts(tally: Tally): Map<string, bigint> {
  const open = Object.keys(tally)
    .filter((currency) => currency !== noCurrency)
    .map((currency) => [currency, openIn(tally, currency) + amountIn(tally, currency, paid)] as const);
  return new Map(open.filter(([, minor]) => minor > 0n));
}

/** What the outcomes say: paid rows have consumed, open ones hold, and all others have given back. */
export function standingOf(tally: Tally): BudgetStanding {
  const uses = Object.keys(tally)
    .filter((currency) => currency !== noCurrency)
    .map((currency) => {
      const use = { held: openIn(tally, currency), consumed: amountIn(tally, currency, paid) };
      return [currency, use] as const;
    });
  // A return moves a row from one bucket to another: it is counted again, so that it is news.
  return { seen: countIn(tally, ...buckets, 'returned'), uses: new Map(uses) };
}

function openIn(tally: Tally, currency: string): bigint {
  return amountIn(tally, currency, 'asked') - amountIn(tally, currency, ...buckets);
}

export type BudgetMove = { readonly kind: 'consumption' | 'release' | 'refund'; readonly minor: bigint };

/** How a batch gets from what it has to what its outcomes say; nothing where it is there. Throws RangeError where it would need more than it has. */
export function movesTo(from: BudgetUse, to: BudgetUse): BudgetMove[] {
  const consumed = to.consumed - from.consumed;
  const refunded = consumed < 0n ? -consumed : 0n;
  const spent = consumed > 0n ? consumed : 0n;
  const released = from.held - spent - to.held;
  if (released < 0n) throw new RangeError('a batch has used more of its budget than it held');
  const moves: readonly BudgetMove[] = [
    { kind: 'consumption', minor: spent },
    { kind: 'release', minor: released },
    { kind: 'refund', minor: refunded },
  ];
  return moves.filter(({ minor }) => minor > 0n);
}
