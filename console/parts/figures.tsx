/** Amounts, counts, moments and bars, each shown one way. */
import { useEffect, useState } from 'react';
import type { Amounts, Counts, PaymentState, Totals } from '../client/types.ts';
import { count, grouped, percent, shareOf } from '../format/amount.ts';
import { duration, momentOf, shortTime, utcTime } from '../format/time.ts';
import { paymentLooks, State } from './state.tsx';

export function Amount({ amount, currency }: { readonly amount: string; readonly currency: string }) {
  return (
    <span className="amount">
      <small>{currency}</small>
      {grouped(amount)}
    </span>
  );
}

/** Amounts by currency, a line each; a dash where there are none. */
export function TotalAmounts({ totals, inLine = false }: { readonly totals: Totals; readonly inLine?: boolean }) {
  const entries = Object.entries(totals);
  if (entries.length === 0) return <span className="faint">–</span>;
  return entries.map(([currency, amount], at) => (
    <span key={currency}>
      {at > 0 && (inLine ? ' + ' : <br />)}
      <Amount amount={amount} currency={currency} />
    </span>
  ));
}

/** Of a state's amounts in every currency. */
export function totalsOf(totals: Amounts, word: 'total' | PaymentState): Totals {
  return Object.fromEntries(Object.entries(totals).map(([currency, amounts]) => [currency, amounts[word]]));
}

export function Moment({ at }: { readonly at: string | number | null | undefined }) {
  if (at === null || at === undefined) return <span className="faint">–</span>;
  const moment = momentOf(at);
  return (
    <time dateTime={moment.toISOString()} title={utcTime(moment)}>
      {shortTime(moment, new Date())}
    </time>
  );
}

/** How long ago, counting on. */
export function Age({ since }: { readonly since: string }) {
  const now = useNow();
  const at = momentOf(since);
  return (
    <time dateTime={at.toISOString()} title={utcTime(at)}>
      {duration((now - at.getTime()) / 1_000)}
    </time>
  );
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const clock = setInterval(() => setNow(Date.now()), 5_000);
    return () => clearInterval(clock);
  }, []);
  return now;
}

export const stateOrder: readonly PaymentState[] = ['done', 'failed', 'unknown', 'running', 'waiting'];

/** Shares of states, by count or by the amounts of one currency. */
export function Bar({
  values,
  isThin = false,
}: {
  readonly values: Readonly<Record<string, string>>;
  readonly isThin?: boolean;
}) {
  const parts = stateOrder.map((state) => ({ state, share: shareOf(values[state] ?? '0', values.total ?? '0') }));
  const text = parts
    .filter(({ share }) => share > 0)
    .map(({ state, share }) => `${percent(share)} ${paymentLooks[state].word}`)
    .join(', ');
  return (
    <div className={isThin ? 'bar bar--thin' : 'bar'} role="img" aria-label={text || 'nothing yet'} title={text}>
      {parts
        .filter(({ share }) => share > 0)
        .map(({ state, share }) => (
          <i key={state} data-tone={paymentLooks[state].tone} style={{ width: `max(${share * 100}%, 3px)` }} />
        ))}
    </div>
  );
}

export function textOf(counts: Counts): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(counts).map(([word, n]) => [word, String(n)]));
}

/** Rows and money of each state side by side: few rows can be much money. */
export function Breakdown({
  counts,
  totals,
  linkOf,
}: {
  readonly counts: Counts;
  readonly totals: Amounts;
  readonly linkOf?: (state: PaymentState, children: React.ReactNode) => React.ReactNode;
}) {
  const currencies = Object.keys(totals);
  return (
    <div className="breakdown-frame">
      <table className="breakdown">
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">Rows</th>
            <th scope="col">Share</th>
            {currencies.map((currency) => (
              <th scope="col" key={currency} colSpan={2}>
                {currency}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {stateOrder.map((state) => (
            <tr key={state}>
              <td>
                {counts[state] > 0 && linkOf ? (
                  linkOf(state, <State look={paymentLooks[state]} />)
                ) : (
                  <State look={paymentLooks[state]} />
                )}
              </td>
              <td>{count(counts[state])}</td>
              <td>{percent(shareOf(String(counts[state]), String(counts.total)))}</td>
              {currencies.flatMap((currency) => {
                const amounts = totals[currency]!;
                return [
                  <td key={currency}>{grouped(amounts[state])}</td>,
                  <td key={`${currency} share`} className="faint">
                    {percent(shareOf(amounts[state], amounts.total))}
                  </td>,
                ];
              })}
            </tr>
          ))}
          <tr>
            <td>all</td>
            <td>{count(counts.total)}</td>
            <td />
            {currencies.flatMap((currency) => [
              <td key={currency}>{grouped(totals[currency]!.total)}</td>,
              <td key={`${currency} share`} />,
            ])}
          </tr>
        </tbody>
      </table>
    </div>
  );
}
