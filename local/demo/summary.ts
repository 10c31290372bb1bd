/** A batch in figures: what the file asks for and what came of it, counted from the file's own rows. */
import { formatMoney } from '../../domain/money.ts';
import type { ResultLine, Sample, SampleRow } from './sample.ts';
import type { Screen } from './screen.ts';

type Line = SampleRow & { readonly word: string };

/** A line per rail and one for all. */
export function showSummary(screen: Screen, { rows }: Sample, lines: readonly ResultLine[]): void {
  const all = rows.map((row, at): Line => ({ ...row, word: lines[at]?.word ?? '' }));
  const railIds = [...new Set(rows.map(({ rail }) => rail))].sort((a, b) => Number(!a) - Number(!b));
  const table = [
    ...railIds.map((rail) =>
      figures(
        rail ?? '(no rail)',
        all.filter((line) => line.rail === rail),
      ),
    ),
    figures('all', all),
  ];
  screen.table(['rail', ...right], table, right);
}

const right = ['rows', 'success', 'failure', 'pending', 'asked for', 'paid'];

function figures(name: string, lines: readonly Line[]): string[] {
  const count = (word: string) => String(lines.filter((line) => line.word === word).length);
  const paid = lines.filter(({ word }) => word === 'SUCCESS');
  return [name, String(lines.length), count('SUCCESS'), count('FAILURE'), count('PENDING'), sums(lines), sums(paid)];
}

function sums(lines: readonly SampleRow[]): string {
  const text = Object.entries(sumsOf(lines)).map(([currency, amount]) => `${amount} ${currency}`);
  return text.length > 0 ? text.join(' + ') : '–';
}

/** Per currency, of the rows whose amount and currency can be read. */
export function sumsOf(rows: readonly SampleRow[]): Record<string, string> {
  const sums = new Map<string, bigint>();
  for (const { money } of rows) {
    if (money) sums.set(money.currency, (sums.get(money.currency) ?? 0n) + money.minor);
  }
  return Object.fromEntries([...sums].map(([currency, minor]) => [currency, formatMoney({ minor, currency })]));
}
