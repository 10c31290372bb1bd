/** What the books keep of an exchange: states, references and amounts, parties by their last four characters. */
import type { GsmaTransaction } from '../../domain/gsma-format.ts';
import { masked } from '../../platform/log.ts';
import type { Exchange } from '../rail.ts';
import type { Said } from '../said.ts';
import { readError } from './mapping.ts';

/** The text of a field of parsed JSON, if it has it. */
export function textOf(body: unknown, name: string): string | undefined {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

export function maskedTransaction(transaction: GsmaTransaction) {
  const parties = (list: GsmaTransaction['debitParty']) => list.map(({ key, value }) => `${key} ${masked(value)}`);
  const { amount, currency, requestingOrganisationTransactionReference } = transaction;
  return {
    amount,
    currency,
    requestingOrganisationTransactionReference,
    debitParty: parties(transaction.debitParty),
    creditParty: parties(transaction.creditParty),
  };
}

export function extractOf(said: Said): Pick<Exchange, 'summary' | 'httpStatus' | 'body'> {
  if (said.kind !== 'answered') return { summary: `${said.kind}: ${said.text}` };
  const words = [said.status, summaryOf(said.body)].filter(Boolean).join(' ');
  return { summary: words, httpStatus: said.status, ...(said.body !== undefined && { body: fieldsOf(said.body) }) };
}

/** A resource or error object in a line; empty where it is neither. */
export function summaryOf(body: unknown): string {
  const error = readError(body);
  if (error) return `${error.category} ${error.code}: ${error.text}`;
  const state = textOf(body, 'transactionStatus') ?? textOf(body, 'status') ?? textOf(body, 'accountStatus');
  const reference = textOf(body, 'transactionReference') ?? textOf(body, 'serverCorrelationId');
  return [state, reference, textOf(body, 'amount'), textOf(body, 'currency')].filter(Boolean).join(' ');
}

const kept = [
  'transactionStatus',
  'transactionReference',
  'requestingOrganisationTransactionReference',
  'amount',
  'currency',
  'status',
  'serverCorrelationId',
  'objectReference',
  'pendingReason',
  'notificationMethod',
  'link',
  'accountStatus',
  'serviceStatus',
] as const;

function fieldsOf(body: unknown): Record<string, string> {
  const fields = kept.flatMap((name) => {
    const text = textOf(body, name);
    return text === undefined ? [] : [[name, text.slice(0, 256)]];
  });
  const error = readError(body);
  return { ...Object.fromEntries(fields), ...error };
}
