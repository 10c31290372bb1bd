/** Reads what a request says: tenant, person, headers, query and small JSON bodies; says all that is wrong at once. */
import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import { isUuid } from '../domain/ids.ts';
import { invalidRequest, type NamedError, Problem } from '../domain/problem.ts';
import type { BatchDoc, TenantDoc } from '../store/documents.ts';
import { callerOf } from './caller.ts';
import type { ApiDeps } from './deps.ts';
import { headerText } from './header.ts';
import { signatureOf } from './ph-ee/signature.ts';

export { headerText, isLabel } from './header.ts';

/** The tenant in whose name the request comes. Nothing of another tenant is ever looked at. */
export async function tenantOf(_deps: unknown, req: Request): Promise<TenantDoc> {
  const { tenant } = callerOf(req);
  if (!tenant) throw new Problem('tenant-required', 'this is of a tenant, and who asks is of none');
  return tenant;
}

/** The tenant's own batch named in the path; another tenant's is as absent as none. */
export async function batchOf(
  { batches }: Pick<ApiDeps, 'batches'>,
  req: Request,
  tenant: TenantDoc,
): Promise<BatchDoc> {
  const id = String(req.params.id).toLowerCase();
  const batch = isUuid(id) ? await batches.get(id) : undefined;
  if (!batch || batch.tenantId !== tenant._id) {
    throw new Problem('batch-not-found', 'the tenant has no batch of this id: check the id and Platform-TenantId');
  }
  return batch;
}

/** Zeebe's key named in the path; undefined where it is none. */
export function keyOf(req: Request): string | undefined {
  const key = String(req.params.key);
  return /^\d{1,19}$/.test(key) ? key : undefined;
}

/** The person who asks; undefined where a machine does. */
export function personOf(req: Request): string | undefined {
  const { kind, subject } = callerOf(req);
  return kind === 'person' ? subject : undefined;
}

export type Query = {
  text(name: string): string | undefined;
  /** A whole number in [min, max], or the default. */
  whole(name: string, initial: number, min: number, max: number): number;
  /** One of the words, in any case, or undefined. */
  word<W extends string>(name: string, words: readonly W[]): W | undefined;
  /** ISO 8601, a day or a moment. */
  date(name: string): Date | undefined;
  problem(name: string, message: string): void;
  /** Throws a problem that names all that is wrong. */
  done(): void;
};

/** The query's parameters; those not in `names` are refused. */
export function readQuery(req: IncomingMessage, names: readonly string[]): Query {
  const at = (req.url ?? '').indexOf('?');
  const params = new URLSearchParams(at < 0 ? '' : (req.url ?? '').slice(at));
  const errors: NamedError[] = [];
  const problem = (name: string, message: string) => void errors.push({ name, message });
  for (const name of new Set(params.keys())) {
    if (!names.includes(name)) problem(shortened(name), `is not known here; known are ${names.join(', ') || 'none'}`);
    else if (params.getAll(name).length > 1) problem(name, 'is given more than once');
  }
  const text = (name: string) => params.get(name)?.trim() || undefined;
  return {
    text,
    problem,
    whole(name, initial, min, max) {
      const value = text(name);
      if (value === undefined) return initial;
      if (/^\d{1,10}$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value);
      problem(name, `write a whole number from ${min} to ${max}`);
      return initial;
    },
    word(name, words) {
      const value = text(name)?.toLowerCase();
      if (value === undefined) return undefined;
      const found = words.find((word) => word.toLowerCase() === value);
      if (!found) problem(name, `write one of ${words.join(', ')}`);
      return found;
    },
    date(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      const isIso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(value);
      const date = new Date(value);
      if (isIso && !Number.isNaN(date.getTime())) return date;
      problem(name, 'write a day or a moment of ISO 8601, such as 2026-03-31 or 2026-03-31T12:00:00Z');
      return undefined;
    },
    done() {
      if (errors.length > 0) throw invalidRequest(errors);
    },
  };
}

/** A UUID of the query, in lower case. */
export function uuidIn(query: Query, name: string): string | undefined {
  const text = query.text(name)?.toLowerCase();
  if (text !== undefined && !isUuid(text)) query.problem(name, 'write a UUID');
  return text;
}

/** A JSON object in a body of at most `maxBytes`, read by `parse`; fields not in `names` are refused. */
export async function readObject(
  req: Request,
  names: readonly string[] | undefined,
  maxBytes = 64 * 1024,
  parse: (text: string) => unknown = JSON.parse,
): Promise<Record<string, unknown>> {
  const type = headerText(req, 'content-type') ?? 'application/json';
  if (!/^application\/([\w.+-]+\+)?json\b/i.test(type)) {
    throw new Problem('unsupported-media-type', 'send the body as application/json');
  }
  const value = parseJson(await smallBody(req, maxBytes), parse);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidRequest([{ name: '', message: `send a JSON object${names ? ` with ${names.join(', ')}` : ''}` }]);
  }
  const unknown = names ? Object.keys(value).filter((name) => !names.includes(name)) : [];
  if (unknown.length > 0) {
    const message = `is not known here; known are ${names?.join(', ')}`;
    throw invalidRequest(unknown.slice(0, 20).map((name) => ({ name: shortened(name), message })));
  }
  return value as Record<string, unknown>;
}

/** JSON that somebody sent; throws a problem that says where it breaks, without the text itself. */
export function parseJson(text: string, parse: (text: string) => unknown = JSON.parse): unknown {
  try {
    return parse(text);
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    throw new Problem('malformed-json', position ? `it breaks at character ${position}` : 'it is empty or cut short');
  }
}

async function smallBody(req: Request, maxBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of req.iterator({ destroyOnReturn: false })) {
    size += (piece as Buffer).length;
    if (size > maxBytes) throw new Problem('body-too-large', `such a body may have ${maxBytes} bytes`);
    pieces.push(piece as Buffer);
  }
  const signature = signatureOf(req);
  for (const piece of pieces) signature?.update(piece);
  signature?.check();
  return Buffer.concat(pieces).toString('utf8');
}

export function shortened(name: string): string {
  const printable = name.replace(/\p{C}/gu, '?');
  return printable.length > 60 ? `${printable.slice(0, 60)}…` : printable;
}
