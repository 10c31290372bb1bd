/** What can go wrong with a request, once each: RFC 9457 problems. docs/errors.md tells every cause and cure. */

type Entry = {
  readonly status: number;
  readonly title: string;
  /** What clients of Payment Hub EE read, where it has words of its own. */
  readonly errorInformation?: string;
};

export const problems = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'malformed-json': { status: 400, title: 'The body is not JSON' },
  'tenant-required': { status: 400, title: 'The request names no tenant' },
  'programme-required': { status: 400, title: 'The request names no programme' },
  'file-not-uploaded': { status: 400, title: 'The request brings no file', errorInformation: 'File not uploaded' },
  'invalid-file-structure': {
    status: 400,
    title: 'The file has the wrong columns',
    errorInformation: 'Invalid file structure',
  },
  'broken-message': { status: 400, title: 'The message cannot be paid', errorInformation: 'Invalid file structure' },
  'empty-file': { status: 400, title: 'The file has no payments', errorInformation: 'Invalid file structure' },
  'broken-file': { status: 400, title: 'The file cannot be read', errorInformation: 'Broken file' },
  'broken-upload': { status: 400, title: 'The body ended before its end', errorInformation: 'Broken file' },
  'callback-address-refused': { status: 400, title: 'The callback address is not allowed' },
  'switches-refused': { status: 400, title: 'The switches are not valid' },
  'signature-wrong': {
    status: 400,
    title: 'The signature does not fit the request',
    errorInformation: 'Invalid Json Web Signature',
  },
  'token-required': { status: 401, title: 'The request does not say who asks' },
  'token-refused': { status: 401, title: 'The token is not good here' },
  'session-ended': { status: 401, title: 'The session has ended' },
  'person-required': { status: 401, title: 'The request names no person' },
  'tenant-unknown': { status: 403, title: 'The tenant is not known' },
  'foreign-page': { status: 403, title: 'A page of another site asks' },
  'not-permitted': { status: 403, title: 'The caller has no role for this' },
  'batch-options-not-allowed': { status: 403, title: 'The tenant allows no switches per batch' },
  'approval-required': { status: 403, title: 'The tenant pays nothing without a second person' },
  'maker-is-checker': { status: 403, title: 'Whoever made a batch may not decide on it' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'batch-not-found': { status: 404, title: 'There is no such batch' },
  'transfer-not-found': { status: 404, title: 'There is no such payment' },
  'payment-not-found': { status: 404, title: 'There is no such payment in the books' },
  'file-not-found': { status: 404, title: 'No file was uploaded under this name' },
  'wallet-not-found': { status: 404, title: 'There is no such wallet' },
  'programme-not-found': { status: 404, title: 'There is no such programme' },
  'route-not-found': { status: 404, title: 'There is no such route or withdrawal' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'result-not-ready': { status: 409, title: 'The batch has no result file yet' },
  'not-awaiting-approval': { status: 409, title: 'The batch is not waiting for a decision' },
  'already-decided': { status: 409, title: 'The batch has been decided on otherwise' },
  'totals-changed': { status: 409, title: 'The batch is not what the decider saw' },
  'command-not-applicable': { status: 409, title: 'The batch is not one that this can be done to' },
  'retry-under-way': { status: 409, title: 'A retry of the batch is under way' },
  'nothing-to-retry': { status: 409, title: 'No row of the batch can be retried' },
  'insufficient-funds': { status: 409, title: 'The wallet has not enough' },
  'wallet-not-ready': { status: 409, title: 'The wallet is not one that this can be done to' },
  'payment-not-unknown': { status: 409, title: 'The payment is not unknown' },
  'hand-mark-waits': { status: 409, title: 'A proposal for the payment waits already' },
  'no-hand-mark': { status: 409, title: 'No proposal waits for the payment' },
  'instance-ended': { status: 409, title: 'The process instance has ended' },
  'route-not-ready': { status: 409, title: 'The route is not one that this can be done to' },
  'programme-not-paying': { status: 409, title: 'The programme pays nothing now' },
  'personal-data-erased': { status: 410, title: 'The personal data were erased' },
  'secret-rotating': { status: 409, title: 'Two secrets are valid already' },
  'version-conflict': { status: 412, title: 'It is not what the caller has seen' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'file-too-large': { status: 413, title: 'The file is too large', errorInformation: 'File too big' },
  'too-many-rows': { status: 413, title: 'The file has too many rows', errorInformation: 'File too big' },
  'unsupported-media-type': { status: 415, title: 'The body has a type that is not taken here' },
  'checksum-mismatch': { status: 422, title: 'The bytes that came are not the bytes that were sent' },
  'idempotency-key-reused': { status: 422, title: 'The idempotency key was used for something else' },
  'too-many-streams': { status: 429, title: 'As many pages as may be are watched' },
  'too-many-requests': { status: 429, title: 'The client asks too often' },
  'internal-error': { status: 500, title: 'The hub failed' },
  'hub-full': { status: 503, title: 'The hub has enough to do' },
  unavailable: { status: 503, title: 'A part of the hub is not reachable' },
} as const satisfies Record<string, Entry>;

export type ProblemCode = keyof typeof problems;
/** One thing wrong with one named part of a request. */
export type NamedError = { readonly name: string; readonly message: string };

/** Thrown anywhere below a request; the boundary turns it into its answer. */
export class Problem extends Error {
  override name = 'Problem';
  readonly code: ProblemCode;
  /** Members beside the standard ones, such as `errors`. */
  readonly extra: Readonly<Record<string, unknown>>;
  constructor(code: ProblemCode, detail: string, extra: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(detail, { cause });
    this.code = code;
    this.extra = extra;
  }
}

export type ProblemBody = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly errorInformation: string;
  readonly errorDescription: string;
  readonly errorCode: number;
};

export function problemType(code: ProblemCode): string {
  return `urn:tributary:problem:${code}`;
}

/** The body of application/problem+json, with the three members that clients of Payment Hub EE read. */
export function problemBody(problem: Problem, instance: string): ProblemBody {
  const { status, title, errorInformation }: Entry = problems[problem.code];
  return {
    ...problem.extra,
    type: problemType(problem.code),
    title,
    status,
    detail: problem.message,
    instance,
    errorInformation: errorInformation ?? title,
    errorDescription: problem.message,
    errorCode: status,
  };
}

/** A request with several things wrong, each named. */
export function invalidRequest(errors: readonly NamedError[]): Problem {
  const detail = errors.map(({ name, message }) => (name ? `${name}: ${message}` : message)).join('; ');
  return new Problem('invalid-request', detail, { errors });
}
