/** What an answer of the scheme adapter means: each of its shapes, at each step, as an answer of the rail port. */
import { parseMoney } from '../../domain/money.ts';
import type { Party, Payment } from '../../domain/payment.ts';
import type { Answer, LookupAnswer, QuoteAnswer } from '../rail.ts';
import { type Said, withoutIdentifiers } from '../said.ts';
import { textAt } from './client.ts';
import { type CodeClass, classOf } from './codes.ts';
import { feeLimitOf } from './fee-limit.ts';
import { reasonOf } from './mapping.ts';

type Answered = Extract<Said, { kind: 'answered' }>;

/** Of POST /transfers: the payee was found once the adapter waits for us to accept it, or is further. */
export function startAnswerOf(said: Said, payment: Payment): LookupAnswer {
  if (said.kind !== 'answered') return { kind: 'retry', text: said.text };
  const foreign = differenceOf(said.body, payment);
  if (foreign) return { kind: 'retry', text: foreign };
  if (said.status !== 200) return refusedLookup(said);
  const { body } = said;
  if (!/^(WAITING_FOR_|COMPLETED$)/.test(textAt(body, 'currentState') ?? ''))
    return { kind: 'retry', text: oddText(said) };
  return foundOf(
    [textAt(body, 'to', 'displayName'), textAt(body, 'to', 'firstName'), textAt(body, 'to', 'lastName')],
    textAt(body, 'to', 'fspId'),
  );
}

/** Of GET /parties: an unknown party is a 404, or a 200 with nothing in `party.body`. */
export function partyAnswerOf(said: Said, asked: Party): LookupAnswer {
  if (said.kind !== 'answered') return { kind: 'retry', text: said.text };
  const { status, body } = said;
  const error = errorOf(said);
  if (status !== 200 || error.code) return refusedLookup(said);
  if (!hasObject(body, 'party')) return { kind: 'retry', text: oddText(said) };
  const party = (body as { party: { body?: unknown } }).party.body;
  const identifier = textAt(party, 'partyIdInfo', 'partyIdentifier');
  if (!identifier) return { kind: 'notFound', railCode: '3204', text: 'the scheme answered without a party' };
  if (bare(identifier) !== bare(asked.id)) return { kind: 'retry', text: 'the scheme answered about another party' };
  return foundOf(
    [
      textAt(party, 'name'),
      textAt(party, 'personalInfo', 'complexName', 'firstName'),
      textAt(party, 'personalInfo', 'complexName', 'lastName'),
    ],
    textAt(party, 'partyIdInfo', 'fspId'),
  );
}

/** Schemes write phone numbers with and without a plus. */
const bare = (identifier: string) => identifier.replace(/^\+/, '').toLowerCase();

function foundOf([whole, first, last]: readonly (string | undefined)[], dfspId: string | undefined): LookupAnswer {
  const name = whole ?? [first, last].filter(Boolean).join(' ');
  return { kind: 'found', ...(name && { name }), ...(dfspId && { dfspId }) };
}

function refusedLookup(said: Answered): LookupAnswer {
  const { code, text } = errorOf(said);
  if (said.status === 400) return { kind: 'notFound', railCode: code ?? '400', text };
  const codeClass = classOf(code);
  const isFinal = codeClass === 'notFound' || codeClass === 'refused' || codeClass === 'ours';
  return isFinal ? { kind: 'notFound', railCode: code ?? '', text } : { kind: 'retry', text };
}

