/** What every command to a batch says of itself: who gives it and why. */
import type { Request } from 'express';
import type { Actor } from '../domain/audit-chain.ts';
import { invalidRequest, type NamedError, Problem } from '../domain/problem.ts';
import { actorOf } from './actor.ts';
import { isLabel, personOf, readObject, readQuery } from './request.ts';

/** Who commands: a person, as for an approval. */
export function commander(req: Request): string {
  const person = personOf(req);
  if (!person) throw new Problem('person-required', 'only a person gives commands: sign in; with AUTH=off send X-User');
  return person;
}

/** A command that brings nothing but its reason: who gives it, and why. */
export async function readReason(req: Request): Promise<{ by: string; reason: string; actor: Actor }> {
  readQuery(req, []).done();
  const by = commander(req);
  const { reason: given } = await readObject(req, ['reason']);
  const errors: NamedError[] = [];
  const reason = checkedReason(given, errors);
  if (errors.length > 0) throw invalidRequest(errors);
  return { by, reason, actor: actorOf(req) };
}

/** The reason, or what is wrong with it added to `errors`. */
export function checkedReason(reason: unknown, errors: NamedError[]): string {
  const text = typeof reason === 'string' ? reason.trim() : '';
  if (!isLabel(text, 500)) {
    errors.push({ name: 'reason', message: 'say why, in up to 500 printable characters on one line' });
  }
  return text;
}
