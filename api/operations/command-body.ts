/** What every command of an operator brings: a reason, and an idempotency key where the client sends one. */
import type { Request } from 'express';
import type { Actor } from '../../domain/audit-chain.ts';
import { invalidRequest, type NamedError } from '../../domain/problem.ts';
import { actorOf } from '../actor.ts';
import { checkedReason, commander } from '../commander.ts';
import { headerText, isLabel, readObject, readQuery } from '../request.ts';

export type CommandBody = {
  /** Who, and from where, for the audit. */
  readonly actor: Actor;
  readonly by: string;
  readonly reason: string;
  readonly idempotencyKey?: string;
  /** Fields beside the reason, not checked yet. */
  readonly fields: Readonly<Record<string, unknown>>;
};

/** Throws a problem that names all that is wrong; `check` tells what is wrong with the other fields. */
export async function readCommand(
  req: Request,
  names: readonly string[] = [],
  check: (
    fields: Readonly<Record<string, unknown>>,
    problem: (name: string, message: string) => void,
  ) => void = () => {},
): Promise<CommandBody> {
  readQuery(req, []).done();
  const by = commander(req);
  const errors: NamedError[] = [];
  const { reason: given, ...fields } = await readObject(req, ['reason', ...names]);
  const reason = checkedReason(given, errors);
  const idempotencyKey = headerText(req, 'idempotency-key');
  if (idempotencyKey !== undefined && !isLabel(idempotencyKey, 255)) {
    errors.push({ name: 'Idempotency-Key', message: 'write up to 255 printable characters' });
  }
  check(fields, (name, message) => void errors.push({ name, message }));
  if (errors.length > 0) throw invalidRequest(errors);
  return { actor: actorOf(req), by, reason, fields, ...(idempotencyKey !== undefined && { idempotencyKey }) };
}
