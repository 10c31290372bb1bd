/** Chains audit entries per tenant, and says whether a chain is what was sealed. */
import {
  type Anchor,
  type AuditEntry,
  type ChainProblem,
  createChainCheck,
  linkOf,
  truncations,
} from '../domain/audit-chain.ts';
import type { TenantId } from '../domain/ids.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import type { AuditLinkDoc } from './audit-documents.ts';
import type { Collections } from './collections.ts';

type AuditCollections = Pick<Collections, 'auditEntries' | 'auditUnsealed' | 'auditChain'>;

export type Sealed = {
  readonly sealed: number;
  readonly failed: { readonly tenantId: TenantId; readonly error: unknown }[];
};

export type Verification = {
  /** Links that were looked at. */
  readonly checked: number;
  readonly head?: Anchor;
  /** Entries that wait for their link. */
  readonly unsealed: number;
  readonly problems: readonly ChainProblem[];
  /** Where to go on; undefined when the whole chain was walked. */
  readonly next?: number;
};

export type AskedVerification = {
  /** First link to look at, from 1; the one before it is believed. */
  readonly from?: number;
  readonly limit?: number;
  readonly anchors?: readonly Anchor[];
  /** An entry that waits for longer was kept from being sealed. */
  readonly unsealedMaxMs?: number;
};

const chunk = 500;
const problemsMax = 100;

export type AuditChain = ReturnType<typeof createAuditChain>;

