/** The wallet ledger: what may be done to wallets, each in a transaction of its own and once by its cause. */
import { outsideWalletId } from '../../domain/wallet.ts';
import type { ClientSession, Mongo } from '../../platform/mongo.ts';
import { isDuplicateKey } from '../../platform/mongo.ts';
import type { WalletDoc } from '../wallet-documents.ts';
import { endHold, fenceHold, type Held, hold, type NewHold } from './holds.ts';
import { type LedgerCollections, type NewJournalEntry, type Posted, type PostOptions, post } from './post.ts';

export type Ledger = ReturnType<typeof createLedger>;

/** Ends of holds of one sweep. */
const sweptMax = 1_000;

export function createLedger(mongo: Mongo, c: LedgerCollections, now: () => Date = () => new Date()) {
  /** Runs `work` in a transaction; what is refused leaves nothing behind. */
  async function transact<T extends { readonly kind: string }>(
    work: (session: ClientSession) => Promise<T>,
  ): Promise<T> {
    const attempt = () =>
      mongo.transaction(async (session) => {
        const result = await work(session);
        if (result.kind === 'refused' || result.kind === 'fenced') await session.abortTransaction();
        return result;
      });
    // Two of one cause at the same moment: the second finds what the first wrote.
    return attempt().catch((error: unknown) => (isDuplicateKey(error) ? attempt() : Promise.reject(error)));
  }

  return {
    transact,

    post: (tenantId: string, entries: readonly NewJournalEntry[], options: Partial<PostOptions> = {}) =>
      transact((session) => post(c, tenantId, entries, session, { at: now(), ...options })),

    hold: (asked: NewHold, notAfter?: Date): Promise<Held> =>
      transact((session) => hold(c, asked, session, { at: now(), notAfter })),

    /** Pays out of a hold, as long as it is still `holder`'s. */
    async payFrom(
      { tenantId, holdId, holder }: { readonly tenantId: string; readonly holdId: string; readonly holder: string },
      entries: readonly NewJournalEntry[],
    ): Promise<Posted | { readonly kind: 'fenced' }> {
      return transact(async (session) => {
        const doc = await c.wallets.findOne({ _id: holdId, tenantId }, { session });
        if (doc?.status !== 'open' || doc.hold?.holder !== holder) return { kind: 'fenced' };
        return post(c, tenantId, entries, session, { at: now() });
      });
    },

    async endHold(doc: Pick<WalletDoc, '_id' | 'tenantId'>): Promise<void> {
      await mongo.transaction((session) => endHold(c, doc, session, { at: now() }));
    },

    async fenceHold(asked: Pick<NewHold, 'tenantId' | 'cause' | 'from' | 'currency'>): Promise<void> {
      const fence = () => mongo.transaction((session) => fenceHold(c, asked, session, now()));
      await fence().catch((error: unknown) => (isDuplicateKey(error) ? fence() : Promise.reject(error)));
    },

    /** Ends holds whose time is over; answers how many. */
    async endExpired(): Promise<number> {
      const expired = { kind: 'hold', status: 'open', 'hold.expiresAt': { $lte: now() } } as const;
      const docs = await c.wallets
        .find(expired, { projection: { tenantId: 1 } })
        .limit(sweptMax)
        .toArray();
      for (const doc of docs) await mongo.transaction((session) => endHold(c, doc, session, { at: now() }));
      return docs.length;
    },

    /** The wallet that stands for the world outside, made when first needed. */
    async outside(tenantId: string, currency: string, session?: ClientSession): Promise<string> {
      const _id = outsideWalletId(tenantId, currency);
      const doc: Omit<WalletDoc, '_id'> = {
        tenantId,
        owner: 'outside',
        currency,
        kind: 'asset',
        allowNegative: true,
        status: 'open',
        minor: 0n,
        seq: 0,
        createdAt: now(),
      };
      await c.wallets.updateOne({ _id }, { $setOnInsert: doc }, { upsert: true, session });
      return _id;
    },
  };
}
