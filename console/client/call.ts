/** Speaks to the API: JSON in and out, problems as errors, and who asks where the hub runs without sign-in. */

export type NamedError = { readonly name: string; readonly message: string };
export type Problem = {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly type?: string;
  readonly errors?: readonly NamedError[];
};

export class CallFailed extends Error {
  readonly problem: Problem;
  constructor(problem: Problem, cause?: unknown) {
    super(problem.detail || problem.title, { cause });
    this.problem = problem;
  }
}

/** Headers that name tenant and person where there is no session: AUTH=off, on this machine only. */
let identity: Readonly<Record<string, string>> = {};

export function setIdentityHeaders(headers: Readonly<Record<string, string>>): void {
  identity = headers;
}

export function identityHeaders(): Readonly<Record<string, string>> {
  return identity;
}

const signedOut = new Set<() => void>();

/** Tells when the hub does not know us any more: the session has ended. */
export function onSignedOut(listener: () => void): () => void {
  signedOut.add(listener);
  return () => void signedOut.delete(listener);
}

const timeoutMs = 30_000;

export function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return request<T>(path, { signal: within(timeoutMs, signal) });
}

/** The text of a file that is small enough to be looked at. */
export async function getText(path: string, signal?: AbortSignal): Promise<string> {
  return (await answered(path, { signal: within(timeoutMs, signal) })).text();
}

/** A command: JSON in the body, the answer's JSON out. */
export function send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const json =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  return request<T>(path, { method, ...json, signal: within(timeoutMs) });
}

/** A form with a file; takes as long as the file takes. */
export function sendForm<T>(
  path: string,
  form: FormData,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<T> {
  return request<T>(path, { method: 'POST', body: form, headers, signal });
}

/** Saves what a path answers under a name. Without sign-in a plain link could not say who asks. */
export async function download(path: string, fileName: string): Promise<void> {
  const blob = await (await answered(path, {})).blob();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** An answer whose body is still to be read; throws CallFailed on every other than 2xx. */
export async function answered(path: string, init: RequestInit): Promise<Response> {
  const headers = { ...identity, ...(init.headers as Record<string, string>) };
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, credentials: 'same-origin', redirect: 'error' });
  } catch (error) {
    if (init.signal?.aborted && (init.signal.reason as Error)?.name === 'AbortError') throw error;
    const detail =
      'It may be restarting, or the network is away. What you see may be old; it is asked again by itself.';
    throw new CallFailed({ title: 'The hub does not answer', status: 0, detail }, error);
  }
  if (response.status === 401) for (const listener of signedOut) listener();
  if (!response.ok) throw new CallFailed(await problemOf(response));
  return response;
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  const response = await answered(path, init);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function problemOf(response: Response): Promise<Problem> {
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const body = isJson ? ((await response.json().catch(() => ({}))) as Partial<Problem>) : {};
  const title = body.title ?? `The hub answered ${response.status}`;
  return { ...body, title, status: response.status, detail: body.detail ?? 'It gave no reason.' };
}

function within(ms: number, signal?: AbortSignal): AbortSignal {
  const late = AbortSignal.timeout(ms);
  return signal ? AbortSignal.any([late, signal]) : late;
}

/** A path with its query; what is undefined, null or empty is left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | number | boolean | null | undefined>>) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') params.set(name, String(value));
  }
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}
