/** Several rounds as one figure: least, median, most. */
export type Spread = { readonly min: number; readonly median: number; readonly max: number; readonly rounds: number };

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)!, rounds: sorted.length };
}

/** `median (min … max)`. */
export function spreadText(values: readonly number[], digits = 0): string {
  const { min, median, max } = spreadOf(values);
  const text = (value: number) => value.toLocaleString('en-GB', { maximumFractionDigits: digits });
  return values.length === 1 ? text(median) : `${text(median)} (${text(min)} … ${text(max)})`;
}

/** The value that this share of them does not exceed (nearest rank); `share` in (0, 1]. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
