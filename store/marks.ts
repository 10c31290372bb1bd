/** How far something has been read, by one process at a time. */
import { insertMissing } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';

/** How far something has been read, and who reads it until when; `_id` says what. */
export type MarkDoc = { _id: string; readTo: Date; takenUntil: Date };

export type Marks = ReturnType<typeof createMarks>;

export function createMarks({ marks }: Pick<Collections, 'marks'>, now: () => Date = () => new Date()) {
  return {
    /** The mark, ours for so long; undefined while it is somebody else's. A new one stands at the beginning of time. */
    async take(id: string, leaseMs: number): Promise<MarkDoc | undefined> {
      await insertMissing(marks, [{ _id: id, readTo: new Date(0), takenUntil: new Date(0) }]);
      const at = now();
      const takenUntil = new Date(at.getTime() + leaseMs);
      const free = { _id: id, takenUntil: { $lte: at } };
      return (await marks.findOneAndUpdate(free, { $set: { takenUntil } }, { returnDocument: 'after' })) ?? undefined;
    },

    /** Read so far; unless it has gone over to another process, who then reads some of it again. */
    async give(id: string, { takenUntil }: Pick<MarkDoc, 'takenUntil'>, readTo: Date): Promise<void> {
      await marks.updateOne({ _id: id, takenUntil }, { $set: { takenUntil: new Date(0), readTo } });
    },
  };
}
