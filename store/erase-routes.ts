/** Erases what routing knows of people when its time is over: payees and notes of routes, accounts that nobody pays any more, names of closed wallets. */
import { isUuid, type TenantId } from '../domain/ids.ts';
import { openableKinds } from '../domain/wallet.ts';
import type { Mongo } from '../platform/mongo.ts';
import { appendAudit, theHub } from './audit.ts';
import type { Collections } from './collections.ts';
import type { RouteDoc } from './route-documents.ts';

export type ErasedOfRouting = { readonly routes: number; readonly accounts: number; readonly wallets: number };

/** Looked at together. */
const chunk = 500;
const erasedName = 'erased';

/** What a route's payees and notes are sealed with. */
export function routeKeyId(routeId: string): string {
  return `route/${routeId}`;
}

/** What an account is sealed with: a key of its own each time that it is set, so that what it was before can be thrown away. `_id` is the account's. */
export function accountKeyId({ _id, setAt }: { readonly _id: string; readonly setAt: Date }): string {
  return `account/${_id}/${setAt.getTime()}`;
}

/** Killed anywhere, it is gone on with the next time: a key is thrown away last. */
export function createRouteEraser(mongo: Pick<Mongo, 'transaction'>, c: Collections, now: () => Date) {
  return async (tenantId: TenantId, before: Date): Promise<ErasedOfRouting> => ({
    routes: await eraseByKeys('route', tenantId, before, eraseRoute),
    accounts: await eraseByKeys('account', tenantId, before, eraseAccount),
    wallets: await eraseWallets(tenantId, before),
  });

  /** `erase` answers what came of what the key belongs to; the key of what is gone, or never came to be, goes too. */
  async function eraseByKeys(
    kind: 'route' | 'account',
    tenantId: TenantId,
    before: Date,
    erase: (rest: string, tenantId: TenantId, before: Date) => Promise<'erased' | 'gone' | 'kept'>,
  ): Promise<number> {
    let erased = 0;
    for (let after = `${kind}/`; ; ) {
      const range = { $gt: after, $lt: `${kind}0` };
      const keys = await c.batchKeys
        .find({ tenantId, wrapped: { $exists: true }, at: { $lt: before }, _id: range })
        .sort({ _id: 1 })
        .limit(chunk)
        .toArray();
      for (const { _id } of keys) {
        const end = await erase(_id.slice(kind.length + 1), tenantId, before);
        if (end !== 'kept') await c.keyring.shred([_id], now());
        if (end === 'erased') erased += 1;
      }
      if (keys.length < chunk) return erased;
      after = keys.at(-1)!._id;
    }
  }

  async function eraseRoute(routeId: string, tenantId: TenantId): Promise<'erased' | 'gone' | 'kept'> {
    const route = isUuid(routeId) ? await c.routes.findOne({ _id: routeId, tenantId }) : null;
    if (!route) return 'gone';
    if (route.erasedAt) return 'erased';
    if (!(await isOver(route))) return 'kept';
    const at = now();
    const { kind, rounds } = route;
    const isMine = await mongo.transaction(async (session) => {
      const open = { _id: routeId, rounds, erasedAt: { $exists: false } };
      const { modifiedCount } = await c.routes.updateOne(open, { $set: { erasedAt: at } }, { session });
      if (modifiedCount === 0) return false;
      const told = { action: `${kind}.erase`, object: { kind, id: routeId } };
      await appendAudit(c, { tenantId, who: theHub, at, ...told }, session);
      return true;
    });
    return isMine ? 'erased' : 'kept';
  }

  /** It ends with its batches: each of them is erased, so that a legal hold on one holds the route. */
  async function isOver({ _id, status, reversal }: RouteDoc): Promise<boolean> {
    if (status === 'processing' || (reversal && !reversal.doneAt)) return false;
    const rounds = await c.rounds.find({ routeId: _id }, { projection: { batchId: 1 } }).toArray();
    const ids = rounds.map(({ batchId }) => batchId);
    return (await c.batches.countDocuments({ _id: { $in: ids }, erasedAt: { $exists: false } }, { limit: 1 })) === 0;
  }

  /** Set and paid long ago; or set anew, and what it was before goes. */
  async function eraseAccount(rest: string, tenantId: TenantId, before: Date): Promise<'erased' | 'gone' | 'kept'> {
    const at = rest.lastIndexOf('/');
    const [_id, setAt] = [rest.slice(0, at), new Date(Number(rest.slice(at + 1)))];
    const doc = await c.accounts.findOne({ _id, tenantId, setAt }, { projection: { account: 1, usedAt: 1 } });
    if (!doc) return 'gone';
    const { account, usedAt } = doc;
    if (usedAt && usedAt >= before) return 'kept';
    const told = { action: 'account.erase', object: { kind: 'account', id: account } };
    return mongo.transaction(async (session) => {
      const asRead = { _id, setAt, ...(usedAt ? { usedAt } : { usedAt: { $exists: false } }) };
      const { deletedCount } = await c.accounts.deleteOne(asRead, { session });
      if (deletedCount === 0) return 'kept';
      await appendAudit(c, { tenantId, who: theHub, at: now(), ...told }, session);
      return 'erased';
    });
  }

  /** Closed long ago. */
  async function eraseWallets(tenantId: TenantId, before: Date): Promise<number> {
    const closed = {
      tenantId,
      status: 'closed',
      kind: { $in: openableKinds },
      'statusSet.at': { $lt: before },
    } as const;
    const docs = await c.wallets.find({ ...closed, owner: { $ne: erasedName } }, { projection: { _id: 1 } }).toArray();
    for (const { _id } of docs) {
      await mongo.transaction(async (session) => {
        const named = { _id, owner: { $ne: erasedName } };
        const { modifiedCount } = await c.wallets.updateOne(named, { $set: { owner: erasedName } }, { session });
        if (modifiedCount === 0) return;
        const told = { action: 'wallet.erase', object: { kind: 'wallet', id: _id } };
        await appendAudit(c, { tenantId, who: theHub, at: now(), ...told }, session);
      });
    }
    return docs.length;
  }
}
