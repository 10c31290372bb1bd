/** Wallets as people open, fund, freeze and read them. */
import type { Actor } from '../domain/audit-chain.ts';
import { formatMoney } from '../domain/money.ts';
import { innerKinds, outsideWalletId, type WalletKind, type WalletStatus } from '../domain/wallet.ts';
import { type Filter, isDuplicateKey, type Mongo } from '../platform/mongo.ts';
import { appendAudit } from './audit.ts';
import type { Collections } from './collections.ts';
import type { Ledger } from './ledger/ledger.ts';
import { journalId, type Posted, post, postingId } from './ledger/post.ts';
import type { JournalDoc, PostingDoc, WalletDoc } from './wallet-documents.ts';

export type NewWallet = Pick<WalletDoc, '_id' | 'tenantId' | 'owner' | 'currency' | 'kind' | 'allowNegative'>;

export type WalletFilter = { readonly owner?: string; readonly kind?: WalletKind; readonly currency?: string };
export type WalletPlace = { readonly at: Date; readonly key: string };

export type Funding = {
  readonly tenantId: string;
  readonly wallet: WalletDoc;
  /** Below zero it leaves again. */
  readonly minor: bigint;
  /** The same after a repeat of the request. */
  readonly cause: string;
  readonly actor: Actor;
  readonly by: string;
  readonly reason: string;
  readonly ref?: string;
};

/** `keyReused`: the cause came before, for something else. */
export type Funded = Posted | { readonly kind: 'keyReused' };

export type StatementLine = PostingDoc & { readonly seq: number; readonly entryDoc: JournalDoc };

export type Wallets = ReturnType<typeof createWallets>;

