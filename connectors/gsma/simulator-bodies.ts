/** What the simulated provider writes: request states, transactions and errors, and the references by which they are found again. */
import type { Booked } from '../simulator-ledger.ts';

type PartyKey = { readonly key: string; readonly value: string };

export type TransactionRequest = {
  readonly amount: string;
  readonly currency: string;
  readonly debitParty: readonly PartyKey[];
  readonly creditParty: readonly PartyKey[];
  readonly requestingOrganisationTransactionReference: string;
  readonly descriptionText?: string;
};

/** What the provider keeps of a request beside the ledger's own fields. */
export type Taken = {
  readonly type: string;
  readonly request: TransactionRequest;
  readonly callbackUrl?: string | undefined;
  /** Of a payment that came in a batch. */
  readonly batchId?: string;
  readonly isApproved?: boolean;
  /** Why a batch lists it as rejected. */
  readonly reason?: string;
  /** Our id of the payment that this one takes back. */
  readonly reverses?: string;
};

/** Each hexadecimal digit turned into its complement: an id of the provider's own that leads back to the client's. */
function turned(uuid: string): string {
  return uuid.toLowerCase().replace(/[0-9a-f]/g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16));
}

export function referenceOf(id: string): string {
  return `MM${id.replaceAll('-', '').toUpperCase()}`;
}

/** The client's correlation id behind one of the provider's references. */
export const correlationIdOf = {
  requestState: turned,
  transaction(reference: string): string | undefined {
    const parts = /^MM(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(reference);
    return parts?.slice(1).join('-').toLowerCase();
  },
};

/** A request that failed made no transaction: its request state says why. */
export function linkTo({ id, state }: Booked<Taken>): string {
  return state === 'completed' ? `/transactions/${referenceOf(id)}` : `/requeststates/${turned(id)}`;
}

export function requestStateBody(entry: Booked<Taken>, now: Date) {
  const status = ({ completed: 'completed', pending: 'pending', rejected: 'failed' } as const)[entry.state];
  return {
    serverCorrelationId: turned(entry.id),
    status,
    notificationMethod: entry.data.callbackUrl ? 'callback' : 'polling',
    ...(status === 'completed' && { objectReference: referenceOf(entry.id) }),
    ...(status === 'failed' && { error: refusal(now) }),
    pollLimit: 1_000,
  };
}

/** Why a payee was refused after the request was taken; the description spelt as test platforms do. */
export function refusal(now: Date) {
  const { errordescription, ...error } = apiError(
    'businessRule',
    'maxBalanceExceeded',
    'the payee may hold no more',
    now,
  );
  return { ...error, errorDescription: errordescription };
}

export function transactionBody({ id, state, data }: Booked<Taken>, isReversed = false) {
  return {
    ...data.request,
    ...(data.reverses && { originalTransactionReference: referenceOf(data.reverses) }),
    type: data.type,
    transactionReference: referenceOf(id),
    transactionStatus: isReversed
      ? 'reversed'
      : ({ completed: 'completed', pending: 'pending', rejected: 'failed' } as const)[state],
  };
}

export function apiError(errorCategory: string, errorCode: string, errordescription: string, now: Date) {
  return { errorCategory, errorCode, errordescription, errorDateTime: now.toISOString() };
}
