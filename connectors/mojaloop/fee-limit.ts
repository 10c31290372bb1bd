/** The most that a transfer may cost before its quote is refused: a share of the amount, or an amount of its currency. */
import { exponentOf } from '../../domain/currency.ts';
import type { Money } from '../../domain/money.ts';

const percentShape = /^(\d{1,3})(?:\.(\d{1,4}))?\s*%$/;
const amountShape = /^(\d{1,15})(?:\.(\d{1,4}))?$/;

/** The limit in minor units for a payment of `amount`, rounded down; throws RangeError on a text that is neither `2%` nor `1.50`. */
export function feeLimitOf(text: string, amount: Money): bigint {
  const percent = percentShape.exec(text.trim());
  if (percent) return (amount.minor * scaled(percent, 4)) / 1_000_000n;
  const fixed = amountShape.exec(text.trim());
  if (fixed) return scaled(fixed, exponentOf(amount.currency));
  throw new RangeError(`fee limit is neither a percentage such as 2% nor an amount such as 1.50`);
}

function scaled([, whole, fraction = '']: RegExpExecArray, digits: number): bigint {
  return BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
}
