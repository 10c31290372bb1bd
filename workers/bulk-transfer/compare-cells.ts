/** Compares cells as texts or as decimal numbers of any length: an account of twenty digits is no double. */

const numberShape = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/;

export function isNumber(text: string): boolean {
  return /\d/.test(text) && numberShape.test(text);
}

/** Of texts that are numbers. */
export function compareNumbers(a: string, b: string): number {
  const [one, other] = [partsOf(a), partsOf(b)];
  if (one.sign !== other.sign) return one.sign - other.sign;
  return one.sign * compareSizes(one, other);
}

/** By code units, as they are. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Without zeros that say nothing; zero itself has no digits and no sign. */
type Parts = { readonly sign: -1 | 0 | 1; readonly whole: string; readonly fraction: string };

function partsOf(text: string): Parts {
  const [, sign, whole = '', fraction = ''] = numberShape.exec(text) ?? [];
  if (whole === '' && fraction === '') return { sign: 0, whole, fraction };
  return { sign: sign === '-' ? -1 : 1, whole, fraction };
}

function compareSizes(one: Parts, other: Parts): number {
  return (
    one.whole.length - other.whole.length ||
    compareTexts(one.whole, other.whole) ||
    compareTexts(one.fraction, other.fraction)
  );
}
