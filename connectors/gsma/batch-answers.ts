/** What a batch and its completions and rejections say, as answers of the rail port. */
import { gsmaTransactionOf } from '../../domain/gsma-format.ts';
import type { Payment } from '../../domain/payment.ts';
import type { Answer } from '../rail.ts';
import { type Said, withoutIdentifiers } from '../said.ts';
import { classesByCode } from './codes.ts';
import { textOf } from './extract.ts';
import { classOf, readError } from './mapping.ts';

type Result = { readonly which: 'completions' | 'rejections'; readonly result: unknown };

/** What the provider lists under each of our references. */
export type BatchResults = Map<string, readonly Result[]>;

export type Batch = { readonly kind: 'batch'; readonly status: 'created' | 'approved' | 'completed' };

/** Of GET /batchtransactions/{id}. */
export function batchOf(said: Said, id: string): Batch | Answer {
  if (said.kind !== 'answered') return { kind: 'unknown', text: said.text };
  const status = textOf(said.body, 'batchStatus')?.toLowerCase();
  if (said.status !== 200 || textOf(said.body, 'batchId') !== id) {
    const error = readError(said.body);
    return { kind: 'unknown', text: error?.text ?? `HTTP ${said.status} without the batch that was asked for` };
  }
  if (status === 'created' || status === 'approved' || status === 'completed') return { kind: 'batch', status };
  return { kind: 'unknown', text: 'the batch has a status that is none' };
}

/** A row is paid or refused where the batch lists it once, between our two parties. */
export function rowAnswerOf(
  payment: Payment,
  results: readonly Result[] | undefined,
  status: Batch['status'],
  batchId: string,
): Answer {
  const [first, ...more] = results ?? [];
  if (!first) {
    return status === 'completed'
      ? { kind: 'unknown', text: `batch ${batchId} is completed and says nothing of this payment` }
      : { kind: 'accepted', reference: batchId };
  }
  if (more.some(({ which }) => which !== first.which)) {
    return { kind: 'unknown', text: `batch ${batchId} lists this payment as completed and as rejected` };
  }
  if (!isOurs(first.result, payment))
    return { kind: 'unknown', text: `batch ${batchId} lists this payment between others` };
  if (first.which === 'completions') {
    const reference = textOf(first.result, 'transactionReference');
    return reference ? { kind: 'completed', reference } : { kind: 'unknown', text: 'completed without a reference' };
  }
  return rejectionOf(textOf(first.result, 'rejectionReason') ?? '');
}

function isOurs(result: unknown, payment: Payment): boolean {
  const ours = gsmaTransactionOf(payment);
  const { creditParty, debitParty } = (result ?? {}) as { creditParty?: unknown; debitParty?: unknown };
  return holds(creditParty, ours.creditParty) && holds(debitParty, ours.debitParty);
}

/** A provider may name a party by more identifiers than we did. */
function holds(parties: unknown, ours: readonly { readonly key: string; readonly value: string }[]): boolean {
  if (!Array.isArray(parties)) return false;
  const isThere = (key: string, value: string) =>
    parties.some((party) => textOf(party, 'key') === key && textOf(party, 'value') === value);
  return ours.every(({ key, value }) => isThere(key, value));
}

/** The reason is free text; where it has one of the specification's codes in it, that code says what it is. */
function rejectionOf(reason: string): Answer {
  const words = reason.toLowerCase();
  const code = Object.keys(classesByCode).find((known) => words.includes(known.toLowerCase()));
  const errorClass = code ? classOf({ category: 'businessRule', code, text: '' }) : 'refused';
  return {
    kind: 'rejected',
    code: errorClass === 'notFound' ? 404 : errorClass === 'noFunds' ? 402 : 422,
    railCode: code ?? 'rejected',
    text: withoutIdentifiers(reason) || 'the provider gives no reason',
  };
}
