/** What an answer of the Mobile Money API means, as an answer of the rail port. */
import { parseMoney } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';
import type { Answer, Health, LookupAnswer } from '../rail.ts';
import type { Said } from '../said.ts';
import { textOf } from './extract.ts';
import { classOf, failedAnswerOf, readError, refusedAnswerOf } from './mapping.ts';

type Answered = Extract<Said, { kind: 'answered' }>;

/** Of the POST that moves money. `ask`: the provider has the request already, so that its result has to be asked for. */
export function paidAnswerOf(said: Said, payment: Payment | 'batch', now: Date): Answer | 'ask' {
  if (said.kind === 'notSent') return said;
  if (said.kind === 'lost') return { kind: 'unknown', text: said.text };
  if (said.status === 202) return requestStateAnswerOf(said, now);
  if (payment !== 'batch' && (said.status === 201 || said.status === 200)) return transactionAnswerOf(said, payment);
  const error = readError(said.body);
  if (!error) return bareAnswerOf(said);
  const errorClass = classOf(error);
  if (errorClass === 'duplicate') return 'ask';
  // Only a 4xx is a no, and only a 503 or 429 was turned away at the door: behind a 500 the payment may be under way.
  const isNo = said.status >= 400 && said.status < 500;
  if (!isNo && !(said.status === 503 && errorClass === 'later')) return { kind: 'unknown', text: error.text };
  const answer = refusedAnswerOf(error, errorClass);
  return answer.kind === 'notSent' ? { ...answer, ...retryOf(said) } : answer;
}

/** Without an error object it was no application that answered, but something before it. */
function bareAnswerOf(said: Answered): Answer {
  const text = `HTTP ${said.status} without an error object`;
  if (said.status === 503 || said.status === 429) return { kind: 'notSent', text, ...retryOf(said) };
  if (said.status === 401 || said.status === 403) return { kind: 'payerBlocked', railCode: String(said.status), text };
  return { kind: 'unknown', text };
}

