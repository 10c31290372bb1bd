/** The hub's words in the scheme adapter's: party types and transfer requests. */

import { formatCanonical } from '../../domain/money.ts';
import type { ReasonCode } from '../../domain/outcome.ts';
import type { Party, Payment } from '../../domain/payment.ts';
import type { CodeClass } from './codes.ts';

type IdType = { readonly idType: string; readonly idSubValue?: string };

const idTypes: Readonly<Record<string, IdType>> = {
  msisdn: { idType: 'MSISDN' },
  accountnumber: { idType: 'ACCOUNT_ID' },
  accountid: { idType: 'ACCOUNT_ID' },
  iban: { idType: 'IBAN' },
  email: { idType: 'EMAIL' },
  alias: { idType: 'ALIAS' },
  business: { idType: 'BUSINESS' },
  device: { idType: 'DEVICE' },
  personalid: { idType: 'PERSONAL_ID' },
  // A national id of MOSIP is no type of Mojaloop's own: it is a personal id with a sub-id that says whose.
  mosip: { idType: 'PERSONAL_ID', idSubValue: 'MOSIP' },
};

export const knownTypes = 'accountNumber, msisdn, mosip, iban, email, alias, business, device or personal_id';

/** The adapter's type for a type of the file, written in any case, or undefined where it has none. */
export function idTypeOf(type: string): IdType | undefined {
  return idTypes[type.toLowerCase().replace(/[^a-z]/g, '')];
}

/** `/parties/{Type}/{ID}[/{SubId}]`. Throws RangeError on a type that the adapter does not know. */
export function partyPathOf(party: Party): string {
  const { idType, idSubValue } = known(party);
  const segments = [idType, party.id, ...(idSubValue ? [idSubValue] : [])];
  return `/parties/${segments.map(encodeURIComponent).join('/')}`;
}

export type TransferOptions = {
  readonly amountType: 'SEND' | 'RECEIVE';
  /** Our own name in the scheme. */
  readonly dfspId?: string;
  readonly payerName?: string;
};

/** Body of POST /transfers. `transferId` is ours and never changes, so that we can ask about it after a lost answer. */
export function transferRequestOf(payment: Payment, options: TransferOptions) {
  const note = [...payment.note.trim()].slice(0, 128).join('');
  return {
    homeTransactionId: payment.endToEndId,
    transferId: payment.endToEndId,
    from: {
      type: 'BUSINESS',
      ...known(payment.payer),
      idValue: payment.payer.id,
      ...(options.payerName && { displayName: options.payerName }),
      ...(options.dfspId && { fspId: options.dfspId }),
    },
    to: {
      type: 'CONSUMER',
      ...known(payment.payee),
      idValue: payment.payee.id,
      ...(payment.payee.dfspId && { fspId: payment.payee.dfspId }),
    },
    amountType: options.amountType,
    currency: payment.amount.currency,
    amount: formatCanonical(payment.amount),
    transactionType: 'TRANSFER',
    ...(note && { note }),
  };
}

function known(party: Party): IdType {
  const type = idTypeOf(party.type);
  if (!type) throw new RangeError(`Mojaloop has no identifier type for ${party.type}: use ${knownTypes}`);
  return type;
}

export function reasonOf(codeClass: CodeClass): ReasonCode {
  return codeClass === 'notFound' ? 404 : 422;
}
