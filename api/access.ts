/** The one place where it is decided whether a request may reach its route. */
import type { RequestHandler } from 'express';
import { isPersonal, type Permission, rolesWith } from '../domain/permission.ts';
import { Problem } from '../domain/problem.ts';
import { type Caller, type Identify, rememberCaller } from './caller.ts';

/** What a route asks of its caller. `signed-in`: to be known, and nothing more. */
export type Access = Permission | 'signed-in' | 'anyone';
export type Guarded = { readonly access: Access; readonly handler: RequestHandler };

/** A route's handler with what it asks of its caller. */
export function may(access: Access, handler: RequestHandler): Guarded {
  return { access, handler };
}

/** The handler behind its check. */
export function guard(identify: Identify, { access, handler }: Guarded): RequestHandler {
  if (access === 'anyone') return handler;
  return async (req, res, next) => {
    const caller = await identify(req);
    if (access !== 'signed-in') checkPermission(caller, access);
    rememberCaller(req, caller);
    await handler(req, res, next);
  };
}

function checkPermission({ kind, roles, tenant }: Caller, permission: Permission): void {
  const needed = rolesWith(permission);
  if (!tenant && needed.some((role) => role !== 'hub-admin')) {
    throw new Problem(
      'tenant-required',
      'this is of a tenant: ask as somebody of one; with AUTH=off send Platform-TenantId',
    );
  }
  if (!needed.some((role) => roles.includes(role))) {
    throw new Problem('not-permitted', `this needs ${permission}, which belongs to the role ${needed.join(' or ')}`);
  }
  if (kind === 'machine' && isPersonal(permission)) {
    throw new Problem('person-required', 'only a person may do this: sign in; with AUTH=off send X-User');
  }
}
