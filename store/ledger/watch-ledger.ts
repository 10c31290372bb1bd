/** Checks every tenant's wallet ledger now and then, one process at a time, and keeps what was found. */
import type { Collections } from '../collections.ts';
import type { Marks } from '../marks.ts';
import { examineLedger, type LedgerCheck } from './check-ledger.ts';

/** What the latest check of a tenant's ledger found; `_id` is the tenant's. */
export type LedgerCheckDoc = LedgerCheck & { readonly _id: string; readonly at: Date };

/** Longer than any transaction lasts. */
const settledAfterMs = 120_000;

export type LedgerWatch = ReturnType<typeof createLedgerWatch>;

export function createLedgerWatch(
  c: Pick<Collections, 'tenants' | 'wallets' | 'journal' | 'postings' | 'ledgerChecks'>,
  marks: Pick<Marks, 'take'>,
  now: () => Date = () => new Date(),
) {
  return {
    /** Checks those that nobody has checked for so long; answers how many. */
    async check(everyMs: number): Promise<number> {
      let checked = 0;
      for await (const { _id: tenantId } of c.tenants.find({}, { projection: { _id: 1 } })) {
        // Not given back: the mark is how long nobody has to look again.
        if (!(await marks.take(`ledger-check/${tenantId}`, everyMs))) continue;
        const at = now();
        const check = await examineLedger(c, tenantId, new Date(at.getTime() - settledAfterMs));
        await c.ledgerChecks.updateOne({ _id: tenantId }, { $set: { ...check, at } }, { upsert: true });
        checked += 1;
      }
      return checked;
    },

    /** The tenants whose ledger contradicted itself at its latest check. */
    async broken(): Promise<LedgerCheckDoc[]> {
      return c.ledgerChecks.find({ 'faults.0': { $exists: true } }).toArray();
    },
  };
}
