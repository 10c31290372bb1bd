/** Who calls: the one answer for every route, found out once, before the route is reached. */
import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import { isRole, type Role, roles } from '../domain/permission.ts';
import { invalidRequest, Problem } from '../domain/problem.ts';
import type { TenantDoc } from '../store/documents.ts';
import type { Tenants } from '../store/tenants.ts';
import { headerText, isLabel } from './header.ts';

export type Caller = {
  readonly kind: 'person' | 'machine';
  /** Names the person or machine for good; what is done is written down under it. */
  readonly subject: string;
  /** For people to read. */
  readonly name: string;
  /** Absent for who administers the hub. */
  readonly tenant?: TenantDoc;
  readonly roles: readonly Role[];
  readonly ip: string;
  /** By what they were recognised. */
  readonly by: 'headers' | 'token' | 'session';
};

/** Finds out who calls; throws a problem where that cannot be believed. */
export type Identify = (req: Request) => Promise<Caller>;

const callers = new WeakMap<IncomingMessage, Caller>();

export function rememberCaller(req: IncomingMessage, caller: Caller): void {
  callers.set(req, caller);
}

/** Of a request that passed its access check. */
export function callerOf(req: IncomingMessage): Caller {
  const caller = callers.get(req);
  if (!caller) throw new TypeError('nobody was asked who calls: the route has no access check');
  return caller;
}

/** AUTH=off, on loopback: the headers are believed. Without X-User it is a machine, `integrator`; without X-Roles it may do everything. */
export function createOpenIdentity({ tenants }: { readonly tenants: Pick<Tenants, 'get'> }): Identify {
  return async (req) => {
    const id = headerText(req, 'platform-tenantid');
    const tenant = id === undefined ? undefined : await tenants.get(id);
    if (id !== undefined && !tenant) throw unknownTenant();
    const person = headerText(req, 'x-user');
    if (person !== undefined && !isLabel(person, 128)) {
      throw invalidRequest([{ name: 'X-User', message: 'write up to 128 printable characters' }]);
    }
    const subject = person ?? 'integrator';
    const kind = person === undefined ? 'machine' : 'person';
    const roles = rolesIn(headerText(req, 'x-roles'));
    return { kind, subject, name: subject, tenant, roles, ip: ipOf(req), by: 'headers' };
  };
}

function rolesIn(text: string | undefined): readonly Role[] {
  if (text === undefined) return roles;
  const words = text.split(',').map((word) => word.trim());
  if (words.every(isRole)) return words;
  throw invalidRequest([{ name: 'X-Roles', message: `write some of ${roles.join(', ')}, by commas` }]);
}

export function unknownTenant(): Problem {
  return new Problem('tenant-unknown', 'Platform-TenantId names no tenant of this hub: check its spelling');
}

export function ipOf(req: Request): string {
  return req.ip ?? req.socket.remoteAddress ?? '';
}