export function createWallets(mongo: Mongo, c: Collections, ledger: Ledger, now: () => Date = () => new Date()) {
  return {
    /** Answers the wallet as it is now; `isNew` where this call made it. */
    async open(wallet: NewWallet, actor: Actor): Promise<{ wallet: WalletDoc; isNew: boolean }> {
      const doc: WalletDoc = { ...wallet, status: 'open', minor: 0n, seq: 0, createdAt: now() };
      const { _id, tenantId, kind, currency, allowNegative } = doc;
      const told = {
        action: 'wallet.open',
        object: { kind: 'wallet', id: _id },
        after: { kind, currency, allowNegative },
      };
      try {
        await mongo.transaction(async (session) => {
          await c.wallets.insertOne(doc, { session });
          await appendAudit(c, { tenantId, who: actor, at: doc.createdAt, ...told }, session);
        });
        return { wallet: doc, isNew: true };
      } catch (error) {
        const known = isDuplicateKey(error) ? await c.wallets.findOne({ _id }) : undefined;
        if (known) return { wallet: known, isNew: false };
        throw error;
      }
    },

    /** Another tenant's is as absent as none; a hold or a budget is none that anybody asks for. */
    async get(tenantId: string, id: string): Promise<WalletDoc | undefined> {
      return (await c.wallets.findOne({ _id: id, tenantId, kind: { $nin: [...innerKinds] } })) ?? undefined;
    },

    /** Newest first, from `after` on; one more than asked for says that there are more. */
    async list(tenantId: string, filter: WalletFilter, limit: number, after?: WalletPlace): Promise<WalletDoc[]> {
      const { owner, currency, kind } = filter;
      const where: Filter<WalletDoc> = {
        tenantId,
        kind: kind ?? { $in: ['float', 'receiver', 'asset'] },
        ...(owner !== undefined && { owner }),
        ...(currency !== undefined && { currency }),
        ...(after && {
          $or: [{ createdAt: { $lt: after.at } }, { createdAt: after.at, _id: { $lt: after.key } }],
        }),
      };
      return c.wallets
        .find(where)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit + 1)
        .toArray();
    },

    /** What waits in open holds of each of these wallets. */
    async heldOf(ids: readonly string[]): Promise<Map<string, bigint>> {
      const groups = c.wallets.aggregate<{ _id: string; minor: bigint }>([
        { $match: { kind: 'hold', status: 'open', 'hold.of': { $in: [...ids] } } },
        { $group: { _id: '$hold.of', minor: { $sum: '$minor' } } },
      ]);
      return new Map((await groups.toArray()).map(({ _id, minor }) => [_id, BigInt(minor)]));
    },

    /** Lines before number `before`, newest first, each with its entry; one more than asked for says that there are more. */
    async statement(wallet: WalletDoc, limit: number, before?: number): Promise<StatementLine[]> {
      const { _id } = wallet;
      const postings = await c.postings
        .find({ _id: { $gte: `${_id}/`, $lt: before === undefined ? `${_id}0` : postingId(_id, before) } })
        .sort({ _id: -1 })
        .limit(limit + 1)
        .toArray();
      const entries = await c.journal.find({ _id: { $in: postings.map(({ entry }) => entry) } }).toArray();
      const byId = new Map(entries.map((doc) => [doc._id, doc]));
      return postings.map((posting) => {
        const entryDoc = byId.get(posting.entry);
        if (!entryDoc) throw new Error(`posting ${posting._id} has no entry`);
        return { ...posting, seq: Number(posting._id.slice(posting._id.lastIndexOf('/') + 1)), entryDoc };
      });
    },

    /** The balance recomputed from every line of the wallet, beside the one it has. */
    async recount(wallet: WalletDoc): Promise<{ minor: bigint; lines: number; isSound: boolean }> {
      const { _id } = wallet;
      let minor = 0n;
      let lines = 0;
      let isSound = true;
      const ofWallet = { _id: { $gte: `${_id}/`, $lte: postingId(_id, wallet.seq) } };
      for await (const posting of c.postings.find(ofWallet).sort({ _id: 1 })) {
        minor += posting.minor;
        lines += 1;
        isSound &&= posting.balance === minor && posting._id === postingId(_id, lines);
      }
      return { minor, lines, isSound: isSound && minor === wallet.minor && lines === wallet.seq };
    },

    /** Money from outside of the loop into a wallet, or back, once by its cause. */
    async fund({ tenantId, wallet, minor, cause, actor, by, reason, ref }: Funding): Promise<Funded> {
      const { currency } = wallet;
      await ledger.outside(tenantId, currency);
      const lines = [
        { wallet: outsideWalletId(tenantId, currency), minor: -minor },
        { wallet: wallet._id, minor },
      ];
      const entry = { cause, kind: 'funding' as const, currency, lines, by, reason, ref };
      const posted = await ledger.transact(async (session) => {
        const at = now();
        const result = await post(c, tenantId, [entry], session, { at });
        if (result.kind === 'posted' && result.fresh.length > 0) {
          const after = { entry: cause, amount: formatMoney({ minor, currency }), currency };
          const told = { action: 'wallet.fund', object: { kind: 'wallet', id: wallet._id }, after, why: reason };
          await appendAudit(c, { tenantId, who: actor, at, ...told }, session);
        }
        return result;
      });
      if (posted.kind === 'refused' || posted.fresh.length > 0) return posted;
      const first = await c.journal.findOne({ _id: journalId(tenantId, cause) });
      const said = (doc: Pick<JournalDoc, 'lines' | 'by' | 'reason' | 'ref'>) =>
        JSON.stringify([doc.lines.map((line) => [line.wallet, String(line.minor)]), doc.by, doc.reason, doc.ref]);
      return first && said(first) === said(entry) ? posted : { kind: 'keyReused' };
    },

    /** A wallet is closed when it is empty and nothing of it is held, and stays so; `undefined` where it cannot become `status`. */
    async setStatus(
      { tenantId, _id: id, status: before }: Pick<WalletDoc, 'tenantId' | '_id' | 'status'>,
      status: WalletStatus,
      statusSet: NonNullable<WalletDoc['statusSet']>,
      actor: Actor,
    ): Promise<WalletDoc | undefined> {
      return mongo.transaction(async (session) => {
        const holds = { kind: 'hold', status: 'open', 'hold.of': id } as const;
        if (status === 'closed' && (await c.wallets.findOne(holds, { session }))) return undefined;
        const able: Filter<WalletDoc> = {
          _id: id,
          tenantId,
          kind: { $nin: [...innerKinds] },
          status: { $ne: 'closed' },
          ...(status === 'closed' && { minor: 0n }),
        };
        const change = { $set: { status, statusSet } };
        const wallet = await c.wallets.findOneAndUpdate(able, change, { session, returnDocument: 'after' });
        if (!wallet) return undefined;
        const told = {
          action: 'wallet.status',
          object: { kind: 'wallet', id },
          before: { status: before },
          after: { status },
        };
        const { reason: why, at } = statusSet;
        await appendAudit(c, { tenantId, who: actor, at, why, ...told }, session);
        return wallet;
      });
    },
  };
}
