/** Recomputes every balance of a tenant from its postings and says where the ledger contradicts itself; while payments go on, in the memory of one chunk. */
import type { JournalDoc, PostingDoc, WalletDoc } from '../wallet-documents.ts';
import { type LedgerCollections, postingId } from './post.ts';

export type LedgerCheck = {
  readonly wallets: number;
  readonly entries: number;
  readonly postings: number;
  /** What is wrong, a sentence each, of many the first. */
  readonly faults: readonly string[];
};

/** Read together. */
const chunk = 500;
const faultsMax = 100;
const endOfTime = new Date(8.64e15);

/** What is wrong with a ledger in which nobody posts now; nothing where it is sound. */
export async function checkLedger(c: LedgerCollections, tenantId: string): Promise<readonly string[]> {
  return (await examineLedger(c, tenantId)).faults;
}

/** `settledBefore`: what is younger may be in the middle of its transaction, and is not counted as missing. */
export async function examineLedger(
  c: LedgerCollections,
  tenantId: string,
  settledBefore = endOfTime,
): Promise<LedgerCheck> {
  const faults: string[] = [];
  const fail = (fault: string): void => void (faults.length < faultsMax && faults.push(fault));
  const count = { wallets: 0, entries: 0, postings: 0, settledPostings: 0, settledLines: 0 };

  for await (const wallet of c.wallets.find({ tenantId })) {
    count.wallets += 1;
    await checkWallet(wallet);
  }
  for await (const entries of inChunks(c.journal.find({ _id: { $gte: `${tenantId}/`, $lt: `${tenantId}0` } }))) {
    await checkEntries(entries);
  }
  const { wallets, entries, postings, settledPostings, settledLines } = count;
  if (settledPostings !== settledLines) {
    fail(`the journal has ${settledLines} lines, and the wallets ${settledPostings} postings`);
  }
  return { wallets, entries, postings, faults };

  /** Its postings up to the number that it says; it may have got more since it was read. */
  async function checkWallet({ _id, minor, seq, allowNegative, status }: WalletDoc): Promise<void> {
    let [sum, lines] = [0n, 0];
    for await (const some of inChunks(c.postings.find({ _id: { $gte: `${_id}/`, $lt: `${_id}0` } }).sort({ _id: 1 }))) {
      for (const posting of some) {
        if (isSettled(posting)) count.settledPostings += 1;
        if (lines >= seq && !isSettled(posting)) continue;
        sum += posting.minor;
        lines += 1;
        if (posting._id !== postingId(_id, lines)) fail(`posting ${posting._id} is number ${lines} of its wallet`);
        if (posting.balance !== sum) fail(`posting ${posting._id} says ${posting.balance}, its wallet had ${sum}`);
      }
      count.postings += some.length;
      await checkPostings(_id, some);
    }
    if (minor !== sum) fail(`wallet ${_id} has ${minor}, its postings ${sum}`);
    if (seq !== lines) fail(`wallet ${_id} counts ${seq} postings and has ${lines}`);
    if (minor < 0n && !allowNegative) fail(`wallet ${_id} is below zero`);
    if (status === 'closed' && minor !== 0n) fail(`wallet ${_id} is closed and not empty`);
  }

  /** Each is a line of its entry. */
  async function checkPostings(wallet: string, postings: readonly PostingDoc[]): Promise<void> {
    const ids = [...new Set(postings.map(({ entry }) => entry))];
    const found = await c.journal.find({ _id: { $in: ids } }, { projection: { lines: 1 } }).toArray();
    const linesOf = new Map(found.map(({ _id, lines }) => [_id, lines]));
    for (const { _id, entry, minor } of postings) {
      const lines = linesOf.get(entry);
      if (!lines) fail(`posting ${_id} has no entry`);
      else if (!lines.some((line) => line.wallet === wallet && line.minor === minor)) {
        fail(`posting ${_id} is no line of its entry ${entry}`);
      }
    }
  }

  async function checkEntries(entries: readonly JournalDoc[]): Promise<void> {
    count.entries += entries.length;
    const ids = [...new Set(entries.flatMap(({ lines }) => lines.map(({ wallet }) => wallet)))];
    const found = await c.wallets.find({ _id: { $in: ids }, tenantId }, { projection: { _id: 1 } }).toArray();
    const known = new Set(found.map(({ _id }) => _id));
    for (const entry of entries) {
      if (isSettled(entry)) count.settledLines += entry.lines.length;
      if (entry.lines.reduce((sum, { minor }) => sum + minor, 0n) !== 0n) {
        fail(`entry ${entry._id} does not sum to zero`);
      }
      const lost = entry.lines.find(({ wallet }) => !known.has(wallet));
      if (lost) fail(`entry ${entry._id} is of wallet ${lost.wallet}, which is not there`);
    }
  }

  function isSettled({ at }: { readonly at: Date }): boolean {
    return at < settledBefore;
  }
}

async function* inChunks<T>(docs: AsyncIterable<T>): AsyncGenerator<T[]> {
  let some: T[] = [];
  for await (const doc of docs) {
    some.push(doc);
    if (some.length < chunk) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}
