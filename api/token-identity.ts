/** Who calls, by the access token that an OpenID provider signed. */
import type { Request } from 'express';
import { isRole, type Role } from '../domain/permission.ts';
import { invalidRequest, Problem } from '../domain/problem.ts';
import type { CheckToken, Claims } from '../platform/token.ts';
import type { Tenants } from '../store/tenants.ts';
import { type Caller, type Identify, ipOf, unknownTenant } from './caller.ts';
import { headerText, isLabel } from './header.ts';

export type ClaimNames = { readonly tenant: string; readonly roles: string };

/** What the hub reads of a token. */
export type Identity = Pick<Caller, 'kind' | 'subject' | 'name' | 'roles'> & { readonly tenantId?: string };

export function createTokenIdentity(options: {
  readonly check: CheckToken;
  readonly claims: ClaimNames;
  readonly tenants: Pick<Tenants, 'get'>;
}): Identify {
  return async (req) => {
    const token = bearerOf(req);
    const checked = await options.check(token);
    if (checked.kind === 'unknown') {
      throw new Problem(
        'unavailable',
        'the keys of the sign-in server cannot be fetched: try again in a moment',
        {},
        checked.cause,
      );
    }
    if (checked.kind === 'refused') throw new Problem('token-refused', `the token is refused: ${checked.reason}`);
    return callerFrom(options.tenants, req, identityOf(checked.claims, options.claims), 'token');
  };
}

function bearerOf(req: Request): string {
  const [, token] = /^Bearer +(\S+)$/i.exec(headerText(req, 'authorization') ?? '') ?? [];
  if (token !== undefined) return token;
  throw new Problem(
    'token-required',
    'send the header Authorization: Bearer with an access token of the sign-in server',
  );
}

/** The caller of an identity that is believed; headers may repeat what it says, and say nothing else. */
export async function callerFrom(
  tenants: Pick<Tenants, 'get'>,
  req: Request,
  identity: Identity,
  by: 'token' | 'session',
): Promise<Caller> {
  const { tenantId, ...who } = identity;
  const given = headerText(req, 'platform-tenantid');
  for (const name of ['X-User', 'X-Roles']) {
    if (headerText(req, name.toLowerCase()) === undefined) continue;
    throw invalidRequest([{ name, message: 'is believed with AUTH=off alone: leave it out, the token says who asks' }]);
  }
  const tenant = tenantId === undefined ? undefined : await tenants.get(tenantId);
  // Of another tenant it is not even told whether it exists.
  if (given !== undefined && given !== tenant?._id) throw unknownTenant();
  if (tenantId !== undefined && !tenant) throw new Problem('tenant-unknown', 'the token names no tenant of this hub');
  return { ...who, tenant, ip: ipOf(req), by };
}

/** Throws a problem where the claims say too little. */
export function identityOf(claims: Claims, names: ClaimNames): Identity {
  const tenantId = claimOf(claims, names.tenant);
  if (tenantId !== undefined && (typeof tenantId !== 'string' || !isLabel(tenantId, 128))) {
    throw new Problem('token-refused', `the token is refused: its claim ${names.tenant} is not the id of a tenant`);
  }
  const subject = String(claims.sub);
  if (!isLabel(subject, 255)) throw new Problem('token-refused', 'the token is refused: its claim sub names nobody');
  const all = wordsOf(claimOf(claims, names.roles)).filter(isRole);
  // Who may hand out roles within a tenant may not make somebody an administrator of the hub.
  const roles = all.filter((role) => (role === 'hub-admin') === (tenantId === undefined));
  if (tenantId === undefined && roles.length === 0) {
    throw new Problem(
      'tenant-unknown',
      `the token names no tenant: have the sign-in server add the claim ${names.tenant}`,
    );
  }
  return { kind: kindOf(claims, roles), subject, name: nameOf(claims, subject), roles, tenantId };
}

/** Under its whole name, or step by step: `realm_access.roles`. */
function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split('.')
    .reduce<unknown>(
      (at, step) =>
        typeof at === 'object' && at !== null && Object.hasOwn(at, step) ? (at as Claims)[step] : undefined,
      claims,
    );
}

/** A list of texts, or texts by spaces; what is neither has no words. */
function wordsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.split(/\s+/);
  return Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
}

/** A client that asks in its own name is a machine; providers tell it differently. */
function kindOf(claims: Claims, roles: readonly Role[]): Caller['kind'] {
  const { sub, client_id, azp, gty, idtyp } = claims;
  const isMachine =
    roles.includes('machine') || sub === client_id || sub === azp || gty === 'client-credentials' || idtyp === 'app';
  return isMachine ? 'machine' : 'person';
}

function nameOf({ name, preferred_username }: Claims, subject: string): string {
  const isName = (text: unknown): text is string => typeof text === 'string' && isLabel(text, 128);
  return [name, preferred_username].find(isName) ?? subject;
}
