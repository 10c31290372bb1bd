/** The Mobile Money API's errors in the hub's words: read in any spelling, sorted once, answered by where they came from. */

import type { Answer } from '../rail.ts';
import { withoutIdentifiers } from '../said.ts';

export type ApiError = { readonly category: string; readonly code: string; readonly text: string };

export type ErrorClass =
  /** The provider has this correlation id already: ask what came of it. */
  | 'duplicate'
  | 'noFunds'
  /** We may not speak for this payer: nothing of the payer's will pass until somebody acts. */
  | 'notAuthorised'
  /** Turned away before it was taken. */
  | 'later'
  /** Something went wrong somewhere; nothing is said about the payment. */
  | 'unclear'
  | 'notFound'
  | 'refused';

const classesByCode: Readonly<Record<string, ErrorClass>> = {
  duplicaterequest: 'duplicate',
  insufficientfunds: 'noFunds',
  ratelimiterror: 'later',
  identifiererror: 'notFound',
  // A person said no to this one payment; the client's own rights are not in question.
  requestdeclined: 'refused',
};

const classesByCategory: Readonly<Record<string, ErrorClass>> = {
  businessrule: 'refused',
  validation: 'refused',
  identification: 'notFound',
  authorisation: 'notAuthorised',
  authorization: 'notAuthorised',
  serviceunavailable: 'later',
  internal: 'unclear',
};

/** Which hub answer an error makes; the code goes before its category, letter case does not matter. */
export function classOf({ category, code }: ApiError): ErrorClass {
  return classesByCode[code.toLowerCase()] ?? classesByCategory[category.toLowerCase()] ?? 'unclear';
}

/** An error object, its keys in any letter case: the specification and its test platform differ. Its text names nobody. */
export function readError(body: unknown): ApiError | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const fields = new Map(Object.entries(body).map(([name, value]) => [name.toLowerCase(), value]));
  const text = (name: string) => {
    const value = fields.get(name);
    return typeof value === 'string' ? value : '';
  };
  const category = text('errorcategory');
  const code = text('errorcode');
  return category && code ? { category, code, text: withoutIdentifiers(text('errordescription')) || code } : undefined;
}

const railCodeOf = ({ category, code }: ApiError) => `${category}/${code}`;

/** Of an error that answered our POST with a 4xx or 503; `duplicate` is not among them, its answer has to be asked for. */
export function refusedAnswerOf(error: ApiError, errorClass: Exclude<ErrorClass, 'duplicate'>): Answer {
  const { text } = error;
  const railCode = railCodeOf(error);
  return {
    noFunds: { kind: 'payerBlocked', railCode, text } as const,
    notAuthorised: { kind: 'payerBlocked', railCode, text } as const,
    later: { kind: 'notSent', text } as const,
    unclear: { kind: 'unknown', text } as const,
    notFound: { kind: 'rejected', code: 404, railCode, text } as const,
    refused: { kind: 'rejected', code: 422, railCode, text } as const,
  }[errorClass];
}

/** Of a request that was taken and then failed: final, whatever the error, and its correlation id is used up. */
export function failedAnswerOf(error: ApiError | undefined): Answer {
  if (!error) return { kind: 'rejected', code: 422, railCode: 'failed', text: 'the provider gives no reason' };
  const errorClass = classOf(error);
  if (errorClass === 'duplicate')
    return { kind: 'unknown', text: 'failed as a duplicate of a request that cannot be found' };
  const code = errorClass === 'noFunds' ? 402 : errorClass === 'notFound' ? 404 : 422;
  return { kind: 'rejected', code, railCode: railCodeOf(error), text: error.text };
}
