/** Payees who want no notices: known by a keyed hash, so that nobody reads from the database who they are, and found in bulk before anything is sent. */
import type { Actor } from '../domain/audit-chain.ts';
import type { TenantId } from '../domain/ids.ts';
import { identityHash, type NoticeChannel, type PayeeIdentity } from '../domain/notice.ts';
import { type Filter, isDuplicateKey, type Mongo } from '../platform/mongo.ts';
import { appendAudit } from './audit.ts';
import type { Collections } from './collections.ts';
import type { OptOutDoc } from './notice-documents.ts';

export type NewOptOut = Pick<OptOutDoc, 'tenantId' | 'identity' | 'channel' | 'by' | 'reason' | 'at'>;

export type OptOuts = ReturnType<typeof createOptOuts>;

export function createOptOuts(
  mongo: Pick<Mongo, 'transaction'>,
  c: Pick<Collections, 'optOuts' | 'tenantKeyring' | 'auditEntries' | 'auditUnsealed'>,
) {
  return {
    /** Answers what there is afterwards; `isNew` where this call made it. For all channels where one was for a single one. */
    async add(asked: NewOptOut, who: Actor): Promise<{ readonly optOut: OptOutDoc; readonly isNew: boolean }> {
      const { tenantId, channel, at, reason: why } = asked;
      const _id = `${tenantId}/${identityHash(await keyOf(tenantId), asked.identity)}`;
      const told = {
        action: 'opt-out.add',
        object: { kind: 'opt-out', id: idOf({ _id }) },
        after: { channel: channel ?? 'all' },
      };
      const add = () =>
        mongo.transaction(async (session) => {
          const there = await c.optOuts.findOne({ _id }, { session });
          const covers = there && (there.channel === undefined || there.channel === channel);
          if (covers) return { optOut: there, isNew: false };
          if (there) {
            await c.optOuts.updateOne(
              { _id },
              { $unset: { channel: '' }, $set: { by: asked.by, reason: why, at } },
              { session },
            );
          } else await c.optOuts.insertOne({ _id, ...asked }, { session });
          await appendAudit(c, { tenantId, who, at, why, ...told }, session);
          return { optOut: (await c.optOuts.findOne({ _id }, { session }))!, isNew: there === null };
        });
      try {
        return await add();
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // Somebody else said so at the same time: now it is there.
        return add();
      }
    },

    /** As it was; undefined where there is none. */
    async remove(
      tenantId: TenantId,
      id: string,
      asked: { readonly who: Actor; readonly why: string; readonly at: Date },
    ): Promise<OptOutDoc | undefined> {
      const { who, why, at } = asked;
      return mongo.transaction(async (session) => {
        const one = { _id: `${tenantId}/${id}`, tenantId };
        const there = await c.optOuts.findOne(one, { session });
        if (!there) return undefined;
        await c.optOuts.deleteOne(one, { session });
        const told = { action: 'opt-out.remove', object: { kind: 'opt-out', id } };
        await appendAudit(c, { tenantId, who, at, why, ...told }, session);
        return there;
      });
    },

    /** Newest first, after `after`. */
    async list(
      tenantId: TenantId,
      after: { readonly at: Date; readonly id: string } | undefined,
      limit: number,
    ): Promise<OptOutDoc[]> {
      const beyond = after && {
        $or: [{ at: { $lt: after.at } }, { at: after.at, _id: { $gt: `${tenantId}/${after.id}` } }],
      };
      const of = { tenantId, ...beyond } as Filter<OptOutDoc>;
      return c.optOuts.find(of).sort({ at: -1, _id: 1 }).limit(limit).toArray();
    },

    /** For each list of identities, whether one of them wants nothing over this channel. */
    async barred(
      tenantId: TenantId,
      channel: NoticeChannel,
      asked: readonly (readonly PayeeIdentity[])[],
    ): Promise<boolean[]> {
      if (asked.length === 0) return [];
      const key = await keyOf(tenantId);
      const ids = asked.map((identities) => identities.map((one) => `${tenantId}/${identityHash(key, one)}`));
      const of = { _id: { $in: ids.flat() }, channel: { $in: [channel, null] } } as Filter<OptOutDoc>;
      const found = await c.optOuts.find(of, { projection: { _id: 1 } }).toArray();
      const barred = new Set(found.map(({ _id }) => _id));
      return ids.map((some) => some.some((id) => barred.has(id)));
    },
  };

  async function keyOf(tenantId: TenantId): Promise<Buffer> {
    const key = await c.tenantKeyring.keyFor(tenantId, tenantId);
    if (!key) throw new Error(`the key of tenant ${tenantId} is gone: nobody knows any more who wants no notices`);
    return key;
  }
}

/** As callers name it. */
export function idOf({ _id }: Pick<OptOutDoc, '_id'>): string {
  return _id.slice(_id.lastIndexOf('/') + 1);
}
