/** The magic payees, payers and amounts by which people make every simulator misbehave; docs/simulators.md is this table in prose. */

export type Magic =
  | 'notFound'
  | 'refused'
  | 'refusedOnce'
  | 'pending'
  | 'late'
  | 'nonsense'
  | 'busyTwice'
  | 'paidThenCut'
  | 'cutBeforePaid';

/** By the last four characters of a payee's identifier, whatever its type. Any other well-formed payee is paid. */
export const magicPayees: Readonly<Record<string, Magic>> = {
  '0404': 'notFound',
  '0422': 'refused',
  '0423': 'refusedOnce',
  '0202': 'pending',
  '0203': 'late',
  '0502': 'nonsense',
  '0503': 'busyTwice',
  '0504': 'paidThenCut',
  '0505': 'cutBeforePaid',
};

export function magicOf(payeeId: string): Magic | undefined {
  return magicPayees[payeeId.slice(-4)];
}

/** What a new payment to this payee meets: one that is refused once takes every later one. `sights` counts this one. */
export function magicNow(payeeId: string, sights: (name: string) => number): Magic | undefined {
  const magic = magicOf(payeeId);
  if (magic !== 'refusedOnce') return magic;
  return sights(`payee/${payeeId}`) <= 1 ? 'refused' : undefined;
}

/** Such a payer has no funds until `POST /_control {"fund": "<payer id>"}`. */
export function isPayerWithoutFunds(payerId: string): boolean {
  return payerId.endsWith('0402');
}

/** An amount whose decimals are 13 is above the rail's limit; `amount` is a decimal string. */
export function isAboveLimit(amount: string): boolean {
  return /\.130*$/.test(amount);
}

/** How long a late payment stays pending, unless the simulator's config says `latems`. */
export const lateMsByDefault = 3_000;

/**
 * Whether this sight of a payment or message is one that its magic spoils as a whole, and how; `sights` counts this one.
 * What is spoilt works when it comes again, so that a hub that asks and sends again gets there.
 */
export function spoiltBy(
  magics: ReadonlySet<Magic | undefined>,
  sights: number,
): 'busyTwice' | 'nonsense' | 'cutBeforePaid' | undefined {
  if (magics.has('busyTwice') && sights <= 2) return 'busyTwice';
  if (magics.has('nonsense') && sights <= 1) return 'nonsense';
  if (magics.has('cutBeforePaid') && sights <= 1) return 'cutBeforePaid';
  return undefined;
}