export function createAuditChain(c: AuditCollections, now: () => Date = () => new Date()) {
  /**
   * Gives each entry that has none its link. Two at the same time, or one that is killed at any line, lose and double nothing: the
   * number of a link and its entry are unique, and an entry's mark goes only after its link is there.
   */
  async function seal(): Promise<Sealed> {
    let sealed = 0;
    const failed: { tenantId: TenantId; error: unknown }[] = [];
    for (let after = ''; ; ) {
      const marks = await c.auditUnsealed
        .find({ _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(chunk)
        .toArray();
      const tenantIds = new Set(marks.map(({ tenantId }) => tenantId));
      for (const tenantId of tenantIds) {
        const ids = marks.filter((mark) => mark.tenantId === tenantId).map(({ _id }) => _id);
        try {
          sealed += await sealSome(tenantId, ids);
        } catch (error) {
          failed.push({ tenantId, error });
        }
      }
      if (marks.length < chunk) return { sealed, failed };
      after = marks.at(-1)!._id;
    }
  }

  async function sealSome(tenantId: TenantId, ids: readonly string[]): Promise<number> {
    const linked = await c.auditChain.find({ entry: { $in: [...ids] } }, { projection: { entry: 1 } }).toArray();
    const there = new Set(linked.map(({ entry }) => entry));
    const entries = await c.auditEntries
      .find({ _id: { $in: ids.filter((id) => !there.has(id)) }, tenantId })
      .sort({ _id: 1 })
      .toArray();
    const links = linksAfter(await headOf(tenantId), entries);
    if (!(await insertLinks(links))) return 0;
    await c.auditUnsealed.deleteMany({ _id: { $in: [...there, ...links.map(({ entry }) => entry)] } });
    return links.length;
  }

  function linksAfter(head: Anchor | undefined, entries: readonly AuditEntry[]): AuditLinkDoc[] {
    let last = head;
    return entries.map((entry) => {
      const link = linkOf(entry, last, now());
      last = link;
      return { ...link, _id: linkId(link.tenantId, link.n) };
    });
  }

  /** In order, and no further than the first that somebody else was faster with; false where that was so. */
  async function insertLinks(links: AuditLinkDoc[]): Promise<boolean> {
    if (links.length === 0) return true;
    try {
      await c.auditChain.insertMany(links, { ordered: true });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async function headOf(tenantId: TenantId): Promise<AuditLinkDoc | undefined> {
    return (
      (await c.auditChain
        .find({ _id: linksOf(tenantId) })
        .sort({ _id: -1 })
        .limit(1)
        .next()) ?? undefined
    );
  }

  async function verify(tenantId: TenantId, asked: AskedVerification = {}): Promise<Verification> {
    const { from = 1, limit = Number.POSITIVE_INFINITY, anchors = [], unsealedMaxMs = 600_000 } = asked;
    const before =
      from > 1 ? ((await c.auditChain.findOne({ _id: linkId(tenantId, from - 1) })) ?? undefined) : undefined;
    const check = createChainCheck(before ?? (from > 1 ? { n: from - 1, hash: '' } : undefined), anchors);
    let checked = 0;
    let isEnd = false;
    for (let after = linkId(tenantId, from - 1); !isEnd && checked < limit && check.problems.length < problemsMax; ) {
      const wanted = Math.min(chunk, limit - checked);
      const links = await someLinks(tenantId, after, wanted);
      const entryOf = await entriesOf(links);
      for (const link of links) check.add(link, entryOf.get(link.entry));
      checked += links.length;
      after = links.at(-1)?._id ?? after;
      isEnd = links.length < wanted;
    }
    const head = check.head();
    if (!isEnd) {
      const next = head && check.problems.length < problemsMax ? head.n + 1 : undefined;
      return { checked, head, unsealed: 0, problems: check.problems, next };
    }
    const waiting = await unlinked(tenantId, unsealedMaxMs);
    const problems = [...check.problems, ...truncations(head, anchors), ...waiting.problems].slice(0, problemsMax);
    return { checked, head: head?.hash === '' ? undefined : head, unsealed: waiting.count, problems };
  }

  async function someLinks(tenantId: TenantId, after: string, limit: number): Promise<AuditLinkDoc[]> {
    const { $lt } = linksOf(tenantId);
    return c.auditChain
      .find({ _id: { $gt: after, $lt } })
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
  }

  async function entriesOf(links: readonly AuditLinkDoc[]): Promise<Map<string, AuditEntry>> {
    const entries = await c.auditEntries.find({ _id: { $in: links.map(({ entry }) => entry) } }).toArray();
    return new Map(entries.map((entry) => [entry._id, entry]));
  }

  /** Entries without a link, and marks without an entry; those that are older than they may be are problems. */
  async function unlinked(tenantId: TenantId, maxMs: number): Promise<{ count: number; problems: ChainProblem[] }> {
    const old = now().getTime() - maxMs;
    const problems: ChainProblem[] = [];
    let count = 0;
    const note = (entryId: string, at: Date, detail: string) => {
      count += 1;
      if (at.getTime() < old && problems.length < problemsMax) problems.push({ kind: 'unsealed', entryId, detail });
    };
    for (let after = ''; ; ) {
      const some = await c.auditEntries
        .find({ tenantId, _id: { $gt: after } }, { projection: { at: 1 } })
        .sort({ _id: 1 })
        .limit(chunk * 10)
        .toArray();
      const linked = await c.auditChain
        .find({ entry: { $in: some.map(({ _id }) => _id) } }, { projection: { entry: 1, _id: 0 } })
        .toArray();
      const there = new Set(linked.map(({ entry }) => entry));
      for (const { _id, at } of some)
        if (!there.has(_id)) note(_id, at, 'the entry has no link, and should have one by now');
      if (some.length < chunk * 10) break;
      after = some.at(-1)!._id;
    }
    for await (const { _id, at } of c.auditUnsealed.find({ tenantId })) {
      if (await c.auditEntries.findOne({ _id }, { projection: { _id: 1 } })) continue;
      note(_id, at, 'the entry was written and is gone, before it was sealed');
    }
    return { count, problems };
  }

  return {
    seal,
    headOf,
    verify,

    /** Tenants that have a chain, or entries that wait for one. */
    async tenants(): Promise<TenantId[]> {
      const [chained, waiting] = await Promise.all([
        c.auditChain.distinct('tenantId', { n: 1 }),
        c.auditUnsealed.distinct('tenantId'),
      ]);
      return [...new Set([...chained, ...waiting])].sort();
    },

    /** How long the oldest entry waits for its link, in milliseconds. */
    async oldestUnsealedMs(): Promise<number> {
      const oldest = await c.auditUnsealed.find().sort({ _id: 1 }).limit(1).next();
      return oldest ? Math.max(0, now().getTime() - oldest.at.getTime()) : 0;
    },
  };
}

/** Sorts as numbers do. */
function linkId(tenantId: TenantId, n: number): string {
  return `${tenantId}/${String(n).padStart(12, '0')}`;
}

function linksOf(tenantId: TenantId): { $gte: string; $lt: string } {
  return { $gte: `${tenantId}/`, $lt: `${tenantId}0` };
}
