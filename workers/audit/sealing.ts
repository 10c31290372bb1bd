/** Chains audit entries a moment after they were written, tells heads of chains to S3 now and then, and walks the chains to see whether they still hold. */
import type { Log } from '../../platform/log.ts';
import type { ObjectStore } from '../../platform/object-store.ts';
import { anchorsOf, writeAnchor } from '../../store/audit-anchors.ts';
import type { AuditChain } from '../../store/audit-chain.ts';
import { every } from '../every.ts';

export type SealingDeps = {
  readonly chain: Pick<AuditChain, 'seal' | 'headOf' | 'tenants' | 'verify'>;
  readonly objects: Pick<ObjectStore, 'put' | 'list'>;
  readonly onSealed: (entries: number) => void;
  readonly log: Log;
  readonly now: () => Date;
  readonly sealEveryMs: number;
  readonly anchorEveryMs: number;
};

export function startSealing({ chain, objects, onSealed, log, now, ...pace }: SealingDeps): { stop(): Promise<void> } {
  const anchored = new Map<string, number>();
  const loops = [every(pace.sealEveryMs, log, 'audit was not sealed', seal)];
  loops.push(every(pace.anchorEveryMs, log, 'heads of the audit were not anchored', anchor));

  async function seal(): Promise<void> {
    const { sealed, failed } = await chain.seal();
    if (sealed > 0) onSealed(sealed);
    for (const { tenantId, error } of failed) log.warn('audit of a tenant was not sealed', { tenantId, error });
  }

  /** In the log too: whoever ships logs elsewhere has the heads there. */
  async function anchor(): Promise<void> {
    for (const tenantId of await chain.tenants()) {
      const head = await chain.headOf(tenantId);
      if (!head || anchored.get(tenantId) === head.n) continue;
      if (!anchored.has(tenantId) && (await anchorsOf(objects, tenantId))[0]?.n === head.n) {
        anchored.set(tenantId, head.n);
        continue;
      }
      await writeAnchor(objects, tenantId, head, now());
      anchored.set(tenantId, head.n);
      log.info('audit anchored', { tenantId, sequence: head.n, hash: head.hash });
    }
  }

  return { stop: async () => void (await Promise.all(loops.map((loop) => loop.stop()))) };
}