function retryOf({ retryAfterMs }: Answered): { retryAfterMs?: number } {
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

/** Of a request state: completed is not believed yet, the transaction itself has to say so. */
export function requestStateAnswerOf(said: Answered, now: Date): Answer {
  const reference = textOf(said.body, 'serverCorrelationId');
  const status = textOf(said.body, 'status')?.toLowerCase();
  if (status === 'failed') return failedAnswerOf(readError((said.body as { error?: unknown }).error));
  if (!reference || (status !== 'pending' && status !== 'completed')) {
    return { kind: 'unknown', text: `HTTP ${said.status} without a request state` };
  }
  const expiresAt = Date.parse(textOf(said.body, 'expiryTime') ?? '');
  if (status === 'pending' && expiresAt < now.getTime()) {
    return { kind: 'unknown', text: `request ${reference} has expired and is still pending` };
  }
  const text = textOf(said.body, 'pendingReason');
  return { kind: 'accepted', reference, ...(text && { text }) };
}

const paid = ['completed', 'successful'];
const failed = ['failed', 'rejected', 'declined', 'cancelled', 'expired'];

/** Of a transaction: it is ours only if its references, amount and currency are. The API leaves the words of its status open. */
export function transactionAnswerOf(said: Said, payment: Payment, asked?: string): Answer {
  if (said.kind !== 'answered') return { kind: 'unknown', text: said.text };
  const { body } = said;
  const status = textOf(body, 'transactionStatus')?.toLowerCase();
  const reference = textOf(body, 'transactionReference');
  if (said.status >= 300 || !status || !reference) {
    return { kind: 'unknown', text: `HTTP ${said.status} without a transaction` };
  }
  if (asked !== undefined && asked !== reference)
    return { kind: 'unknown', text: `asked for transaction ${asked}, told of another` };
  const foreign = differenceOf(body, payment);
  if (foreign) return { kind: 'unknown', text: `transaction ${reference} has another ${foreign} than the payment` };
  if (paid.includes(status)) return { kind: 'completed', reference };
  if (failed.includes(status)) {
    return { kind: 'rejected', code: 422, railCode: status, text: `transaction ${reference} is ${status}` };
  }
  // A reversal says that it was paid and taken back, by somebody: a person has to look, the row stays open.
  if (status.startsWith('revers')) return { kind: 'unknown', text: `transaction ${reference} is ${status}` };
  return { kind: 'accepted', reference, text: `transaction ${status}` };
}

/** Which of reference, currency and amount is another than the payment's. */
export function differenceOf(body: unknown, payment: Payment): string | undefined {
  if (textOf(body, 'requestingOrganisationTransactionReference') !== payment.endToEndId) return 'reference';
  if (textOf(body, 'currency') !== payment.amount.currency) return 'currency';
  try {
    const { minor } = parseMoney(textOf(body, 'amount') ?? '', payment.amount.currency);
    return minor === payment.amount.minor ? undefined : 'amount';
  } catch {
    return 'amount';
  }
}

export type Link =
  | { readonly kind: 'transactions'; readonly id: string }
  | { readonly kind: 'batchtransactions'; readonly id: string }
  | { readonly kind: 'requeststates'; readonly id: string };

/** Of GET /responses: where the result is. Of a link only its last two words are used: it could point anywhere. */
export function linkOf(said: Said): Link | Answer {
  if (said.kind !== 'answered') return { kind: 'unknown', text: said.text };
  const link = /(?:^|\/)(transactions|batchtransactions|requeststates)\/([\w.~:-]{1,256})$/i.exec(
    textOf(said.body, 'link') ?? '',
  );
  if (said.status === 200 && link) {
    return { kind: link[1]!.toLowerCase() as Link['kind'], id: link[2]! };
  }
  const error = readError(said.body);
  if (said.status === 404 && error && classOf(error) === 'notFound') return { kind: 'neverReceived', text: error.text };
  return { kind: 'unknown', text: error?.text ?? `HTTP ${said.status} without a link` };
}

/** Of GET …/status: an account that cannot receive is no payee. */
export function statusAnswerOf(said: Said): LookupAnswer {
  if (said.kind !== 'answered') return { kind: 'retry', text: said.text };
  const status = textOf(said.body, 'accountStatus')?.toLowerCase();
  if (said.status === 200 && status === 'available') return { kind: 'found' };
  if (said.status === 200 && (status === 'unavailable' || status === 'unregistered')) {
    return { kind: 'notFound', railCode: status, text: `the account is ${status}` };
  }
  const error = readError(said.body);
  const errorClass = error && classOf(error);
  if (error && said.status < 500 && (errorClass === 'notFound' || errorClass === 'refused')) {
    return { kind: 'notFound', railCode: `${error.category}/${error.code}`, text: error.text };
  }
  return { kind: 'retry', text: error?.text ?? `HTTP ${said.status} without an account status` };
}

/** Of GET /heartbeat: degraded is slow or short of something, and takes payments all the same. */
export function healthOf(said: Said): Health {
  if (said.kind !== 'answered') return { ok: false, state: 'unavailable', text: said.text };
  const word = textOf(said.body, 'serviceStatus')?.toLowerCase();
  if (said.status !== 200 || (word !== 'available' && word !== 'degraded')) {
    const back = textOf(said.body, 'plannedRestorationTime');
    const text = [word ?? `HTTP ${said.status}`, back && `until ${back}`].filter(Boolean).join(' ');
    return { ok: false, state: 'unavailable', text };
  }
  const { delay } = said.body as { delay?: unknown };
  return { ok: true, state: word, text: typeof delay === 'number' ? `${word}, ${delay} ms late` : word };
}

/** Of GET …/accountname; a name is welcome, its absence is no reason to refuse a payee. */
export function nameOf(said: Said): string | undefined {
  if (said.kind !== 'answered' || said.status !== 200) return undefined;
  const name = (said.body as { name?: unknown } | undefined)?.name;
  const whole =
    textOf(name, 'fullName') ?? [textOf(name, 'firstName'), textOf(name, 'lastName')].filter(Boolean).join(' ');
  return whole || undefined;
}
