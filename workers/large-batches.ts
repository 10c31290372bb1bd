/** Keeps hands free for small batches: of the jobs that walk through a whole file, only so many at once are of a large one. */
import { type JobType, Later, textVariable } from '../platform/job.ts';
import type { Collections } from '../store/collections.ts';

export type LargeBatchOptions = {
  readonly c: Pick<Collections, 'batches'>;
  /** A batch whose file is larger is a large one. */
  readonly largeBytes: number;
  /** Jobs of large batches at once, per process; whoever finds no place is handed back to Zeebe and comes again. */
  readonly atOnce: number;
  readonly now?: () => number;
};

/** Jobs of one type in hand at once, large and small. */
const jobsMax = 8;
const againMs = 1_500;
/** Whoever found no place comes again within this time. */
const rememberedMs = 3 * againMs;

/** Wraps job types that read `batchId` and walk through all rows of the batch. */
export function createLargeBatches({ c, largeBytes, atOnce, now = Date.now }: LargeBatchOptions) {
  const inside: string[] = [];
  const turnedAway = new Map<string, number>();

  /** A tenant that has a place already lets others go first. */
  function mayEnter(tenantId: string): boolean {
    if (inside.length >= atOnce) return false;
    if (!inside.includes(tenantId)) return true;
    return ![...turnedAway].some(
      ([other, at]) => other !== tenantId && !inside.includes(other) && now() - at < rememberedMs,
    );
  }

  return (job: JobType): JobType => ({
    ...job,
    jobsMax: Math.max(jobsMax, job.jobsMax),
    async handle(taken) {
      const projection = { tenantId: 1, sizeBytes: 1 };
      const batch = await c.batches.findOne({ _id: textVariable(taken, 'batchId') }, { projection });
      if (!batch || Number(batch.sizeBytes) <= largeBytes) return job.handle(taken);
      const { tenantId } = batch;
      if (!mayEnter(tenantId)) {
        turnedAway.set(tenantId, now());
        throw new Later('other large batches are being worked on', againMs);
      }
      turnedAway.delete(tenantId);
      inside.push(tenantId);
      try {
        return await job.handle(taken);
      } finally {
        inside.splice(inside.indexOf(tenantId), 1);
      }
    },
  });
}
