/** The Mobile Money API's errors in the hub's words: read in any spelling, sorted once, answered by where they came from. */
import type { Answer } from '../rail.ts';
import { withoutIdentifiers } from '../said.ts';
import { classesByCategory, classesByCode, type ErrorClass } from './codes.ts';

export type ApiError = { readonly category: string; readonly code: string; readonly text: string };

const byCode = lowerCased(classesByCode);
const byCategory = lowerCased(classesByCategory);

/** Which hub answer an error makes; the code goes before its category, letter case does not matter. */
export function classOf({ category, code }: ApiError): ErrorClass {
  const ofCode = byCode.get(code.toLowerCase());
  if (ofCode && ofCode !== 'byCategory') return ofCode;
  const ofCategory = byCategory.get(category.toLowerCase().replace('authoriz', 'authoris'));
  return ofCategory ?? 'unclear';
}

function lowerCased<T>(table: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(table).map(([word, value]) => [word.toLowerCase(), value]));
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
