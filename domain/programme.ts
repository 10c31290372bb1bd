/** Programmes: whose account pays a batch, in which currencies, up to how much, and from when to when. */
import { formatMoney, type Money } from './money.ts';
import type { Party } from './payment.ts';

/** How long a budget lasts: for the whole programme, or anew in each of these periods (UTC). */
export const budgetPeriods = ['total', 'year', 'month', 'day'] as const;
export type BudgetPeriod = (typeof budgetPeriods)[number];

export type Budget = { readonly period: BudgetPeriod; readonly minor: bigint };

/** What a programme pays in one currency; without a maximum, any amount. */
export type ProgrammeLimit = {
  readonly currency: string;
  readonly paymentMax?: bigint;
  readonly batchMax?: bigint;
  readonly budget?: Budget;
};

/** What the rows of a programme's batch are judged by. */
export type ProgrammeTerms = { readonly payer: Party; readonly limits: readonly ProgrammeLimit[] };

export type ProgrammeState = 'open' | 'closed';

/** When it pays: days of UTC, both included. */
export type ProgrammeTime = {
  readonly state: ProgrammeState;
  readonly effectiveFrom: string;
  readonly effectiveUntil?: string;
};

/** Why a programme pays nothing at this moment; undefined where it does. */
export function whyNotPaying({ state, effectiveFrom, effectiveUntil }: ProgrammeTime, at: Date): string | undefined {
  const day = dayOf(at);
  if (state === 'closed') return 'it was closed';
  if (day < effectiveFrom) return `it begins on ${effectiveFrom}`;
  if (effectiveUntil !== undefined && day > effectiveUntil) return `it ended on ${effectiveUntil}`;
  return undefined;
}

/** The period that a moment is in, as text: `total`, `2026`, `2026-11`, `2026-11-28`. */
export function periodAt(period: BudgetPeriod, at: Date): string {
  if (period === 'total') return 'total';
  return dayOf(at).slice(0, { year: 4, month: 7, day: 10 }[period]);
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** Whether `text` is a day such as 2026-03-31. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && dayOf(date) === text;
}

/** Whether a row leaves its payer to the programme. */
export function namesNoPayer({ type, id }: Party): boolean {
  return type.trim() === '' && id.trim() === '';
}

export type ProgrammeError = {
  readonly column: string;
  readonly code: 'payer_not_of_programme' | 'currency_not_of_programme' | 'amount_above_programme';
  readonly message: string;
};

/** What a row asks for that its programme does not pay. `named`: the payer as the row writes it. */
export function programmeErrors({ payer, limits }: ProgrammeTerms, named: Party, money?: Money): ProgrammeError[] {
  const errors: ProgrammeError[] = [];
  if (!namesNoPayer(named) && (named.type !== payer.type || named.id !== payer.id)) {
    const message =
      'payer_identifier is not the account that the programme pays from: leave both payer cells empty, or name that account';
    errors.push({ column: 'payer_identifier', code: 'payer_not_of_programme', message });
  }
  if (!money) return errors;
  const limit = limits.find(({ currency }) => currency === money.currency);
  if (!limit) {
    const cure = `write one of ${limits.map(({ currency }) => currency).join(', ')}`;
    const message = `currency is ${money.currency}, which the programme does not pay: ${cure}`;
    errors.push({ column: 'currency', code: 'currency_not_of_programme', message });
  } else if (limit.paymentMax !== undefined && money.minor > limit.paymentMax) {
    const max = formatMoney({ minor: limit.paymentMax, currency: money.currency });
    const message = `amount is above the ${max} ${money.currency} that the programme pays at once: write less, or split the payment`;
    errors.push({ column: 'amount', code: 'amount_above_programme', message });
  }
  return errors;
}

/** What is wrong with a batch as a whole: its rows that can be paid add up to more than the programme takes at once. */
export function aboveBatchMax(
  limits: readonly ProgrammeLimit[],
  totalOf: (currency: string) => bigint,
): { title: string; detail: string } | undefined {
  const over = limits.find(({ currency, batchMax }) => batchMax !== undefined && totalOf(currency) > batchMax);
  if (!over) return undefined;
  const { currency, batchMax = 0n } = over;
  const [total, max] = [totalOf(currency), batchMax].map((minor) => formatMoney({ minor, currency }));
  const detail = `the rows that can be paid add up to ${total} ${currency}, the programme takes ${max} ${currency} in one batch: send them in parts`;
  return { title: 'The batch is above what its programme takes at once', detail };
}
