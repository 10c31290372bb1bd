/** How a received amount is divided: fees first, then fixed parts, then shares of what is left; the parts sum to the whole. */
import type { Money } from './money.ts';

/** Millionths of a percent. */
export type Share = bigint;

export const wholeShare: Share = 100_000_000n;

export type AskedPart = { readonly minor: bigint } | { readonly share: Share };

export type PartState = 'pending' | 'credited' | 'paid_out' | 'failed' | 'reversed';
export type RouteStatus = 'processing' | 'completed' | 'partly_failed' | 'failed' | 'partly_reversed' | 'reversed';

export const routeStatuses: readonly RouteStatus[] = [
  'processing',
  'completed',
  'partly_failed',
  'failed',
  'partly_reversed',
  'reversed',
];

const shareShape = /^(\d{1,3})(?:\.(\d{1,6}))?$/;

/** A percentage such as `33.3333`; throws RangeError on what is none, or is not above 0 and up to 100. */
export function parseShare(text: string): Share {
  const [, whole, fraction = ''] = shareShape.exec(text) ?? [];
  const share = whole === undefined ? 0n : BigInt(whole + fraction.padEnd(6, '0'));
  if (share > 0n && share <= wholeShare) return share;
  throw new RangeError('write a percentage above 0 and up to 100, with up to 6 decimals, such as 33.3333');
}

export type Divided = { readonly fees: readonly bigint[]; readonly parts: readonly bigint[] };

/**
 * Minor units of each fee and part of `whole`. A fee's share is of the whole, rounded half up; parts' shares are of what is left after
 * fees and fixed parts, sum to 100 and are divided by largest remainder. Throws RangeError that says by how much it does not work out.
 */
export function divide(whole: Money, fees: readonly AskedPart[], parts: readonly AskedPart[]): Divided {
  const feeMinors = fees.map((fee) => ('minor' in fee ? fee.minor : roundedShare(whole.minor, fee.share)));
  const fixed = parts.flatMap((part) => ('minor' in part ? [part.minor] : []));
  const left = whole.minor - sumOf(feeMinors) - sumOf(fixed);
  const shares = parts.flatMap((part) => ('share' in part ? [part.share] : []));
  if (shares.length === 0 && left !== 0n) throw new RangeError(differenceText(left));
  if (shares.length > 0 && left <= 0n) throw new RangeError('fees and fixed amounts leave nothing for the shares');
  if (shares.length > 0 && sumOf(shares) !== wholeShare) throw new RangeError('the shares do not sum to 100');
  const shared = splitByShares(left, shares);
  let next = 0;
  return { fees: feeMinors, parts: parts.map((part) => ('minor' in part ? part.minor : shared[next++]!)) };
}

/** `minor` by shares that sum to the whole: each gets its floor, what is left over goes to the largest remainders, earlier ones first. */
export function splitByShares(minor: bigint, shares: readonly Share[]): bigint[] {
  const floors = shares.map((share) => (minor * share) / wholeShare);
  const remainders = shares.map((share, at) => ({ at, rest: (minor * share) % wholeShare }));
  remainders.sort((a, b) => (a.rest === b.rest ? a.at - b.at : a.rest < b.rest ? 1 : -1));
  const over = Number(shares.length === 0 ? 0n : minor - sumOf(floors));
  const lucky = new Set(remainders.slice(0, over).map(({ at }) => at));
  return floors.map((floor, at) => (lucky.has(at) ? floor + 1n : floor));
}

/** What became of the whole, from what became of its parts. */
export function routeStatusOf(states: readonly PartState[]): RouteStatus {
  const is = (...wanted: PartState[]) => states.filter((state) => wanted.includes(state)).length;
  if (is('pending') > 0) return 'processing';
  if (is('failed') === states.length) return 'failed';
  if (is('reversed') > 0) return is('reversed', 'failed') === states.length ? 'reversed' : 'partly_reversed';
  return is('failed') > 0 ? 'partly_failed' : 'completed';
}

function roundedShare(minor: bigint, share: Share): bigint {
  return (minor * share * 2n + wholeShare) / (wholeShare * 2n);
}

function differenceText(left: bigint): string {
  const by = left < 0n ? -left : left;
  return `fees and parts are ${by} minor units ${left < 0n ? 'more' : 'less'} than the amount: they must sum to it`;
}

function sumOf(numbers: readonly bigint[]): bigint {
  return numbers.reduce((sum, n) => sum + n, 0n);
}
