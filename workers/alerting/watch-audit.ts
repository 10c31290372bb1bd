/** Walks every tenant's chain of the audit, some links at a time and again from the start, and says which do not hold. */
import type { Anchor } from '../../domain/audit-chain.ts';
import type { AlertDoc } from '../../store/alert-documents.ts';
import type { Finding } from '../../store/alerts.ts';
import type { AuditChain } from '../../store/audit-chain.ts';

/** A second or two of work. */
const linksAtOnce = 20_000;

/** `open`: alerts of before. A chain that was found broken is so until a whole walk finds nothing. */
export function createAuditWatch(
  chain: Pick<AuditChain, 'tenants' | 'verify'>,
  anchorsOf: (tenantId: string) => Promise<readonly Anchor[]>,
) {
  /** Where each walk goes on; a walk that began anew and found nothing so far. */
  const placeOf = new Map<string, number>();

  return async (open: readonly AlertDoc[]): Promise<Finding[]> => {
    const found = new Map(
      open.map(({ kind, tenantId, subject, detail }) => [tenantId, { kind, tenantId, subject, detail } as Finding]),
    );
    const tenantIds = new Set([...(await chain.tenants()), ...found.keys()]);
    for (const tenantId of tenantIds) {
      const from = placeOf.get(tenantId) ?? 1;
      const asked = { from, limit: linksAtOnce, anchors: await anchorsOf(tenantId) };
      const { problems, next } = await chain.verify(tenantId, asked);
      placeOf.set(tenantId, problems.length > 0 ? 1 : (next ?? 1));
      const [first] = problems;
      if (first) {
        const place = first.sequence === undefined ? '' : ` at ${first.sequence}`;
        const detail = `${first.kind}${place}: ${first.detail}`;
        found.set(tenantId, { kind: 'audit-broken', tenantId, subject: 'audit', detail });
      } else if (next === undefined) {
        found.delete(tenantId);
      }
    }
    return [...found.values()];
  };
}
