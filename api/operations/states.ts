/** Counts and amounts by state as operators see them. */
import { formatMoney } from '../../domain/money.ts';
import { countStates, type PaymentState, paymentStates, type StateTally } from '../../domain/payment-state.ts';
import { noCurrency } from '../../domain/tally.ts';

export function shownCounts(tally: StateTally): Record<'total' | PaymentState, number> {
  const states = Object.fromEntries(paymentStates.map((state) => [state, countStates(tally, state)]));
  return { total: countStates(tally, ...paymentStates), ...states } as Record<'total' | PaymentState, number>;
}

/** Decimal text per currency; rows whose amount or currency cannot be read have none. */
export function shownAmounts(tally: StateTally): Record<string, Record<'total' | PaymentState, string>> {
  const currencies = Object.keys(tally)
    .filter((currency) => currency !== noCurrency)
    .sort();
  return Object.fromEntries(currencies.map((currency) => [currency, amountsIn(tally, currency)]));
}

function amountsIn(tally: StateTally, currency: string): Record<'total' | PaymentState, string> {
  const minorOf = (state: PaymentState) => tally[currency]?.[state]?.minor ?? 0n;
  const text = (minor: bigint) => formatMoney({ minor, currency });
  const total = paymentStates.reduce((sum, state) => sum + minorOf(state), 0n);
  const states = Object.fromEntries(paymentStates.map((state) => [state, text(minorOf(state))]));
  return { total: text(total), ...states } as Record<'total' | PaymentState, string>;
}
