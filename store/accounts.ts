/** Beneficiary accounts as people and programs set, list and remove them; whom routes pay. */
import type { Actor } from '../domain/audit-chain.ts';
import type { TenantId } from '../domain/ids.ts';
import type { Mongo } from '../platform/mongo.ts';
import { appendAudit, appendAudits } from './audit.ts';
import type { Collections } from './collections.ts';
import { accountKeyId } from './erase-routes.ts';
import type { AccountDoc } from './route-documents.ts';

export type NewAccount = Pick<AccountDoc, 'account' | 'name' | 'mode' | 'payee'>;
type Setter = { readonly tenantId: TenantId; readonly by: string; readonly actor: Actor; readonly at: Date };

export type Accounts = ReturnType<typeof createAccounts>;

export function createAccounts(mongo: Pick<Mongo, 'transaction'>, c: Collections) {
  return {
    async get(tenantId: TenantId, account: string): Promise<AccountDoc | undefined> {
      return (await c.accounts.findOne({ _id: idOf(tenantId, account) })) ?? undefined;
    },

    /** By id, from `after` on; one more than asked for says that there are more. */
    async list(tenantId: TenantId, limit: number, after = ''): Promise<AccountDoc[]> {
      const range = { $gt: idOf(tenantId, after), $lt: `${tenantId}0` };
      return c.accounts
        .find({ _id: range, tenantId })
        .sort({ _id: 1 })
        .limit(limit + 1)
        .toArray();
    },

    /** All or none. Those that are so already stay as they are, so that a repeat changes nothing; answers how many it set. */
    async set(accounts: readonly NewAccount[], { tenantId, by, actor, at }: Setter): Promise<number> {
      const docs = accounts.map((one): AccountDoc => {
        return { ...one, _id: idOf(tenantId, one.account), tenantId, setBy: by, setAt: at };
      });
      const ids = docs.map(({ _id }) => _id);
      return mongo.transaction(async (session) => {
        const found = await c.accounts.find({ _id: { $in: ids } }, { session }).toArray();
        const before = new Map(found.map((doc) => [doc._id, doc]));
        const fresh = docs.filter((doc) => saidOf(doc) !== saidOf(before.get(doc._id)));
        if (fresh.length === 0) return 0;
        await c.accounts.deleteMany({ _id: { $in: fresh.map(({ _id }) => _id) } }, { session });
        const kept = fresh.map((doc) => {
          const usedAt = before.get(doc._id)?.usedAt;
          return { ...doc, ...(usedAt && { usedAt }) };
        });
        await c.accounts.insertMany(kept, { session });
        const told = fresh.map(({ account: id, mode }) => {
          const what = { action: 'account.set', object: { kind: 'account', id }, after: { mode } };
          return { tenantId, who: actor, at, ...what };
        });
        await appendAudits(c, told, session);
        return fresh.length;
      });
    },

    /** Now and for good: routes that were accepted keep whom they pay. False where there is none. */
    async remove(account: string, { tenantId, actor, at }: Omit<Setter, 'by'>): Promise<boolean> {
      const _id = idOf(tenantId, account);
      const removed = await mongo.transaction(async (session) => {
        const doc = await c.accounts.findOne({ _id }, { session, projection: { setAt: 1 } });
        if (!doc) return undefined;
        await c.accounts.deleteOne({ _id }, { session });
        const told = { action: 'account.remove', object: { kind: 'account', id: account } };
        await appendAudit(c, { tenantId, who: actor, at, ...told }, session);
        return doc;
      });
      if (removed) await c.keyring.shred([accountKeyId(removed)], at);
      return removed !== undefined;
    },
  };
}

function idOf(tenantId: TenantId, account: string): string {
  return `${tenantId}/${account}`;
}

function saidOf(doc: NewAccount | undefined): string {
  return JSON.stringify([doc?.name, doc?.mode, doc?.payee?.type, doc?.payee?.id, doc?.payee?.dfsp]);
}
