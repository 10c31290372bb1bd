/** GET /api/v1/audit and /api/v1/audit/verification: who did what, and whether what is written is what was sealed. */
import type { RequestHandler } from 'express';
import type { Anchor } from '../../domain/audit-chain.ts';
import { anchorsOf } from '../../store/audit-anchors.ts';
import { createAuditChain } from '../../store/audit-chain.ts';
import type { AuditEntryDoc } from '../../store/audit-documents.ts';
import type { ApiDeps } from '../deps.ts';
import { isLabel, type Query, readQuery, tenantOf } from '../request.ts';

/** A hundred thousand links are walked in some seconds. */
const linksMax = 100_000;

export function listAudit(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['who', 'action', 'object', 'objectId', 'from', 'to', 'cursor', 'limit']);
    const before = entryIdIn(query, 'cursor');
    const limit = query.whole('limit', 50, 1, 200);
    const filter = {
      tenantId: tenant._id,
      subject: labelIn(query, 'who'),
      action: labelIn(query, 'action'),
      objectKind: labelIn(query, 'object'),
      objectId: labelIn(query, 'objectId'),
      from: query.date('from'),
      to: query.date('to'),
    };
    query.done();
    const found = await deps.audit.list(filter, before, limit);
    res.json({
      entries: found.map(shownEntry),
      next_cursor: found.length === limit ? found.at(-1)!._id : null,
    });
  };
}

/** Reads only; what it finds is also looked for by the workers, who raise an alert. */
export function getAuditVerification(deps: ApiDeps): RequestHandler {
  const chain = createAuditChain(deps.c, deps.now);
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['from', 'limit', 'sequence', 'hash']);
    const from = query.whole('from', 1, 1, 1_000_000_000);
    const limit = query.whole('limit', linksMax, 1, linksMax);
    const own = anchorIn(query);
    query.done();
    const kept = await anchorsOf(deps.objects, tenant._id);
    const found = await chain.verify(tenant._id, { from, limit, anchors: [...kept, ...own] });
    res.json({
      tenant_id: tenant._id,
      verified: found.problems.length === 0,
      complete: from === 1 && found.next === undefined,
      checked: found.checked,
      unsealed: found.unsealed,
      anchors: kept.length + own.length,
      head: found.head ? { sequence: found.head.n, hash: found.head.hash } : null,
      next_from: found.next ?? null,
      problems: found.problems.map(({ kind, sequence, entryId, detail }) => ({
        kind,
        sequence: sequence ?? null,
        entry_id: entryId ?? null,
        detail,
      })),
    });
  };
}

function labelIn(query: Query, name: string): string | undefined {
  const text = query.text(name);
  if (text !== undefined && !isLabel(text, 300)) query.problem(name, 'write up to 300 printable characters');
  return text;
}

function entryIdIn(query: Query, name: string): string | undefined {
  const text = query.text(name);
  if (text !== undefined && !/^[0-9a-z]{9}-[0-9a-f]{12}$/.test(text)) {
    query.problem(name, 'hand back next_cursor of the page before as it came');
  }
  return text;
}

/** What an auditor noted of the chain's head some time before. */
function anchorIn(query: Query): Anchor[] {
  const n = query.whole('sequence', 0, 1, 1_000_000_000);
  const hash = query.text('hash')?.toLowerCase();
  if (hash !== undefined && !/^[0-9a-f]{64}$/.test(hash)) query.problem('hash', 'write the 64 hex digits of a head');
  if (n > 0 !== (hash !== undefined)) query.problem(n > 0 ? 'hash' : 'sequence', 'write sequence and hash together');
  return hash === undefined ? [] : [{ n, hash }];
}

function shownEntry({ _id, at, who, action, object, before, after, why }: AuditEntryDoc) {
  const { kind, subject, name, roles, from } = who;
  return {
    id: _id,
    at: at.toISOString(),
    who: { kind, subject, name: name ?? null, roles },
    from: from ? { ip: from.ip, user_agent: from.userAgent ?? null } : null,
    action,
    object,
    before: before ?? null,
    after: after ?? null,
    why: why ?? null,
  };
}