/** Of the first PUT /transfers/{id}: a quote of ours, within the limit, or why not. */
export function quoteAnswerOf(said: Said, payment: Payment, feeLimit: string): QuoteAnswer {
  if (said.kind !== 'answered') return { ...said, kind: 'notSent' };
  const foreign = differenceOf(said.body, payment);
  if (foreign) return { kind: 'notSent', text: foreign };
  if (said.status !== 200) return refusedQuote(said);
  const quoted = readQuote(said.body);
  const state = textAt(said.body, 'currentState');
  // A transfer that is further already is for send to find out about: to refuse it here would deny that it may be paid.
  if (quoted && hasObject(said.body, 'fulfil'))
    return { kind: 'quoted', fee: quoted.feeText, currency: quoted.fee.currency };
  if (state === 'WAITING_FOR_CONVERSION_ACCEPTANCE') return refused('the payee takes no money in this currency');
  if (!quoted || state !== 'WAITING_FOR_QUOTE_ACCEPTANCE') return { kind: 'notSent', text: oddText(said) };
  const { amount } = payment;
  const limit = feeLimitOf(feeLimit, amount);
  if (quoted.fee.currency !== amount.currency || quoted.transfer.currency !== amount.currency) {
    return refused('the quote is in another currency than the payment');
  }
  const most = amount.minor + (textAt(said.body, 'amountType') === 'RECEIVE' ? limit : 0n);
  if (quoted.transfer.minor > most) return refused('the quote asks for more than the payment and its fee limit');
  if (quoted.fee.minor > limit) return refused(`the fee of ${quoted.feeText} is above the limit of ${feeLimit}`);
  const expiresAt = textAt(said.body, 'quoteResponse', 'body', 'expiration');
  return { kind: 'quoted', fee: quoted.feeText, currency: amount.currency, ...(expiresAt && { expiresAt }) };
}

const refused = (text: string): QuoteAnswer => ({ kind: 'rejected', code: 422, railCode: 'QUOTE', text });

function readQuote(body: unknown) {
  const money = (name: string, initial?: string) => {
    const amount = textAt(body, 'quoteResponse', 'body', name, 'amount') ?? initial;
    const currency = textAt(body, 'quoteResponse', 'body', name, 'currency') ?? textAt(body, 'currency');
    return parseMoney(amount ?? '', currency ?? '');
  };
  try {
    const feeText = textAt(body, 'quoteResponse', 'body', 'payeeFspFee', 'amount') ?? '0';
    return { transfer: money('transferAmount'), fee: money('payeeFspFee', '0'), feeText };
  } catch {
    return undefined;
  }
}

function refusedQuote(said: Answered): QuoteAnswer {
  const { code, text } = errorOf(said);
  const codeClass = classOf(code);
  if (codeClass === 'noFunds') return { kind: 'payerBlocked', railCode: code ?? '', text };
  const isFinal = codeClass === 'notFound' || codeClass === 'refused' || codeClass === 'ours' || said.status === 400;
  if (isFinal) return { kind: 'rejected', code: reasonOf(codeClass), railCode: code ?? String(said.status), text };
  return { kind: 'notSent', text, ...(said.retryAfterMs !== undefined && { retryAfterMs: said.retryAfterMs }) };
}

/** The adapter holds no quote that could be accepted: forgotten, aborted, stopped by an error, or not yet quoted. Nothing moved now. */
export function isIdle(said: Said, payment: Payment): boolean {
  if (said.kind !== 'answered' || differenceOf(said.body, payment)) return false;
  const { status, body } = said;
  if (status === 204) return true;
  if (status === 200) {
    const isShort = /^(WAITING_FOR_PARTY_ACCEPTANCE|ABORTED)$/.test(textAt(body, 'currentState') ?? '');
    return isShort && !hasObject(body, 'fulfil') && !hasObject(body, 'prepare');
  }
  return status === 500 && /^No cached data found/.test(textAt(body, 'message') ?? '');
}

/** Of the second PUT /transfers/{id}, after which money may have moved: only a transfer state or a final code is believed. */
export function sendAnswerOf(said: Said, payment: Payment): Answer {
  if (said.kind === 'notSent') return said;
  if (said.kind === 'lost') return { kind: 'unknown', text: said.text };
  const foreign = differenceOf(said.body, payment);
  if (foreign) return { kind: 'unknown', text: foreign };
  if (said.status === 200) return stateAnswerOf(said, payment);
  const { code, text } = errorOf(said);
  if (!code && (said.status === 503 || said.status === 429)) {
    // The adapter itself never says these: a gateway before it did not let the request through.
    return { kind: 'notSent', text, ...(said.retryAfterMs !== undefined && { retryAfterMs: said.retryAfterMs }) };
  }
  return said.status === 500 ? sendAnswers[classOf(code)](code ?? '', text) : { kind: 'unknown', text };
}

const unknown = (_: string, text: string): Answer => ({ kind: 'unknown', text });
const rejectedAs =
  (codeClass: CodeClass) =>
  (railCode: string, text: string): Answer => ({ kind: 'rejected', code: reasonOf(codeClass), railCode, text });

