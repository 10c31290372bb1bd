/** Sessions of browsers: found by a cookie that only the browser has, ended by idleness, age or the person. */
import { createHash, randomBytes } from 'node:crypto';
import { seal, unseal } from '../platform/seal.ts';
import type { Collections } from './collections.ts';
import type { LoginDoc, SessionDoc, SessionIdentity } from './session-documents.ts';

export type SessionTokens = { readonly refreshToken?: string; readonly idToken?: string };
export type SessionState = {
  readonly identity: SessionIdentity;
  readonly tokens: SessionTokens;
  readonly freshUntil: Date;
};
export type PendingLogin = Pick<LoginDoc, 'state' | 'nonce' | 'verifier' | 'returnTo'>;
export type Sessions = ReturnType<typeof createSessions>;

/** Somebody types a password, perhaps looks for the second factor. */
const loginMs = 15 * 60_000;
/** Being seen is written down no more often: a page asks many times a minute. */
const seenEveryMs = 60_000;

export function createSessions(
  c: Pick<Collections, 'sessions' | 'logins'>,
  options: { readonly secret: string; readonly idleMs: number; readonly maxMs: number; readonly now: () => Date },
) {
  const { secret, idleMs, maxMs, now } = options;
  const later = (ms: number) => new Date(now().getTime() + ms);
  const endOf = (createdAt: Date) => new Date(Math.min(createdAt.getTime() + maxMs, now().getTime() + idleMs));
  const sealed = (id: string, tokens: SessionTokens) => seal(secret, id, JSON.stringify(tokens));

  return {
    /** The id is for the browser's cookie, and is kept nowhere else. */
    async open({ identity, tokens, freshUntil }: SessionState): Promise<string> {
      const id = newId();
      const at = now();
      await c.sessions.insertOne({
        _id: hashOf(id),
        identity,
        sealed: sealed(id, tokens),
        freshUntil,
        seenAt: at,
        createdAt: at,
        expireAt: endOf(at),
      });
      return id;
    },

    /** Undefined where there is none, or not any more. MongoDB removes what has expired within a minute; it does not count before either. */
    async find(id: string): Promise<SessionState | undefined> {
      const doc = await c.sessions.findOne({ _id: hashOf(id), expireAt: { $gt: now() } });
      if (!doc) return undefined;
      if (now().getTime() - doc.seenAt.getTime() > seenEveryMs) await seen(doc);
      return stateOf(id, doc);
    },

    /** True for one caller at a time. */
    async claimRenewal(id: string, ms: number): Promise<boolean> {
      const isFree = { $or: [{ renewingUntil: { $exists: false } }, { renewingUntil: { $lte: now() } }] };
      const { modifiedCount } = await c.sessions.updateOne(
        { _id: hashOf(id), ...isFree },
        { $set: { renewingUntil: later(ms) } },
      );
      return modifiedCount === 1;
    },

    async renewed(id: string, { identity, tokens, freshUntil }: SessionState): Promise<void> {
      const change = {
        $set: { identity, sealed: sealed(id, tokens), freshUntil },
        $unset: { renewingUntil: '' as const },
      };
      await c.sessions.updateOne({ _id: hashOf(id) }, change);
    },

    async end(id: string): Promise<SessionState | undefined> {
      const doc = await c.sessions.findOneAndDelete({ _id: hashOf(id) });
      return doc ? stateOf(id, doc) : undefined;
    },

    /** Answers the id of the cookie by which the browser proves that the login is its own. */
    async beginLogin(login: PendingLogin): Promise<string> {
      const id = newId();
      await c.logins.insertOne({ _id: hashOf(id), ...login, expireAt: later(loginMs) });
      return id;
    },

    /** Once: a second try with the same cookie finds nothing. */
    async takeLogin(id: string): Promise<PendingLogin | undefined> {
      return (await c.logins.findOneAndDelete({ _id: hashOf(id), expireAt: { $gt: now() } })) ?? undefined;
    },
  };

  async function seen({ _id, createdAt }: SessionDoc): Promise<void> {
    await c.sessions.updateOne({ _id }, { $set: { seenAt: now(), expireAt: endOf(createdAt) } });
  }

  function stateOf(id: string, { identity, sealed: text, freshUntil }: SessionDoc): SessionState {
    return { identity, freshUntil, tokens: JSON.parse(unseal(secret, id, text)) as SessionTokens };
  }
}

function newId(): string {
  return randomBytes(32).toString('base64url');
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}
