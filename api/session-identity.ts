/** Who calls, by the session of their browser; and that it is our own page that asks. */
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../domain/problem.ts';
import type { Log } from '../platform/log.ts';
import type { OpenId } from '../platform/openid.ts';
import type { CheckToken } from '../platform/token.ts';
import type { SessionState, Sessions } from '../store/sessions.ts';
import type { Tenants } from '../store/tenants.ts';
import type { Identify } from './caller.ts';
import { readCookie } from './cookies.ts';
import { headerText } from './header.ts';
import { type ClaimNames, callerFrom, identityOf } from './token-identity.ts';

export type SignInDeps = {
  readonly openid: OpenId;
  readonly sessions: Sessions;
  readonly check: CheckToken;
  readonly claims: ClaimNames;
  /** Where people reach the hub: `https://hub.example`. */
  readonly publicUrl: string;
  readonly now: () => Date;
  readonly log: Log;
};

/** Renewed so long before the identity is stale, by one request, while others go on. */
const aheadMs = 30_000;
const renewalMs = 15_000;
const pollMs = 200;

export function createSessionIdentity(deps: SignInDeps, tenants: Pick<Tenants, 'get'>): Identify {
  return async (req) => {
    const id = readCookie(req, 'tributary');
    if (id === undefined)
      throw new Problem('token-required', 'sign in at /console/login, or send Authorization: Bearer');
    checkOrigin(req, deps.publicUrl);
    const session = await deps.sessions.find(id);
    if (!session) throw ended();
    const { identity } = await fresh(deps, id, session);
    return callerFrom(tenants, req, identity, 'session');
  };
}

/** Browsers say which page asks. What changes something must be asked by ours, so that no other page can use the cookie. */
export function checkOrigin(req: IncomingMessage, publicUrl: string): void {
  if (req.method === 'GET' || req.method === 'HEAD') return;
  const site = headerText(req, 'sec-fetch-site');
  const origin = headerText(req, 'origin');
  const isOurs = site === undefined ? origin === new URL(publicUrl).origin : site === 'same-origin';
  if (!isOurs)
    throw new Problem('foreign-page', 'a page of another site asks in the name of who is signed in: nothing was done');
}

/** The session with an identity that the provider still stands by. */
async function fresh(deps: SignInDeps, id: string, session: SessionState): Promise<SessionState> {
  const { sessions, now } = deps;
  const leftMs = session.freshUntil.getTime() - now().getTime();
  if (leftMs > aheadMs) return session;
  if (await sessions.claimRenewal(id, renewalMs)) return renew(deps, id, session, leftMs > 0);
  if (leftMs > 0) return session;
  for (const until = Date.now() + renewalMs; Date.now() < until; await sleep(pollMs)) {
    const renewed = await sessions.find(id);
    if (!renewed) throw ended();
    if (renewed.freshUntil > now()) return renewed;
  }
  throw new Problem('unavailable', 'the sign-in server does not answer: try again in a moment');
}

async function renew(deps: SignInDeps, id: string, session: SessionState, isValid: boolean): Promise<SessionState> {
  const { refreshToken } = session.tokens;
  const answer =
    refreshToken === undefined
      ? undefined
      : await deps.openid.renew(refreshToken).catch((error: unknown) => ({ kind: 'lost' as const, error }));
  if (answer?.kind === 'lost') {
    deps.log.warn('session not renewed', { error: answer.error });
    if (isValid) return session;
    throw new Problem('unavailable', 'the sign-in server does not answer: try again in a moment', {}, answer.error);
  }
  const renewed =
    answer?.kind === 'tokens'
      ? await sessionOf(deps, { idToken: session.tokens.idToken, refreshToken, ...defined(answer.tokens) })
      : undefined;
  if (renewed) {
    await deps.sessions.renewed(id, renewed);
    return renewed;
  }
  if (answer === undefined && isValid) return session;
  await deps.sessions.end(id);
  deps.log.info('session ended', { reason: answer?.kind === 'refused' ? answer.reason : 'not renewed' });
  throw ended();
}

/** What a session keeps of tokens; undefined where the access token is not one of ours. */
export async function sessionOf(
  { check, claims }: Pick<SignInDeps, 'check' | 'claims'>,
  {
    accessToken,
    ...tokens
  }: { readonly accessToken?: string; readonly refreshToken?: string; readonly idToken?: string },
): Promise<SessionState | undefined> {
  const checked = await check(accessToken ?? '');
  if (checked.kind === 'unknown')
    throw new Problem('unavailable', 'the keys of the sign-in server cannot be fetched', {}, checked.cause);
  if (checked.kind === 'refused') return undefined;
  return {
    identity: identityOf(checked.claims, claims),
    tokens,
    freshUntil: new Date(Number(checked.claims.exp) * 1_000),
  };
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function ended(): Problem {
  return new Problem('session-ended', 'the session has ended: sign in again at /console/login');
}
