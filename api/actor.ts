/** Who asks and from where, as the audit keeps it. */
import type { Request } from 'express';
import type { Actor } from '../domain/audit-chain.ts';
import { callerOf } from './caller.ts';
import { headerText } from './header.ts';

/** Of a request that passed its access check. */
export function actorOf(req: Request): Actor {
  const { kind, subject, name, roles, ip } = callerOf(req);
  return { kind, subject, name, roles, from: { ip, userAgent: agentOf(req) } };
}

function agentOf(req: Request): string | undefined {
  return headerText(req, 'user-agent')?.replace(/\p{C}/gu, '?').slice(0, 200);
}
