/** Erases personal data whose time is over: files, look-ups and, last, the key that everything else is sealed with. Amounts and states stay. */
import type { BatchId, TenantId } from '../domain/ids.ts';
import { isUuid, rowKeyBytes, soleRow } from '../domain/ids.ts';
import { finalStatuses } from '../domain/outcome.ts';
import { durationMs } from '../domain/switches.ts';
import type { Mongo } from '../platform/mongo.ts';
import type { ObjectStore } from '../platform/object-store.ts';
import { appendAudit, theHub } from './audit.ts';
import type { BatchKeyDoc } from './audit-documents.ts';
import type { Collections } from './collections.ts';
import type { BatchDoc, TenantDoc } from './documents.ts';
import { createRouteEraser, type ErasedOfRouting } from './erase-routes.ts';
import { retriesRange } from './retry-batch.ts';

export type Erased = {
  readonly batches: number;
  readonly transfers: number;
  readonly files: number;
  readonly beneficiaries: number;
} & ErasedOfRouting;

export type EraserOptions = {
  /** How long personal data are kept by tenants that say nothing else. */
  readonly keepMs: number;
  readonly now: () => Date;
  readonly onFailure: (about: {
    readonly tenantId: TenantId;
    readonly batchId?: BatchId;
    readonly error: unknown;
  }) => void;
};

export type Eraser = ReturnType<typeof createEraser>;

/** Keys looked at together. */
const chunk = 500;

