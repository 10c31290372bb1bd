/** ISO 20022's words and the hub's: statuses, reasons, and how a payment is written as a transaction. */
import { formatMoney } from '../../domain/money.ts';
import type { ReasonCode } from '../../domain/outcome.ts';
import type { Party, Payment } from '../../domain/payment.ts';
import type { Answer } from '../rail.ts';
import { latinOf } from './characters.ts';
import type { Transaction } from './pain001.ts';

/** ExternalPaymentTransactionStatus1Code, as far as banks use it towards customers. */
export const statusWords = [
  ...['ACCC', 'ACCP', 'ACFC', 'ACSC', 'ACSP', 'ACTC', 'ACWC', 'ACWP'],
  ...['BLCK', 'CANC', 'PART', 'PATC', 'PDNG', 'RCVD', 'RJCT'],
] as const;

type Meaning = 'paid' | 'underWay' | 'refused';

const meanings: Readonly<Record<(typeof statusWords)[number], Meaning>> = {
  ACCC: 'paid', // credited to the payee
  ACSC: 'paid', // debited, settled
  ACCP: 'underWay', // customer profile checked
  ACFC: 'underWay', // funds checked
  ACSP: 'underWay', // in process of settlement
  ACTC: 'underWay', // technically valid
  ACWC: 'underWay', // with a change, which the report tells
  ACWP: 'underWay', // not posted to the payee yet
  BLCK: 'underWay', // neither posted nor returned: somebody at the bank decides
  PART: 'underWay', // each transaction has its own
  PATC: 'underWay', // waits for further signatures
  PDNG: 'underWay',
  RCVD: 'underWay',
  CANC: 'refused',
  RJCT: 'refused',
};

/** What a status means to a payer; undefined where it is none of the standard's. */
export function meaningOf(status: string): Meaning | undefined {
  return (meanings as Readonly<Record<string, Meaning>>)[status];
}

/** ExternalStatusReason1Code and ExternalReturnReason1Code: those that a customer of a bank meets. */
export const reasonWords = [
  ...['AB05', 'AB06', 'AB08', 'AC01', 'AC02', 'AC03', 'AC04', 'AC05', 'AC06', 'AC13', 'AC14', 'AG01', 'AG02'],
  ...['AG03', 'AGNT', 'AM01', 'AM02', 'AM03', 'AM04', 'AM05', 'AM06', 'AM07', 'AM09', 'AM10', 'AM12', 'AM14'],
  ...['AM18', 'AM19', 'AM20', 'AM21', 'AM23', 'BE01', 'BE04', 'BE05', 'BE06', 'BE07', 'BE16', 'CH03', 'CH16'],
  ...['CNOR', 'CURR', 'CUST', 'DNOR', 'DS02', 'DT01', 'DUPL', 'ED05', 'FF01', 'FF05', 'FOCR', 'FRAD', 'MD01'],
  ...['MD07', 'MS02', 'MS03', 'NARR', 'NOAS', 'RC01', 'RC04', 'RF01', 'RR01', 'RR02', 'RR03', 'RR04', 'TM01'],
] as const;

/** A hub's code, or what a refusal of that kind is instead of one. */
type Cure = ReasonCode | 'noFunds' | 'twice';

/** Every reason above has its cure here, or this does not compile. */
const cureOf = {
  ...to(422, 'AB05', 'AB06', 'AB08', 'AC05', 'AC06', 'AC13', 'AC14', 'AG01', 'AG02', 'AG03', 'AGNT', 'AM01', 'AM02'),
  ...to(422, 'AM03', 'AM06', 'AM07', 'AM09', 'AM10', 'AM12', 'AM14', 'AM18', 'AM19', 'AM20', 'AM21', 'AM23'),
  ...to(422, 'BE01', 'BE04', 'BE05', 'BE07', 'BE16', 'CH03', 'CH16', 'CNOR', 'CURR', 'CUST', 'DNOR', 'DS02', 'DT01'),
  ...to(422, 'ED05', 'FF01', 'FF05', 'FOCR', 'FRAD', 'MD01', 'MD07', 'MS02', 'MS03', 'NARR', 'NOAS', 'RC01', 'RC04'),
  ...to(422, 'RF01', 'RR01', 'RR02', 'RR03', 'RR04', 'TM01', 'AC02'),
  ...to(404, 'AC01', 'AC03', 'AC04', 'BE06'),
  ...to('noFunds', 'AM04'),
  // The bank has it already, perhaps paid: what came of the first one is the answer.
  ...to('twice', 'AM05', 'DUPL'),
} satisfies Readonly<Record<(typeof reasonWords)[number], Cure>>;

