/** Amounts and counts as people read them. Decimal strings stay strings: they are grouped and compared, never made floats. */

/** Digits in groups of three, every digit kept: `3420118.00` is `3,420,118.00`. Text that is no amount stays as it is. */
export function grouped(decimal: string): string {
  const parts = /^(-?)(\d+)(\.\d+)?$/.exec(decimal);
  if (!parts) return decimal;
  return `${parts[1] === '-' ? '−' : ''}${parts[2]!.replace(/\B(?=(\d{3})+$)/g, ',')}${parts[3] ?? ''}`;
}

export function count(n: number): string {
  return grouped(String(n));
}

/** `1 row`, `12 rows`, `2 tries`, `10,000+ rows`. */
export function counted(n: number, noun: string, atLeast = false): string {
  return `${count(n)}${atLeast ? '+' : ''} ${n === 1 ? noun : pluralOf(noun)}`;
}

function pluralOf(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}

export function isZero(decimal: string): boolean {
  return /^-?0+(\.0+)?$/.test(decimal);
}

/** The share of `part` in `whole`, from 0 to 1, of decimal strings. */
export function shareOf(part: string, whole: string): number {
  const digits = Math.max(fractionOf(part), fractionOf(whole));
  const all = scaled(whole, digits);
  return all === 0n ? 0 : Number((scaled(part, digits) * 10n ** 15n) / all) / 1e15;
}

/** A share as people say it: what is there is never 0 %, what is missing never 100 %. */
export function percent(share: number): string {
  if (share <= 0) return '0 %';
  if (share >= 1) return '100 %';
  if (share < 0.01) return '< 1 %';
  return share > 0.99 ? '> 99 %' : `${Math.round(share * 100)} %`;
}

/** Sums decimal strings of one currency. */
export function sum(decimals: readonly string[]): string {
  const digits = Math.max(0, ...decimals.map(fractionOf));
  const total = decimals.reduce((so, each) => so + scaled(each, digits), 0n);
  const text = String(total < 0n ? -total : total).padStart(digits + 1, '0');
  const sign = total < 0n ? '-' : '';
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

function fractionOf(decimal: string): number {
  return decimal.split('.')[1]?.length ?? 0;
}

function scaled(decimal: string, digits: number): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return BigInt(`${whole}${fraction.padEnd(digits, '0')}`);
}