export function createEraser(
  mongo: Pick<Mongo, 'transaction'>,
  c: Collections,
  objects: Pick<ObjectStore, 'list' | 'remove'>,
  { keepMs, now, onFailure }: EraserOptions,
) {
  /** All that is due. Killed anywhere, it is gone on with the next time: a key is thrown away last. */
  async function sweep(): Promise<Erased> {
    const sum = { batches: 0, transfers: 0, files: 0, beneficiaries: 0, routes: 0, accounts: 0, wallets: 0 };
    const eraseRouting = createRouteEraser(mongo, c, now);
    for await (const tenant of c.tenants.find({}, { projection: { personalDataKeep: 1 } })) {
      const before = new Date(now().getTime() - keepMsOf(tenant, keepMs));
      try {
        sum.files += await eraseFiles(tenant._id, before);
        sum.beneficiaries += await eraseBeneficiaries(tenant._id, before);
        await eraseKeys(tenant._id, before, sum);
        const { routes, accounts, wallets } = await eraseRouting(tenant._id, before);
        sum.routes += routes;
        sum.accounts += accounts;
        sum.wallets += wallets;
      } catch (error) {
        onFailure({ tenantId: tenant._id, error });
      }
    }
    return sum;
  }

  async function eraseKeys(
    tenantId: TenantId,
    before: Date,
    sum: { batches: number; transfers: number },
  ): Promise<void> {
    for (let after = ''; ; ) {
      const keys = await c.batchKeys
        .find({ tenantId, wrapped: { $exists: true }, at: { $lt: before }, _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(chunk)
        .toArray();
      const ids = keys.map(({ _id }) => _id).filter(isUuid);
      const batches = await c.batches.find({ _id: { $in: ids } }).toArray();
      for (const batch of batches) sum.batches += await eraseBatch(batch, before);
      const ofBatches = new Set(batches.map(({ _id }) => _id));
      sum.transfers += await eraseTransfers(
        tenantId,
        keys.filter(({ _id }) => isUuid(_id) && !ofBatches.has(_id)),
      );
      if (keys.length < chunk) return;
      after = keys.at(-1)!._id;
    }
  }

  async function eraseBatch(batch: BatchDoc, before: Date): Promise<number> {
    const { _id: batchId, tenantId } = batch;
    try {
      if (!batch.erasedAt && !(await isDue(batch, before))) return 0;
      if (!batch.erasedAt && !(await decide(batch))) return 0;
      for await (const { key } of objects.list(`${tenantId}/${batchId}/`)) await objects.remove(key);
      await c.lookups.deleteMany({ _id: { $gte: `${batchId}/`, $lt: `${batchId}0` } });
      await c.mappings.deleteMany({ _id: { $gte: `${batchId}/`, $lt: `${batchId}0` } });
      await c.keyring.shred([batchId], now());
      return 1;
    } catch (error) {
      onFailure({ tenantId, batchId, error });
      return 0;
    }
  }

  /** Ended for long enough, nothing of it open, and needed by no retry that is being made of its file. */
  async function isDue({ _id, status, closedAt, legalHold }: BatchDoc, before: Date): Promise<boolean> {
    if (legalHold || !closedAt || closedAt >= before) return false;
    if (!finalStatuses.includes(status) || status === 'completed_with_pending') return false;
    const children = await c.retries.find({ _id: retriesRange(_id) }, { projection: { child: 1 } }).toArray();
    const unbuilt = { _id: { $in: children.map(({ child }) => child) }, sha256: '' };
    return (await c.batches.findOne(unbuilt, { projection: { _id: 1 } })) === null;
  }

  /** From here on the batch says that it is erased, and no hold comes in time; false where one did. */
  async function decide({ _id, tenantId, fileName, closedAt }: BatchDoc): Promise<boolean> {
    const at = now();
    return mongo.transaction(async (session) => {
      const open = { _id, legalHold: { $exists: false }, erasedAt: { $exists: false } };
      // The file's name may be a person's.
      const erased = { erasedAt: at, fileName: `erased${/\.[a-z]{1,4}$/i.exec(fileName)?.[0] ?? ''}` };
      const { modifiedCount } = await c.batches.updateOne(open, { $set: erased }, { session });
      if (modifiedCount === 0) return false;
      const told = { action: 'batch.erase', object: { kind: 'batch', id: _id }, before: { closedAt } };
      await appendAudit(c, { tenantId, who: theHub, at, ...told }, session);
      return true;
    });
  }

  /** Single payments that have an outcome, and keys of payments that never came to be. */
  async function eraseTransfers(tenantId: TenantId, keys: readonly BatchKeyDoc[]): Promise<number> {
    if (keys.length === 0) return 0;
    const rowKeys = keys.map(({ _id }) => rowKeyBytes(_id, soleRow));
    const [asked, settled] = await Promise.all([
      c.payments.find({ _id: { $in: rowKeys } }, { projection: { _id: 1 } }).toArray(),
      c.outcomes.find({ _id: { $in: rowKeys } }, { projection: { _id: 1 } }).toArray(),
    ]);
    const hexOf = ({ _id }: { readonly _id: Buffer }) => _id.toString('hex');
    const open = new Set(asked.map(hexOf));
    for (const doc of settled) open.delete(hexOf(doc));
    const due = keys.filter((_, i) => !open.has(rowKeys[i]!.toString('hex'))).map(({ _id }) => _id);
    if (due.length === 0) return 0;
    // Said before it is done: said twice is better than done unsaid.
    const told = { action: 'transfers.erase', object: { kind: 'tenant', id: tenantId }, after: { count: due.length } };
    await mongo.transaction((session) => appendAudit(c, { tenantId, who: theHub, at: now(), ...told }, session));
    await c.lookups.deleteMany({ $or: due.map((id) => ({ _id: { $gte: `${id}/`, $lt: `${id}0` } })) });
    return c.keyring.shred(due, now());
  }

  /** Files that were uploaded under a name, and their name. */
  async function eraseFiles(tenantId: TenantId, before: Date): Promise<number> {
    const files = await c.files.find({ tenantId, at: { $lt: before } }).toArray();
    for (const { _id, key, sha256 } of files) {
      const told = { action: 'file.erase', object: { kind: 'file', id: key.split('/').at(-1)! }, before: { sha256 } };
      await objects.remove(key);
      await mongo.transaction(async (session) => {
        const { deletedCount } = await c.files.deleteOne({ _id, key }, { session });
        if (deletedCount > 0) await appendAudit(c, { tenantId, who: theHub, at: now(), ...told }, session);
      });
    }
    return files.length;
  }

  /** People whom nobody registered, changed or paid for so long. */
  async function eraseBeneficiaries(tenantId: TenantId, before: Date): Promise<number> {
    for (let count = 0; ; ) {
      const unused = { tenantId, usedAt: { $lt: before } };
      const found = await c.beneficiaries
        .find(unused, { projection: { _id: 1 } })
        .limit(chunk)
        .toArray();
      if (found.length === 0) return count;
      const ids = found.map(({ _id }) => _id);
      count += await mongo.transaction(async (session) => {
        const { deletedCount } = await c.beneficiaries.deleteMany({ _id: { $in: ids }, ...unused }, { session });
        const told = { object: { kind: 'tenant', id: tenantId }, after: { count: deletedCount } };
        const entry = { tenantId, who: theHub, at: now(), action: 'beneficiaries.erase', ...told };
        if (deletedCount > 0) await appendAudit(c, entry, session);
        return deletedCount;
      });
    }
  }

  return { sweep };
}

/** How long the tenant's personal data are kept. */
export function keepMsOf({ personalDataKeep }: Pick<TenantDoc, 'personalDataKeep'>, keepMs: number): number {
  return personalDataKeep === undefined ? keepMs : durationMs(personalDataKeep);
}
