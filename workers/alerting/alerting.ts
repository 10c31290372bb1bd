/** Keeps the alerts as things are: looks now and then, opens what is wrong, closes what is so no more. */
import type { Log } from '../../platform/log.ts';
import type { AlertDoc } from '../../store/alert-documents.ts';
import type { Alerts, Finding } from '../../store/alerts.ts';
import type { Collections } from '../../store/collections.ts';
import type { LedgerWatch } from '../../store/ledger/watch-ledger.ts';
import { every } from '../every.ts';
import { foundKinds } from './findings.ts';

export type AlertingDeps = {
  readonly alerts: Alerts;
  readonly c: Pick<Collections, 'batches'>;
  readonly find: () => Promise<Finding[]>;
  readonly watchAudit: (open: readonly AlertDoc[]) => Promise<Finding[]>;
  readonly ledger: LedgerWatch;
  readonly log: Log;
  readonly everyMs: number;
  readonly auditEveryMs: number;
  readonly ledgerEveryMs: number;
};

export function startAlerting(deps: AlertingDeps) {
  const { alerts, c, find, watchAudit, ledger, log, everyMs, auditEveryMs, ledgerEveryMs } = deps;
  const loops = [
    every(everyMs, log, 'alerts were not looked for', async () => {
      await alerts.settle(foundKinds, await find());
      await alerts.settle(['books-unbalanced'], await stillUnbalanced());
    }),
    every(auditEveryMs, log, 'the audit was not watched', async () => {
      await alerts.settle(['audit-broken'], await watchAudit(await alerts.open('audit-broken')));
    }),
    // More often than it is due: whoever comes first takes the turn of all.
    every(ledgerEveryMs / 12, log, 'the wallet ledger was not checked', async () => {
      if ((await ledger.check(ledgerEveryMs)) === 0) return;
      await alerts.settle(['ledger-broken'], await contradictions());
    }),
  ];

  /** Told again only by the next check. */
  async function contradictions(): Promise<Finding[]> {
    const broken = await ledger.broken();
    return broken.map(({ _id: tenantId, faults }) => {
      const more = faults.length > 1 ? `, and ${faults.length - 1} more` : '';
      return { kind: 'ledger-broken', tenantId, subject: 'ledger', detail: `${faults[0]}${more}` };
    });
  }

  /** Raised by who closes a batch; over when it is closed. */
  async function stillUnbalanced(): Promise<Finding[]> {
    const open = await alerts.open('books-unbalanced');
    const ids = open.map(({ subject }) => subject);
    const closed = await c.batches
      .find({ _id: { $in: ids }, closedAt: { $exists: true } }, { projection: { _id: 1 } })
      .toArray();
    const over = new Set(closed.map(({ _id }) => _id));
    return open
      .filter(({ subject }) => !over.has(subject))
      .map(({ kind, tenantId, subject, detail }) => ({ kind, tenantId, subject, detail }));
  }

  return { stop: async () => void (await Promise.all(loops.map((loop) => loop.stop()))) };
}
