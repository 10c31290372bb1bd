/** Who calls, by whatever they bring, and whether they ask too often. */
import { Problem, problems } from '../domain/problem.ts';
import type { Log } from '../platform/log.ts';
import { createDiscovery, createOpenId } from '../platform/openid.ts';
import { createTokenCheck } from '../platform/token.ts';
import type { Collections } from '../store/collections.ts';
import { createSessions } from '../store/sessions.ts';
import type { Tenants } from '../store/tenants.ts';
import type { OidcConfig } from './auth-config.ts';
import { type Identify, ipOf } from './caller.ts';
import { headerText } from './header.ts';
import type { RateLimit } from './rate-limit.ts';
import { createSessionIdentity, type SignInDeps } from './session-identity.ts';
import { createTokenIdentity } from './token-identity.ts';

export type SignInOptions = {
  readonly config: OidcConfig;
  readonly c: Pick<Collections, 'sessions' | 'logins'>;
  readonly tenants: Pick<Tenants, 'get'>;
  readonly hubSecret: string;
  readonly log: Log;
  readonly now: () => Date;
};

/** By tokens, and by sessions where people may sign in with a browser. */
export function createSignIn(options: SignInOptions): { identify: Identify; signIn?: SignInDeps } {
  const { config, c, tenants, hubSecret, log, now } = options;
  const { issuer, claims, keysUri, console: pages } = config;
  const discovery = createDiscovery(issuer);
  const keysAt = async () => keysUri ?? (await discovery()).keysUri;
  const check = createTokenCheck({ ...config, keysAt });
  const byToken = createTokenIdentity({ check, claims, tenants });
  if (!pages) return { identify: byToken };
  const { publicUrl, idleMs, maxMs } = pages;
  const openid = createOpenId({ issuer, ...pages, redirectUri: `${publicUrl}/console/callback` });
  const sessions = createSessions(c, { secret: hubSecret, idleMs, maxMs, now });
  const signIn = { openid, sessions, check, claims, publicUrl, now, log };
  const bySession = createSessionIdentity(signIn, tenants);
  const identify: Identify = (req) => (headerText(req, 'authorization') ? byToken(req) : bySession(req));
  return { identify, signIn };
}

export type Limits = {
  /** Of one client: a person or machine of a tenant. */
  readonly callers: RateLimit;
  /** Of one address, for whoever is not recognised. */
  readonly strangers: RateLimit;
};

/** The same, for those who do not ask too often. */
export function limited(identify: Identify, { callers, strangers }: Limits): Identify {
  return async (req) => {
    try {
      const caller = await identify(req);
      callers.take(`${caller.tenant?._id ?? ''}/${caller.subject}`);
      return caller;
    } catch (error) {
      if (error instanceof Problem && problems[error.code].status === 401) strangers.take(ipOf(req));
      throw error;
    }
  };
}
