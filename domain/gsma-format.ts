/** A payment as a transaction object of the GSMA Mobile Money API 1.2: what `formatting.standard: GSMA` writes and the gsma rail sends. */
import { formatMoney } from './money.ts';
import type { Party, Payment } from './payment.ts';

type GsmaParty = { readonly key: string; readonly value: string };

export type GsmaTransaction = {
  /** `disbursement`: an organisation pays people. */
  readonly type: 'disbursement';
  readonly amount: string;
  readonly currency: string;
  readonly debitParty: readonly GsmaParty[];
  readonly creditParty: readonly GsmaParty[];
  /** Our endToEndId. */
  readonly requestingOrganisationTransactionReference: string;
  readonly descriptionText?: string;
};

const identifierTypes: Readonly<Record<string, string>> = {
  msisdn: 'msisdn',
  accountnumber: 'accountid',
  accountid: 'accountid',
  walletid: 'walletid',
  bankaccountno: 'bankaccountno',
  iban: 'iban',
  email: 'emailaddress',
  emailaddress: 'emailaddress',
  alias: 'identityalias',
  organisationid: 'organisationid',
};

/** The API's identifier type for a type of the file, written in any case, or undefined where it has none. */
export function gsmaIdentifierTypeOf(type: string): string | undefined {
  return identifierTypes[type.toLowerCase().replace(/[^a-z]/g, '')];
}

/** The same object for the same payment, always. Types that the API does not name keep their own name, in lower case. */
export function gsmaTransactionOf(
  payment: Pick<Payment, 'amount' | 'payer' | 'payee' | 'endToEndId' | 'note'>,
): GsmaTransaction {
  const descriptionText = [...payment.note.trim()].slice(0, 160).join('');
  return {
    type: 'disbursement',
    amount: formatMoney(payment.amount),
    currency: payment.amount.currency,
    debitParty: [partyOf(payment.payer)],
    creditParty: [partyOf(payment.payee)],
    requestingOrganisationTransactionReference: payment.endToEndId,
    ...(descriptionText && { descriptionText }),
  };
}

function partyOf({ type, id }: Party): GsmaParty {
  return { key: gsmaIdentifierTypeOf(type) ?? type.toLowerCase(), value: id };
}