const sendAnswers: Readonly<Record<CodeClass, (code: string, text: string) => Answer>> = {
  transient: unknown,
  ask: unknown,
  neverReceived: unknown,
  // Whether it ran out before or after the payee was paid is for the scheme to say.
  expired: unknown,
  noFunds: (railCode, text) => ({ kind: 'payerBlocked', railCode, text }),
  notFound: rejectedAs('notFound'),
  refused: rejectedAs('refused'),
  ours: rejectedAs('ours'),
};

/** Of GET /transfers/{id}. `expired`: the prepare can no longer be under way, so that an abort is the last word. */
export function queryAnswerOf(said: Said, payment: Payment, expired: boolean): Answer {
  if (said.kind !== 'answered') return { kind: 'unknown', text: said.text };
  const foreign = differenceOf(said.body, payment);
  if (foreign) return { kind: 'unknown', text: foreign };
  if (said.status !== 200) {
    const { code, text } = errorOf(said);
    return classOf(code) === 'neverReceived' ? { kind: 'neverReceived', text } : { kind: 'unknown', text };
  }
  const answer = stateAnswerOf(said, payment);
  if (answer.kind !== 'rejected' || expired) return answer;
  return { kind: 'accepted', text: 'aborted, to be believed once the prepare has expired' };
}

/** What tells that an answer is about another payment than ours; nothing of such an answer is believed. Errors carry the transfer in `transferState`. */
function differenceOf(body: unknown, { endToEndId, amount }: Payment): string | undefined {
  const told = (name: string) => textAt(body, name) ?? textAt(body, 'transferState', name);
  for (const name of ['transferId', 'homeTransactionId']) {
    if ((told(name) ?? endToEndId) !== endToEndId) return 'the answer is about another transfer';
  }
  if ((told('currency') ?? amount.currency) !== amount.currency) return 'the answer is about another currency';
  const digits = told('amount');
  if (digits === undefined || minorOf(digits, amount.currency) === amount.minor) return undefined;
  return 'the answer is about another amount';
}

function minorOf(digits: string, currency: string): bigint | undefined {
  try {
    return parseMoney(digits, currency).minor;
  } catch {
    return undefined;
  }
}

/** `currentState` says COMPLETED of aborted transfers too: `fulfil.body.transferState` alone decides. */
function stateAnswerOf(said: Answered, payment: Payment): Answer {
  const id = textAt(said.body, 'transferId');
  const state = textAt(said.body, 'fulfil', 'body', 'transferState') ?? '';
  if (id !== payment.endToEndId) return { kind: 'unknown', text: 'the answer is about another transfer' };
  if (state === 'COMMITTED') return { kind: 'completed', reference: id };
  if (state === 'RECEIVED' || state === 'RESERVED')
    return { kind: 'accepted', reference: id, text: `transfer ${state}` };
  if (state === 'ABORTED') {
    return { kind: 'rejected', code: 422, railCode: 'ABORTED', text: 'the scheme aborted the transfer' };
  }
  return { kind: 'unknown', text: oddText(said) };
}

/** The scheme's code and words, where the error came from there; else the adapter's own message. */
function errorOf({ status, body }: Answered): { readonly code: string | undefined; readonly text: string } {
  const informations = [
    ['transferState', 'lastError', 'mojaloopError', 'errorInformation'],
    ['errorInformation'],
    ['party', 'body', 'errorInformation'],
  ];
  for (const path of informations) {
    const code = textAt(body, ...path, 'errorCode');
    if (code) return { code, text: withoutIdentifiers(textAt(body, ...path, 'errorDescription') ?? `code ${code}`) };
  }
  const code = textAt(body, 'statusCode');
  const text = withoutIdentifiers(textAt(body, 'message') ?? `HTTP ${status} without a message of the adapter`);
  return { code: /^[1-9]\d{3}$/.test(code ?? '') ? code : undefined, text };
}

function oddText({ status, body }: Answered): string {
  return `HTTP ${status} in state ${textAt(body, 'currentState') ?? 'none'}`;
}

function hasObject(body: unknown, name: string): boolean {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
  return typeof value === 'object' && value !== null;
}
