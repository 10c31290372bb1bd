/** Every error code of FSPIOP API 1.1, chapter 7.6, and what each asks of us: a code that is missing does not compile. */

/** What an error code asks of us; which answer that makes depends on whether money may have moved. */
export type CodeClass =
  /** Nobody said no: ask or try again. */
  | 'transient'
  /** Our request or settings are wrong; the row fails and a person should look. */
  | 'ours'
  /** The scheme already has this id, with other content. */
  | 'ask'
  | 'notFound'
  | 'neverReceived'
  /** The quote or the transfer ran out of time. */
  | 'expired'
  | 'noFunds'
  | 'refused';

export type SchemeCode =
  | '1000'
  | '1001'
  | '2000'
  | '2001'
  | '2002'
  | '2003'
  | '2004'
  | '2005'
  | '3000'
  | '3001'
  | '3002'
  | '3003'
  | '3100'
  | '3101'
  | '3102'
  | '3103'
  | '3104'
  | '3105'
  | '3106'
  | '3107'
  | '3200'
  | '3201'
  | '3202'
  | '3203'
  | '3204'
  | '3205'
  | '3206'
  | '3207'
  | '3208'
  | '3209'
  | '3210'
  | '3300'
  | '3301'
  | '3302'
  | '3303'
  | '4000'
  | '4001'
  | '4100'
  | '4101'
  | '4102'
  | '4103'
  | '4200'
  | '4300'
  | '4400'
  | '5000'
  | '5001'
  | '5100'
  | '5101'
  | '5102'
  | '5103'
  | '5104'
  | '5105'
  | '5106'
  | '5200'
  | '5300'
  | '5400';

export const schemeCodes: Readonly<Record<SchemeCode, { readonly name: string; readonly codeClass: CodeClass }>> = {
  1000: { name: 'communication error', codeClass: 'transient' },
  1001: { name: 'destination communication error', codeClass: 'transient' },
  2000: { name: 'generic server error', codeClass: 'transient' },
  2001: { name: 'internal server error', codeClass: 'transient' },
  2002: { name: 'not implemented', codeClass: 'transient' },
  2003: { name: 'service currently unavailable', codeClass: 'transient' },
  2004: { name: 'server timed out', codeClass: 'transient' },
  2005: { name: 'server busy', codeClass: 'transient' },
  3000: { name: 'generic client error', codeClass: 'ours' },
  3001: { name: 'unacceptable version requested', codeClass: 'ours' },
  3002: { name: 'unknown URI', codeClass: 'ours' },
  3003: { name: 'add party information error', codeClass: 'ours' },
  3100: { name: 'generic validation error', codeClass: 'ours' },
  3101: { name: 'malformed syntax', codeClass: 'ours' },
  3102: { name: 'missing mandatory element', codeClass: 'ours' },
  3103: { name: 'too many elements', codeClass: 'ours' },
  3104: { name: 'too large payload', codeClass: 'ours' },
  3105: { name: 'invalid signature', codeClass: 'ours' },
  3106: { name: 'modified request', codeClass: 'ask' },
  3107: { name: 'missing mandatory extension parameter', codeClass: 'ours' },
  3200: { name: 'generic id not found', codeClass: 'notFound' },
  3201: { name: 'destination institution error', codeClass: 'notFound' },
  3202: { name: "payer's institution not found", codeClass: 'notFound' },
  3203: { name: "payee's institution not found", codeClass: 'notFound' },
  3204: { name: 'party not found', codeClass: 'notFound' },
  3205: { name: 'quote id not found', codeClass: 'refused' },
  3206: { name: 'transaction request id not found', codeClass: 'refused' },
  3207: { name: 'transaction id not found', codeClass: 'refused' },
  3208: { name: 'transfer id not found', codeClass: 'neverReceived' },
  3209: { name: 'bulk quote id not found', codeClass: 'refused' },
  3210: { name: 'bulk transfer id not found', codeClass: 'refused' },
  3300: { name: 'generic expired error', codeClass: 'expired' },
  3301: { name: 'transaction request expired', codeClass: 'expired' },
  3302: { name: 'quote expired', codeClass: 'expired' },
  3303: { name: 'transfer expired', codeClass: 'expired' },
  4000: { name: 'generic payer error', codeClass: 'refused' },
  4001: { name: "payer's institution without liquidity", codeClass: 'noFunds' },
  4100: { name: 'generic payer rejection', codeClass: 'refused' },
  4101: { name: 'payer rejected the transaction request', codeClass: 'refused' },
  4102: { name: "payer's institution does not support the transaction type", codeClass: 'refused' },
  4103: { name: 'payer does not support the currency', codeClass: 'refused' },
  4200: { name: 'payer limit error', codeClass: 'refused' },
  4300: { name: 'payer permission error', codeClass: 'refused' },
  4400: { name: 'generic payer blocked', codeClass: 'refused' },
  5000: { name: 'generic payee error', codeClass: 'refused' },
  5001: { name: "payee's institution without liquidity", codeClass: 'refused' },
  5100: { name: 'generic payee rejection', codeClass: 'refused' },
  5101: { name: 'payee rejected the quote', codeClass: 'refused' },
  5102: { name: "payee's institution does not support the transaction type", codeClass: 'refused' },
  5103: { name: "payee's institution rejected the quote", codeClass: 'refused' },
  5104: { name: 'payee rejected the transaction', codeClass: 'refused' },
  5105: { name: "payee's institution rejected the transaction", codeClass: 'refused' },
  5106: { name: 'payee does not support the currency', codeClass: 'refused' },
  5200: { name: 'payee limit error', codeClass: 'refused' },
  5300: { name: 'payee permission error', codeClass: 'refused' },
  5400: { name: 'generic payee blocked', codeClass: 'refused' },
};

/** For codes that a scheme has made up within a chapter of the table; first match wins. */
const chapters: readonly (readonly [first: number, last: number, codeClass: CodeClass])[] = [
  [3200, 3299, 'refused'],
  [3300, 3399, 'expired'],
  [3000, 3199, 'ours'],
  [4000, 5999, 'refused'],
];

/** Codes that are in no chapter (7xxx, 504, none) say nothing final. */
export function classOf(code: string | undefined): CodeClass {
  const known = schemeCodes[(code ?? '') as SchemeCode];
  if (known) return known.codeClass;
  const value = /^[1-9]\d{3}$/.test(code ?? '') ? Number(code) : 0;
  return chapters.find(([first, last]) => first <= value && value <= last)?.[2] ?? 'transient';
}
