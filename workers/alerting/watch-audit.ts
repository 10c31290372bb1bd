/** Walks every tenant's chain of the audit, some links at a time and again from the start, and says which do not hold. */
import type { Anchor } from '../../domain/audit-chain.ts';
import type { Finding } from '../../store/alerts.ts';
import type { AuditChain } from '../../store/audit-chain.ts';

/** A second or two of work. */
const linksAtOnce = 20_000;

export function createAuditWatch(
  chain: Pick<AuditChain, 'tenants' | 'verify'>,
  anchorsOf: (tenantId: string) => Promise<readonly Anchor[]>,
) {
  const placeOf = new Map<string, number>();
  const broken = new Map<string, Finding>();

  /** What was found in the last walk of each chain. A chain that was found broken is so until a whole walk finds nothing. */
  return async (): Promise<Finding[]> => {
    for (const tenantId of await chain.tenants()) {
      const from = placeOf.get(tenantId) ?? 1;
      const asked = { from, limit: linksAtOnce, anchors: await anchorsOf(tenantId) };
      const { problems, next } = await chain.verify(tenantId, asked);
      const [first] = problems;
      if (first) {
        const place = first.sequence === undefined ? '' : ` at ${first.sequence}`;
        const detail = `${first.kind}${place}: ${first.detail}; ${problems.length} problems in all`;
        broken.set(tenantId, { kind: 'audit-broken', tenantId, subject: 'audit', detail });
        placeOf.set(tenantId, 1);
      } else {
        if (from === 1 && next === undefined) broken.delete(tenantId);
        placeOf.set(tenantId, next ?? 1);
      }
    }
    return [...broken.values()];
  };
}
