/** What the simulated adapter writes: bodies shaped as those of the real one, shorter, and as odd where that one is odd. */
import { createHash } from 'node:crypto';
import { formatCanonical, type Money, parseMoney } from '../../domain/money.ts';
import type { LedgerEntry } from '../simulator.ts';
import type { TransferRequest } from './simulator-checks.ts';

export type Transfer = {
  readonly request: TransferRequest;
  readonly state:
    | 'WAITING_FOR_PARTY_ACCEPTANCE'
    | 'WAITING_FOR_QUOTE_ACCEPTANCE'
    | 'COMPLETED'
    | 'ABORTED'
    | 'ERROR_OCCURRED';
  readonly startedAt: string;
  readonly quote?: ReturnType<typeof quoteOf>;
};

type SchemeError = ReturnType<typeof schemeError>;

export function schemeError(errorCode: string, errorDescription: string) {
  return { httpStatusCode: 500, mojaloopError: { errorInformation: { errorCode, errorDescription } } };
}

/** SEND: the payee gets less by the fee. RECEIVE: the payer pays it on top. */
export function quoteOf(
  { amount, currency, amountType, transferId }: TransferRequest,
  feeText: string,
  now: Date,
  liveMs = 60_000,
) {
  const asked = parseMoney(amount, currency);
  const fee = parseMoney(feeText, currency);
  const plus = (minor: bigint) => money({ minor: asked.minor + minor, currency });
  return {
    transferAmount: plus(amountType === 'RECEIVE' ? fee.minor : 0n),
    payeeReceiveAmount: plus(amountType === 'SEND' ? -fee.minor : 0n),
    payeeFspFee: money(fee),
    expiration: new Date(now.getTime() + liveMs).toISOString(),
    ilpPacket: Buffer.from(`simulated packet of ${transferId}`).toString('base64url'),
    condition: digest(`condition of ${transferId} ${now.getTime()}`),
  };
}

const money = (value: Money) => ({ currency: value.currency, amount: formatCanonical(value) });
const digest = (text: string) => createHash('sha256').update(text).digest('base64url');

const transferStates = { completed: 'COMMITTED', rejected: 'ABORTED', pending: 'RESERVED' } as const;

function fulfilOf({ id, state }: LedgerEntry) {
  const fulfilment = state === 'completed' ? { fulfilment: digest(`fulfilment of ${id}`) } : {};
  return { body: { transferState: transferStates[state], ...fulfilment }, headers: {} };
}

export function transferBody({ request, state, startedAt, quote }: Transfer, entry?: LedgerEntry) {
  return {
    ...request,
    currentState: state,
    initiatedTimestamp: startedAt,
    direction: 'OUTBOUND',
    to: { ...request.to, fspId: 'simulatedfsp', firstName: 'Sample', lastName: 'Payee' },
    ...(quote && { quoteResponse: { body: quote, headers: {} }, quoteResponseSource: 'simulatedfsp' }),
    ...(entry && { prepare: { body: {}, headers: {} }, fulfil: fulfilOf(entry) }),
  };
}

/** `currentState` says COMPLETED of what was aborted or is under way, too. */
export function statusBody(entry: LedgerEntry) {
  return { transferId: entry.id, currentState: 'COMPLETED', direction: 'OUTBOUND', fulfil: fulfilOf(entry) };
}

export function errorBody(transfer: Transfer, lastError: SchemeError) {
  const { errorInformation } = lastError.mojaloopError;
  return {
    message: `Got an error response: ${JSON.stringify({ errorInformation })}`,
    statusCode: errorInformation.errorCode,
    transferState: { ...transferBody(transfer), lastError },
  };
}

export function noSuchTransfer(transferId: string) {
  const lastError = schemeError('3208', 'Transfer ID not found');
  return {
    message: 'Got an error response retrieving transfer: Transfer ID not found',
    statusCode: '3208',
    transferState: { transferId, currentState: 'ERROR_OCCURRED', direction: 'OUTBOUND', lastError },
  };
}

export function partyBody(partyIdType: string, partyIdentifier: string, partySubIdOrType: string | undefined) {
  const sub = partySubIdOrType === undefined ? {} : { partySubIdOrType };
  return {
    party: {
      body: { partyIdInfo: { partyIdType, partyIdentifier, ...sub, fspId: 'simulatedfsp' }, name: 'Sample Payee' },
      headers: {},
    },
    currentState: 'COMPLETED',
  };
}
