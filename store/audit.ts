/** The audit: one entry per command and decision, written in the transaction of what it tells of, never changed after. */
import { createHash, randomUUID } from 'node:crypto';
import type { Actor, AuditEntry } from '../domain/audit-chain.ts';
import type { TenantId } from '../domain/ids.ts';
import { type ClientSession, type Filter, isDuplicateKey, type Mongo } from '../platform/mongo.ts';
import type { AuditEntryDoc } from './audit-documents.ts';
import type { Collections } from './collections.ts';

export type NewAuditEntry = Omit<AuditEntry, '_id' | 'at'> & {
  readonly at?: Date;
  /** Derived from the cause: said again with the same time, it is the same entry. Only outside of a transaction. */
  readonly once?: string;
};

export type AuditFilter = {
  readonly tenantId: TenantId;
  readonly subject?: string;
  readonly action?: string;
  readonly objectKind?: string;
  readonly objectId?: string;
  readonly from?: Date;
  readonly to?: Date;
};

export type Audit = ReturnType<typeof createAudit>;

/** Whose entries are of no tenant: what was done to the hub itself. */
export const hubWide: TenantId = '_hub';

/** The hub when it decides by itself: a deadline, a rail's answer. */
export const theHub: Actor = { kind: 'hub', subject: 'tributary', roles: [] };

/** An entry is for reading, not for keeping documents. */
const toldMaxBytes = 64 * 1024;

export function createAudit(mongo: Pick<Mongo, 'transaction'>, c: Pick<Collections, 'auditEntries' | 'auditUnsealed'>) {
  return {
    /** With `session`, in the transaction of what it tells of, which it aborts where it cannot be written. */
    async append(entry: NewAuditEntry, session?: ClientSession): Promise<void> {
      if (session) return appendAudit(c, entry, session);
      try {
        await mongo.transaction((own) => appendAudit(c, entry, own));
      } catch (error) {
        if (entry.once === undefined || !isDuplicateKey(error)) throw error;
      }
    },

    /** Newest first; `before` is the `_id` of the last entry of the page before. */
    async list(filter: AuditFilter, before: string | undefined, limit: number): Promise<AuditEntryDoc[]> {
      return c.auditEntries.find(queryOf(filter, before)).sort({ _id: -1 }).limit(limit).toArray();
    },
  };
}

/** Writes an entry and the mark that has it chained, in the transaction of what it tells of. */
export async function appendAudit(
  c: Pick<Collections, 'auditEntries' | 'auditUnsealed'>,
  entry: NewAuditEntry,
  session: ClientSession,
): Promise<void> {
  await appendAudits(c, [entry], session);
}

/** The same of many things that are done together. */
export async function appendAudits(
  c: Pick<Collections, 'auditEntries' | 'auditUnsealed'>,
  entries: readonly NewAuditEntry[],
  session: ClientSession,
): Promise<void> {
  const docs = entries.map(entryOf);
  await c.auditEntries.insertMany(docs, { session });
  const marks = docs.map(({ _id, tenantId, at }) => ({ _id, tenantId, at }));
  await c.auditUnsealed.insertMany(marks, { session });
}

function entryOf({
  once,
  at = new Date(),
  tenantId,
  who,
  action,
  object,
  before,
  after,
  why,
}: NewAuditEntry): AuditEntryDoc {
  const told = plain({ who, action, object, before, after, why });
  return { _id: `${timePart(at)}-${suffixOf(once)}`, tenantId, at, ...told };
}

function suffixOf(once: string | undefined): string {
  if (once === undefined) return randomUUID().replaceAll('-', '').slice(0, 12);
  return createHash('sha256').update(once).digest('hex').slice(0, 12);
}

/** What JSON can say, so that it is read as it was written: no other numbers, no halves of characters. */
function plain<T>(told: T): T {
  const text = JSON.stringify(told, (_, value: unknown) => {
    if (typeof value === 'bigint') return value.toString();
    return typeof value === 'string' ? Buffer.from(value).toString() : value;
  });
  if (Buffer.byteLength(text) > toldMaxBytes) throw new RangeError('an audit entry tells more than 64 KiB');
  return JSON.parse(text) as T;
}

function queryOf(filter: AuditFilter, before: string | undefined): Filter<AuditEntryDoc> {
  const { tenantId, subject, action, objectKind, objectId, from, to } = filter;
  const end = [before, to && timePart(to)].filter((text) => text !== undefined).sort()[0];
  const range = { ...(from && { $gte: timePart(from) }), ...(end !== undefined && { $lt: end }) };
  return {
    tenantId,
    ...(subject !== undefined && { 'who.subject': subject }),
    ...(action !== undefined && { action }),
    ...(objectKind !== undefined && { 'object.kind': objectKind }),
    ...(objectId !== undefined && { 'object.id': objectId }),
    ...(Object.keys(range).length > 0 && { _id: range }),
  };
}

/** Sorts as times do. */
function timePart(at: Date): string {
  return at.getTime().toString(36).padStart(9, '0');
}
