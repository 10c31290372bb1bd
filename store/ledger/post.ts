/** Double-entry posting: journal entries, each once by its cause, and the balances they change, in the caller's transaction. */
import type { ClientSession } from '../../platform/mongo.ts';
import type { Collections } from '../collections.ts';
import type { JournalDoc, JournalLine, PostingDoc, WalletDoc } from '../wallet-documents.ts';

export type LedgerCollections = Pick<Collections, 'wallets' | 'journal' | 'postings'>;

export type NewJournalEntry = Omit<JournalDoc, '_id' | 'tenantId' | 'at'> & {
  /** What it comes from, the same after any replay. */
  readonly cause: string;
};

export type Refusal = 'missing' | 'frozen' | 'closed' | 'currency' | 'funds';

export type Posted =
  /** `fresh`: causes that this call wrote; the others were there. */
  | { readonly kind: 'posted'; readonly fresh: readonly string[] }
  /** Nothing was written: this wallet cannot take its lines. */
  | { readonly kind: 'refused'; readonly why: Refusal; readonly wallet: string };

export type PostOptions = {
  readonly at: Date;
  /** For what only comes back: a wallet that is frozen takes it all the same. */
  readonly returns?: boolean;
};

/**
 * Posts entries of one tenant together or not at all; those that are there already stay as they are. Under contention the
 * transaction fails and is run again by its driver. Throws RangeError on an entry whose lines do not sum to zero.
 */
export async function post(
  c: LedgerCollections,
  tenantId: string,
  entries: readonly NewJournalEntry[],
  session: ClientSession,
  { at, returns = false }: PostOptions,
): Promise<Posted> {
  entries.forEach(checkBalanced);
  const ids = entries.map(({ cause }) => journalId(tenantId, cause));
  const known = await c.journal.find({ _id: { $in: ids } }, { session, projection: { _id: 1 } }).toArray();
  const there = new Set(known.map(({ _id }) => _id));
  const docs = entries.flatMap(({ cause, ...entry }, i): JournalDoc[] =>
    there.has(ids[i]!) ? [] : [{ ...entry, _id: ids[i]!, tenantId, at }],
  );
  if (docs.length === 0) return { kind: 'posted', fresh: [] };
  const wallets = await walletsOf(c, tenantId, docs, session);
  const { postings, balances } = postingsOf(docs, wallets);
  for (const [id, after] of balances) {
    const why = refusalOf(wallets.get(id), after, docs[0]!.currency, returns);
    if (why) return { kind: 'refused', why, wallet: id };
  }
  await c.wallets.bulkWrite(
    [...balances].map(([_id, { minor, seq }]) => ({
      updateOne: { filter: { _id, seq: wallets.get(_id)!.seq }, update: { $set: { minor, seq } } },
    })),
    { session },
  );
  await c.journal.insertMany(docs, { session });
  await c.postings.insertMany(postings, { session });
  return { kind: 'posted', fresh: docs.map(({ _id }) => _id.slice(tenantId.length + 1)) };
}

export function journalId(tenantId: string, cause: string): string {
  return `${tenantId}/${cause}`;
}

/** Sorts by number within a wallet. */
export function postingId(walletId: string, seq: number): string {
  return `${walletId}/${String(seq).padStart(12, '0')}`;
}

function checkBalanced({ cause, lines }: NewJournalEntry): void {
  const sum = lines.reduce((total, { minor }) => total + minor, 0n);
  if (sum !== 0n || lines.length < 2) throw new RangeError(`the lines of ${cause} do not sum to zero`);
}

async function walletsOf(
  c: LedgerCollections,
  tenantId: string,
  docs: readonly JournalDoc[],
  session: ClientSession,
): Promise<Map<string, WalletDoc>> {
  const currencies = new Set(docs.map(({ currency }) => currency));
  if (currencies.size > 1) throw new RangeError('entries that are posted together are of one currency');
  const ids = [...new Set(docs.flatMap(({ lines }) => lines.map(({ wallet }) => wallet)))];
  const found = await c.wallets.find({ _id: { $in: ids }, tenantId }, { session }).toArray();
  return new Map(found.map((doc) => [doc._id, doc]));
}

type Balance = { minor: bigint; seq: number; lowest: bigint };

/** A posting per line, in the order of the entries, and what each wallet has after its last. */
function postingsOf(
  docs: readonly JournalDoc[],
  wallets: ReadonlyMap<string, WalletDoc>,
): { postings: PostingDoc[]; balances: Map<string, Balance> } {
  const balances = new Map<string, Balance>();
  const postingOf = ({ wallet, minor }: JournalLine, { _id, tenantId, at }: JournalDoc): PostingDoc => {
    const { minor: had, seq } = wallets.get(wallet) ?? { minor: 0n, seq: 0 };
    const before = balances.get(wallet) ?? { minor: had, seq, lowest: had };
    const balance = before.minor + minor;
    const lowest = balance < before.lowest ? balance : before.lowest;
    balances.set(wallet, { minor: balance, seq: before.seq + 1, lowest });
    return { _id: postingId(wallet, before.seq + 1), tenantId, entry: _id, minor, balance, at };
  };
  const postings = docs.flatMap((doc) => doc.lines.map((line) => postingOf(line, doc)));
  return { postings, balances };
}

function refusalOf(
  wallet: WalletDoc | undefined,
  { lowest }: Balance,
  currency: string,
  returns: boolean,
): Refusal | undefined {
  if (!wallet) return 'missing';
  if (wallet.currency !== currency) return 'currency';
  if (wallet.status === 'closed') return 'closed';
  if (wallet.status === 'frozen' && !returns) return 'frozen';
  return lowest < 0n && !wallet.allowNegative ? 'funds' : undefined;
}
