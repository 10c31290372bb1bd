/** The chain that makes a tenant's audit evident: each link is a hash over an entry and the link before it. */
import { hash as hashOf } from 'node:crypto';
import type { TenantId } from './ids.ts';

/** Who did it: a person who signed in, a program of the tenant, or the hub by itself. */
export type Actor = {
  readonly kind: 'person' | 'machine' | 'hub';
  readonly subject: string;
  readonly name?: string;
  readonly roles: readonly string[];
  /** From where; absent where the hub acts by itself. */
  readonly from?: { readonly ip: string; readonly userAgent?: string };
};

export type AuditEntry = {
  /** Sorts by time. */
  readonly _id: string;
  readonly tenantId: TenantId;
  readonly at: Date;
  readonly who: Actor;
  /** What was done, to what: `batch.pause`. */
  readonly action: string;
  readonly object: { readonly kind: string; readonly id: string };
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  readonly why?: string;
};

/** `hash` is SHA-256 in hex over the canonical JSON of place, time, entry and `previous`. */
export type AuditLink = {
  readonly tenantId: TenantId;
  /** From 1, without gaps. */
  readonly n: number;
  readonly entry: string;
  readonly previous: string;
  readonly hash: string;
  readonly sealedAt: Date;
};

/** A link that was told to somebody outside of the database. */
export type Anchor = { readonly n: number; readonly hash: string };

export type ChainProblem = {
  readonly kind: 'missing-entry' | 'altered' | 'gap' | 'broken-link' | 'repeated' | 'unsealed' | 'truncated';
  readonly sequence?: number;
  readonly entryId?: string;
  readonly detail: string;
};

/** What stands before the first link. */
export const chainStart = '0'.repeat(64);

/** The link of an entry after `previous`, which is undefined for the first. */
export function linkOf(
  entry: AuditEntry,
  previous: Pick<AuditLink, 'n' | 'hash'> | undefined,
  sealedAt: Date,
): AuditLink {
  const { tenantId, _id } = entry;
  const open = { tenantId, n: (previous?.n ?? 0) + 1, entry: _id, previous: previous?.hash ?? chainStart, sealedAt };
  return { ...open, hash: linkHash(open, entry) };
}

function linkHash({ n, previous, sealedAt }: Omit<AuditLink, 'hash'>, entry: AuditEntry): string {
  return hashOf('sha256', canonicalJson({ n, previous, sealedAt, entry }), 'hex');
}

/** JSON with sorted keys and no spaces; what is undefined is left out. The same value is always the same text. RFC 8785 in spirit. */
export function canonicalJson(value: unknown): string {
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  if (typeof value === 'bigint') return JSON.stringify(value.toString());
  if (Array.isArray(value)) return `[${value.map((each) => canonicalJson(each ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => `${JSON.stringify(name)}:${canonicalJson(each)}`);
  return `{${members.join(',')}}`;
}

export type ChainCheck = {
  /** The next link as it is kept, and its entry as it is kept. */
  add(link: AuditLink, entry: AuditEntry | undefined): void;
  /** The last link seen. */
  head(): Anchor | undefined;
  readonly problems: ChainProblem[];
};

/**
 * Walks a chain from the link after `before`, or from its start; says all that is wrong with it. `anchors` are what was told
 * of it outside: a link that is not as told, or is no more, was rewritten or cut off.
 */
export function createChainCheck(before: Anchor | undefined, anchors: readonly Anchor[] = []): ChainCheck {
  const told = new Map(anchors.map(({ n, hash }) => [n, hash]));
  const seen = new Set<string>();
  const problems: ChainProblem[] = [];
  let last = before;

  function add(link: AuditLink, entry: AuditEntry | undefined): void {
    const sequence = link.n;
    const place = { sequence, entryId: link.entry };
    const expected = (last?.n ?? 0) + 1;
    if (sequence !== expected) {
      problems.push({
        kind: 'gap',
        ...place,
        detail: `link ${expected} was expected here: links are missing or swapped`,
      });
    } else if (link.previous !== (last?.hash ?? chainStart)) {
      problems.push({ kind: 'broken-link', ...place, detail: 'the link does not continue the one before it' });
    }
    if (seen.has(link.entry))
      problems.push({ kind: 'repeated', ...place, detail: 'an earlier link has the same entry' });
    seen.add(link.entry);
    if (!entry) problems.push({ kind: 'missing-entry', ...place, detail: 'the entry of the link is gone' });
    else if (entry.tenantId !== link.tenantId || linkHash(link, entry) !== link.hash) {
      problems.push({ kind: 'altered', ...place, detail: 'the entry or its link is not what was sealed' });
    }
    const hash = told.get(sequence);
    if (hash !== undefined && hash !== link.hash) {
      problems.push({
        kind: 'truncated',
        ...place,
        detail: 'the link is not the one that was anchored outside: the chain was rewritten',
      });
    }
    last = { n: sequence, hash: link.hash };
  }

  return { add, head: () => last, problems };
}

/** Anchors beyond the end of the chain: what they stand for was cut off. */
export function truncations(head: Anchor | undefined, anchors: readonly Anchor[]): ChainProblem[] {
  const end = head?.n ?? 0;
  return anchors
    .filter(({ n }) => n > end)
    .map(({ n }) => ({
      kind: 'truncated',
      sequence: n,
      detail: `link ${n} was anchored outside, and the chain ends at ${end}: its end was cut off`,
    }));
}
