/** SLCB's HTTP interface: signs in, renews its token, and says what the bank said or that it was not reached. */
import { parseExact } from '../../platform/exact-json.ts';
import type { RailHttp, RailResponse } from '../../platform/http.ts';

/** What a call came to. `notSent` proves that the bank has not taken it; `unclear` proves nothing. */
export type Said =
  | { readonly kind: 'said'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'notSent'; readonly text: string; readonly retryAfterMs?: number; readonly status?: number }
  | { readonly kind: 'unclear'; readonly text: string; readonly isTooLarge?: boolean; readonly status?: number };

export type SlcbClient = {
  /** Posts JSON under a token; all of it, signing in included, ends within the time-out. */
  post(path: string, body: string, how: PostOptions): Promise<Said>;
  /** Signs in anew, to see whether the bank is there. */
  signIn(): Promise<Token | NotSent>;
};

type PostOptions = { readonly idempotent: boolean; readonly signal: AbortSignal; readonly notAfter?: Date };
type Token = { readonly kind: 'token'; readonly text: string; readonly renewAt: number };
type NotSent = Extract<Said, { kind: 'notSent' }>;

export type ClientOptions = {
  readonly http: RailHttp;
  readonly username: string;
  readonly password: string;
  readonly timeoutMs: number;
  readonly now: () => Date;
};

/** Where the bank does not say how long a token lives. */
const tokenSecondsByDefault = 300;

export function createClient({ http, username, password, timeoutMs, now }: ClientOptions): SlcbClient {
  let token: Token | undefined;
  let signingIn: Promise<Token | NotSent> | undefined;

  /** One sign-in at a time, whoever needs it; nobody's signal ends it for the others. */
  function signIn(): Promise<Token | NotSent> {
    signingIn ??= http
      .request({
        method: 'POST',
        path: '/api/auth',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username, password }),
        idempotent: true,
        timeoutMs: timeoutMs / 3,
      })
      .then((response) => {
        const got = tokenOf(response, now().getTime());
        token = got.kind === 'token' ? got : undefined;
        return got;
      })
      .finally(() => {
        signingIn = undefined;
      });
    return signingIn;
  }

  async function currentToken(): Promise<Token | NotSent> {
    return token && now().getTime() < token.renewAt ? token : await signIn();
  }

  return {
    signIn,
    async post(path, body, { idempotent, signal, notAfter }) {
      const endsAt = performance.now() + timeoutMs;
      for (let tries = 1; ; tries++) {
        const mine = await currentToken();
        if (mine.kind === 'notSent') return mine;
        const leftMs = endsAt - performance.now();
        // Less than a third would make a lost answer out of a slow one.
        if (leftMs < timeoutMs / 3) return { kind: 'notSent', text: 'signing in took too long' };
        const headers = { 'content-type': 'application/json', authorization: `Bearer ${mine.text}` };
        const response = await http.request({
          method: 'POST',
          path,
          headers,
          body,
          idempotent,
          timeoutMs: leftMs,
          signal,
          notAfter,
        });
        // A 401 proves that nothing was done: a new token, once.
        if (response.kind !== 'answered' || response.status !== 401) return saidOf(response);
        if (token === mine) token = undefined;
        if (tries === 2) return { kind: 'notSent', text: 'the bank refuses the token it gave', status: 401 };
      }
    },
  };
}

function tokenOf(response: RailResponse, at: number): Token | NotSent {
  const said = saidOf(response);
  if (said.kind !== 'said') return { kind: 'notSent', text: `not signed in: ${said.text}`, status: said.status };
  const { token, expiresIn } = (said.body ?? {}) as Record<string, unknown>;
  if (said.status !== 200 || typeof token !== 'string' || token === '') {
    return { kind: 'notSent', text: `not signed in: the bank answered ${said.status}`, status: said.status };
  }
  const seconds = typeof expiresIn === 'number' && expiresIn > 0 ? expiresIn : tokenSecondsByDefault;
  return { kind: 'token', text: token, renewAt: at + seconds * 900 };
}

/** 403, 404, 405, 429 and 503 say that nobody took it; other failures of a server, and what is no JSON, leave it open. */
function saidOf(response: RailResponse): Said {
  if (response.kind === 'notSent') return response;
  if (response.kind === 'lost') return { ...response, kind: 'unclear' };
  const { status, headers, text } = response;
  if ([403, 404, 405, 429, 503].includes(status)) {
    const seconds = Number(headers['retry-after']);
    const later = Number.isFinite(seconds) ? { retryAfterMs: seconds * 1_000 } : {};
    return { kind: 'notSent', text: `the bank answered ${status}`, status, ...later };
  }
  if (status >= 500 || (status >= 300 && status < 400)) {
    return { kind: 'unclear', text: `the bank answered ${status}`, status };
  }
  try {
    return { kind: 'said', status, body: parseExact(text) };
  } catch {
    return { kind: 'unclear', text: 'the bank answered what is no JSON', status };
  }
}
