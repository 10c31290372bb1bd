/** JSON whose numbers keep their digits, for rails that write amounts as numbers. The only place that imports lossless-json. */
import { LosslessNumber, parse, stringify } from 'lossless-json';

/**
 * Like JSON.parse, but what a double may not carry (decimals, more than 15 digits, exponents) stays as written: read it
 * with digitsOf. Throws SyntaxError on text that is no JSON.
 */
export function parseExact(text: string): unknown {
  return parse(text, null, (digits) => (/^-?\d{1,15}$/.test(digits) ? Number(digits) : new LosslessNumber(digits)));
}

/** Like JSON.stringify for plain data; numbers made by exactNumber come out digit by digit. */
export function stringifyExact(value: unknown): string {
  return stringify(value) ?? 'null';
}

/** A JSON number written exactly as `decimal`, such as "850.00". Throws on text that is no number. */
export function exactNumber(decimal: string): unknown {
  return new LosslessNumber(decimal);
}

/** The digits of a number as it was written, or undefined where the value is no number. */
export function digitsOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return value instanceof LosslessNumber ? value.value : undefined;
}
