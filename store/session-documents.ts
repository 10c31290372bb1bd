/** The documents of people who sign in with a browser. */
import type { Role } from '../domain/permission.ts';

/** Who a session is of, as the token of its sign-in said. */
export type SessionIdentity = {
  kind: 'person' | 'machine';
  subject: string;
  name: string;
  roles: readonly Role[];
  tenantId?: string;
};

/** `_id` is the SHA-256 of the cookie: who reads the database has no cookie by that. */
export type SessionDoc = {
  _id: string;
  identity: SessionIdentity;
  /** Tokens, readable only together with the cookie. */
  sealed: string;
  /** Until when the identity is believed without asking the provider again. */
  freshUntil: Date;
  /** Somebody asks the provider just now. */
  renewingUntil?: Date;
  seenAt: Date;
  createdAt: Date;
  expireAt: Date;
};

/** A sign-in that has begun: what must come back from the provider. `_id` as of a session. */
export type LoginDoc = {
  _id: string;
  state: string;
  nonce: string;
  verifier: string;
  returnTo: string;
  expireAt: Date;
};
