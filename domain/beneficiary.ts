/** Who a payment is for, by a name that their registrar gave them, and the account where that person is paid. */
import { shapeOf } from './money.ts';
import { identifierProblem, identifierTypeOf, identifierTypes, isOpenTo, type RailsOfModes } from './row-check.ts';

/** The word of payee_identifier_type for a payee who is only named: mode, type and identifier are those that were registered. */
export const beneficiaryType = 'beneficiaryId';

export type Account = {
  /** Payment mode, lower case. */
  readonly mode: string;
  readonly type: string;
  readonly id: string;
  /** The institution that holds it. */
  readonly dfsp?: string;
};

/** Without an account they are known and cannot be paid yet. */
export type Beneficiary = { readonly identity: string; readonly account?: Account };

/** An account as somebody wrote it down. */
export type AccountText = { readonly mode: string; readonly type: string; readonly id: string; readonly dfsp: string };
export type AccountProblem = { readonly part: keyof AccountText; readonly message: string };

export const identityMaxChars = 128;

/** 1 to `max` characters that can be printed. */
export function isPrintable(text: string, max: number): boolean {
  return text.trim() !== '' && text.length <= max && !/\p{C}/u.test(text);
}

/** The account, checked as a row's payee would be, or what is wrong with it. */
export function readAccount(
  { mode, type, id, dfsp }: AccountText,
  rails: RailsOfModes,
  tenantId: string,
): { readonly account: Account } | AccountProblem {
  const rail = rails.railOfMode(mode.toLowerCase());
  const ours = identifierTypeOf(type);
  if (!rail || !isOpenTo(rail, tenantId)) {
    const open = rails.modes.filter((each) => isOpenTo(rails.railOfMode(each) ?? {}, tenantId));
    return { part: 'mode', message: `it is ${shapeOf(mode)}: write one of ${open.join(', ')}` };
  }
  if (!ours) return { part: 'type', message: `it is ${shapeOf(type)}: write one of ${identifierTypes.join(', ')}` };
  const problem = identifierProblem(ours, id);
  if (problem !== undefined) return { part: 'id', message: problem };
  if (dfsp !== '' && !isPrintable(dfsp, identityMaxChars)) {
    return { part: 'dfsp', message: `write up to ${identityMaxChars} printable characters` };
  }
  return { account: { mode: mode.toLowerCase(), type: ours, id, ...(dfsp !== '' && { dfsp }) } };
}

/** Payment Hub EE's words and codes of what a financial address is, and ours. Vouchers (04) are not here. */
const modalities = [
  { code: '00', word: 'ACCOUNT_ID', type: 'accountNumber' },
  { code: '01', word: 'MSISDN', type: 'msisdn' },
  { code: '02', word: 'VIRTUAL_ADDRESS', type: 'alias' },
  { code: '03', word: 'WALLET_ID', type: 'walletId' },
] as const;

/** Our identifier type for a modality: its code, its word, or one of our own words. */
export function typeOfModality(text: string): string | undefined {
  const word = text.toUpperCase();
  return modalities.find((each) => each.code === word || each.word === word)?.type ?? identifierTypeOf(text);
}

/** Payment Hub EE's code, where it has one for the type. */
export function modalityOf(type: string): string {
  return modalities.find((each) => each.type === type)?.code ?? type;
}
