/** Recomputes every balance of a tenant from its postings and says where the ledger contradicts itself. */
import type { LedgerCollections } from './post.ts';
import { postingId } from './post.ts';

/** What is wrong, a sentence each; nothing where the ledger is sound. */
export async function checkLedger(c: LedgerCollections, tenantId: string): Promise<string[]> {
  const faults: string[] = [];
  const sums = new Map<string, { minor: bigint; lines: number }>();
  const ofEntry = new Map<string, bigint>();
  for await (const { _id, entry, minor, balance } of c.postings.find({ tenantId }).sort({ _id: 1 })) {
    const wallet = _id.slice(0, _id.lastIndexOf('/'));
    const before = sums.get(wallet) ?? { minor: 0n, lines: 0 };
    const after = { minor: before.minor + minor, lines: before.lines + 1 };
    sums.set(wallet, after);
    ofEntry.set(entry, (ofEntry.get(entry) ?? 0n) + minor);
    if (_id !== postingId(wallet, after.lines)) faults.push(`posting ${_id} is number ${after.lines} of its wallet`);
    if (balance !== after.minor) faults.push(`posting ${_id} says ${balance}, its wallet had ${after.minor}`);
  }
  for (const [entry, sum] of ofEntry) if (sum !== 0n) faults.push(`postings of ${entry} sum to ${sum}`);
  for await (const { _id, lines } of c.journal.find({ tenantId })) {
    if (!ofEntry.delete(_id)) faults.push(`entry ${_id} has no postings`);
    if (lines.reduce((sum, { minor }) => sum + minor, 0n) !== 0n) faults.push(`entry ${_id} does not sum to zero`);
  }
  for (const entry of ofEntry.keys()) faults.push(`postings of ${entry} have no entry`);
  for await (const wallet of c.wallets.find({ tenantId })) {
    const { minor, lines } = sums.get(wallet._id) ?? { minor: 0n, lines: 0 };
    sums.delete(wallet._id);
    if (wallet.minor !== minor) faults.push(`wallet ${wallet._id} has ${wallet.minor}, its postings ${minor}`);
    if (wallet.seq !== lines) faults.push(`wallet ${wallet._id} counts ${wallet.seq} postings and has ${lines}`);
    if (wallet.minor < 0n && !wallet.allowNegative) faults.push(`wallet ${wallet._id} is below zero`);
    if (wallet.status === 'closed' && wallet.minor !== 0n) faults.push(`wallet ${wallet._id} is closed and not empty`);
  }
  for (const wallet of sums.keys()) faults.push(`postings of ${wallet} have no wallet`);
  return faults;
}
