/** Objects on their way to S3: noted before the first byte, owned or removed after the last. */
import type { Log } from '../platform/log.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { ObjectStore } from '../platform/object-store.ts';
import type { Collections } from './collections.ts';

export type Uploads = ReturnType<typeof createUploads>;

export function createUploads(
  c: Pick<Collections, 'uploads' | 'batches' | 'files'>,
  objects: Pick<ObjectStore, 'remove'>,
  options: { log: Log; now?: () => Date },
) {
  const now = options.now ?? (() => new Date());

  /** Nothing may stay of what nobody owns; when S3 is away now, the sweep comes by later. */
  async function discard(key: string): Promise<void> {
    try {
      await objects.remove(key);
      await c.uploads.deleteOne({ _id: key });
    } catch (error) {
      options.log.warn('upload not discarded', { key, error });
    }
  }

  return {
    discard,

    async begin(tenantId: string, key: string): Promise<void> {
      await c.uploads.insertOne({ _id: key, tenantId, at: now() });
    },

    /** Called in the transaction that makes somebody the owner of the object. */
    async owned(key: string, session?: ClientSession): Promise<void> {
      await c.uploads.deleteOne({ _id: key }, { session });
    },

    /** Called in the transaction that takes the object from its owner: the sweep removes what `discard` could not. */
    async disowned(tenantId: string, key: string, session: ClientSession): Promise<void> {
      await c.uploads.insertOne({ _id: key, tenantId, at: now() }, { session });
    },

    /** Removes objects whose upload began before `olderThan` and which nobody owns; answers how many. */
    async sweep(olderThan: Date): Promise<number> {
      const stale = await c.uploads.find({ at: { $lt: olderThan } }).toArray();
      for (const { _id: key } of stale) {
        const owner =
          (await c.batches.findOne(
            { $or: [{ requestKey: key }, { originalKey: key }], _id: key.split('/')[1] ?? '' },
            { projection: { _id: 1 } },
          )) ?? (await c.files.findOne({ key }, { projection: { _id: 1 } }));
        if (owner) await c.uploads.deleteOne({ _id: key });
        else await discard(key);
      }
      return stale.length;
    },
  };
}
