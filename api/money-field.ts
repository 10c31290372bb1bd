/** An amount in a JSON body: a decimal string, or a number whose digits are read as they were written. */
import { isCurrency } from '../domain/currency.ts';
import { parseMoney } from '../domain/money.ts';
import type { NamedError } from '../domain/problem.ts';
import { rowMinorMax } from '../domain/row-check.ts';
import { digitsOf } from '../platform/exact-json.ts';

/** Minor units above zero; undefined where it is none, and why is in `errors` under `name`. */
export function positiveMinor(
  value: unknown,
  currency: string,
  name: string,
  errors: NamedError[],
): bigint | undefined {
  const text = typeof value === 'string' ? value : digitsOf(value);
  const minor = text === undefined ? undefined : minorOf(text, currency);
  if (typeof minor === 'bigint' && minor > 0n && minor <= rowMinorMax) return minor;
  errors.push({ name, message: cureOf(minor) });
  return undefined;
}

function cureOf(minor: bigint | string | undefined): string {
  if (minor === undefined) return 'write a decimal number, as text or as a number, such as "1250.50"';
  if (typeof minor === 'string') return minor;
  return minor > 0n ? 'is larger than the hub carries at once' : 'write an amount above zero';
}

/** A currency of ISO 4217; undefined where it is none, and why is in `errors`. */
export function currencyField(value: unknown, name: string, errors: NamedError[]): string | undefined {
  if (typeof value === 'string' && isCurrency(value)) return value;
  errors.push({ name, message: 'write an ISO 4217 code of three capital letters, such as USD' });
  return undefined;
}

/** Minor units, or why there are none. */
function minorOf(text: string, currency: string): bigint | string {
  try {
    return parseMoney(text, currency).minor;
  } catch (error) {
    if (error instanceof RangeError) return error.message.replace(/^amount /, '');
    throw error;
  }
}
