/** Later answers of rails that contradict the books: listed for people, who note what they found out. The books stay as they are. */
import type { TenantId } from '../domain/ids.ts';
import type { Filter } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { ConflictDoc } from './documents.ts';

export type ConflictFilter = {
  readonly tenantId: TenantId;
  readonly isOpen?: boolean;
  readonly batchId?: string;
};

export type Conflicts = ReturnType<typeof createConflicts>;

export function createConflicts(c: Pick<Collections, 'conflicts'>) {
  return {
    /** The newest first. */
    async list(
      { tenantId, isOpen, batchId }: ConflictFilter,
      after: { readonly at: Date; readonly id: string } | undefined,
      limit: number,
    ): Promise<ConflictDoc[]> {
      const query = {
        tenantId,
        ...(batchId && { batchId }),
        ...(isOpen !== undefined && { resolved: { $exists: !isOpen } }),
        ...(after && { at: { $lte: after.at }, $or: [{ at: { $lt: after.at } }, { _id: { $gt: after.id } }] }),
      } as Filter<ConflictDoc>;
      return c.conflicts.find(query).sort({ at: -1, _id: 1 }).limit(limit).toArray();
    },

    async get(tenantId: TenantId, id: string): Promise<ConflictDoc | undefined> {
      return (await c.conflicts.findOne({ _id: id, tenantId })) ?? undefined;
    },

    /** The first word stands. */
    async resolve(id: string, resolved: NonNullable<ConflictDoc['resolved']>): Promise<ConflictDoc | undefined> {
      await c.conflicts.updateOne({ _id: id, resolved: { $exists: false } }, { $set: { resolved } });
      return (await c.conflicts.findOne({ _id: id })) ?? undefined;
    },
  };
}