function to<C extends Cure, W extends string>(cure: C, ...words: readonly W[]): Record<W, C> {
  return Object.fromEntries(words.map((word) => [word, cure])) as Record<W, C>;
}

/** What a refusal with these reason codes comes to; a code that is in no table is the bank's own, 422. */
export function refusalOf(status: string, codes: readonly string[], text: string): Answer {
  const cures = codes.map((code) => (cureOf as Readonly<Record<string, Cure>>)[code] ?? 422);
  const railCode = codes.join(' ') || status;
  const words = text || railCode;
  if (cures.includes('twice')) return { kind: 'unknown', text: `the bank says that it has it already: ${railCode}` };
  if (cures.includes('noFunds')) return { kind: 'payerBlocked', railCode, text: words };
  return { kind: 'rejected', code: cures.find((cure) => cure !== 422) ?? 422, railCode, text: words } as Answer;
}

/** Thirty-two letters of at most thirty-five: the payment's UUID without its dashes, and back. */
export function isoIdOf(endToEndId: string): string {
  return endToEndId.replaceAll('-', '');
}

export function endToEndIdOfIso(id: string): string | undefined {
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i.exec(id);
  return parts?.slice(1).join('-').toLowerCase();
}

export type CharacterSet = 'latin' | 'utf-8';

const nameMaxChars = 70;
const remittanceMaxChars = 140;

export type Carried =
  | { readonly kind: 'carried'; readonly name: string; readonly remittance: string; readonly bic?: string }
  | { readonly kind: 'refused'; readonly column: string; readonly message: string };

/** Name, note and BIC as the file carries them, or which column cannot be carried and why. */
export function carriedOf({ note, extra }: Pick<Payment, 'note' | 'extra'>, characterSet: CharacterSet): Carried {
  const refused = (column: string, message: string): Carried => ({ kind: 'refused', column, message });
  const carried = characterSet === 'latin' ? latinOf : (text: string) => text.replace(/\s+/gu, ' ').trim();
  const givenName = extra.payee_name ?? [extra.payee_first_name, extra.payee_last_name].filter(Boolean).join(' ');
  const nameColumn = extra.payee_name || !extra.payee_first_name ? 'payee_name' : 'payee_first_name';
  const name = carried(givenName);
  if (name === undefined)
    return refused(nameColumn, `${nameColumn} has letters that the bank's character set cannot carry`);
  if ([...name].length > nameMaxChars)
    return refused(nameColumn, `${nameColumn} has more than the ${nameMaxChars} characters that a bank carries`);
  const remittance = carried(note);
  if (remittance === undefined) return refused('note', "note has letters that the bank's character set cannot carry");
  if ([...remittance].length > remittanceMaxChars) {
    return refused('note', `note has more than the ${remittanceMaxChars} characters that a bank carries`);
  }
  const bic = extra.payee_bic?.trim().toUpperCase();
  if (bic && !isBic(bic)) return refused('payee_bic', 'payee_bic is no BIC of 8 or 11 characters');
  return { kind: 'carried', name, remittance, ...(bic && { bic }) };
}

/** The payment as the file carries it, or why it cannot be carried: rows are checked before, by the settings of that time. */
export function transactionOf(payment: Payment, characterSet: CharacterSet): Transaction | Answer {
  const carried = carriedOf(payment, characterSet);
  if (carried.kind === 'refused') {
    return { kind: 'rejected', code: 400, railCode: carried.column, text: carried.message };
  }
  const { name, remittance, bic } = carried;
  return {
    endToEndId: isoIdOf(payment.endToEndId),
    amount: formatMoney(payment.amount),
    currency: payment.amount.currency,
    // What EPC rules have where a name is not known.
    name: name || 'NOTPROVIDED',
    account: accountOf(payment.payee),
    ...(bic && { bic }),
    ...(remittance && { remittance }),
  };
}

export function isBic(text: string): boolean {
  return /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$/.test(text);
}

/** An account as the file names it: IBANs without spaces, in capitals. */
export function accountOf({ type, id }: Party): { readonly iban?: string; readonly other?: string } {
  return type.toLowerCase() === 'iban' ? { iban: id.replaceAll(' ', '').toUpperCase() } : { other: id };
}
