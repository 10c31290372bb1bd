/** Money: an exact count of minor units in one ISO 4217 currency; decimal strings outside the process. */
import { exponentOf, isCurrency } from './currency.ts';

export type Money = { readonly minor: bigint; readonly currency: string };

const decimalShape = /^(\d{1,18})(?:\.(\d{1,18}))?$/;

/**
 * Minor units of `text` in `currency`; digits beyond the currency's are accepted only if zero ("820.00" RWF).
 * Throws RangeError that names the value's shape and the cure. ISO 4217:2015.
 */
export function parseMoney(text: string, currency: string): Money {
  if (!isCurrency(currency)) throw new RangeError(`currency is not an ISO 4217 code: write three letters such as USD`);
  const parts = decimalShape.exec(text);
  if (!parts) throw new RangeError(`amount is ${shapeOf(text)}: write digits with a dot for decimals, such as 1250.50`);
  const exponent = exponentOf(currency);
  const fraction = parts[2] ?? '';
  if (/[^0]/.test(fraction.slice(exponent))) {
    throw new RangeError(
      `amount has ${fraction.replace(/0+$/, '').length} decimal digits where ${currency} has ${exponent}: write it with at most ${exponent}`,
    );
  }
  return { minor: BigInt(parts[1] + fraction.slice(0, exponent).padEnd(exponent, '0')), currency };
}

/** Decimal string with exactly the currency's digits: 643200 USD is "6432.00", 82000 RWF is "82000". */
export function formatMoney({ minor, currency }: Money): string {
  const exponent = exponentOf(currency);
  const sign = minor < 0n ? '-' : '';
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** The same amount without trailing zeros, as rails of Mojaloop want it: "100.50" is "100.5", "100.00" is "100". */
export function formatCanonical(money: Money): string {
  const text = formatMoney(money);
  return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text;
}

export function addMoney(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new RangeError(`cannot add ${a.currency} and ${b.currency}`);
  return { minor: a.minor + b.minor, currency: a.currency };
}

/** What a text looks like without saying what it is, for messages that may be logged: "text of 7 characters". */
export function shapeOf(text: string): string {
  if (text === '') return 'empty';
  if (/^\s+$/.test(text)) return 'blank';
  if (/^-\d/.test(text)) return 'a negative number';
  if (/^\d[\d.]*,[\d.,]*$/.test(text)) return 'a number with a comma';
  if (/^\d{19,}/.test(text)) return `a number of ${text.replace(/\D.*$/, '').length} digits`;
  if (/^[\d.]+$/.test(text)) return 'a malformed number';
  if (/^\s|\s$/.test(text)) return 'text with a space at its end';
  return `text of ${[...text].length} characters`;
}
