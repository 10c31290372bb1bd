import { expect, test } from 'vitest';
import { type JobType, Later } from '../platform/job.ts';
import type { Job } from '../platform/zeebe.ts';
import type { Collections } from '../store/collections.ts';
import { createLargeBatches } from './large-batches.ts';

/** A job type that ends when told, and batches named `{tenant}-{large|small}`. */
function aHall(atOnce = 2) {
  const batches = {
    findOne: async ({ _id }: { _id: string }) => {
      const [tenantId, size] = _id.split('-');
      return { tenantId, sizeBytes: size === 'large' ? 1_000 : 10 };
    },
  };
  const ends: (() => void)[] = [];
  const job: JobType = {
    type: 'walk',
    variables: ['batchId'],
    jobsMax: 2,
    handle: () => new Promise((resolve) => ends.push(() => resolve({}))),
  };
  const c = { batches } as unknown as Collections;
  const walk = createLargeBatches({ c, largeBytes: 100, atOnce, now: () => 0 })(job);
  const take = (batchId: string) => {
    const ended = walk.handle({ type: 'walk', variables: { batchId } } as unknown as Job);
    ended.catch(() => undefined);
    return ended;
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { walk, take, ends, settled };
}

test('large batches have a few places, and small ones go on beside them', async () => {
  const { walk, take, ends, settled } = aHall();
  void take('a-large');
  void take('a-large');
  await settled();
  await expect(take('a-large')).rejects.toBeInstanceOf(Later);
  const small = take('b-small');
  await settled();
  expect(ends).toHaveLength(3);
  ends[2]!();
  await expect(small).resolves.toEqual({});
  expect(walk.jobsMax).toBeGreaterThan(2);
});

test('a place that is free again goes to the tenant who has none before one who has', async () => {
  const { take, ends, settled } = aHall();
  const first = take('a-large');
  void take('a-large');
  await settled();
  await expect(take('b-large')).rejects.toBeInstanceOf(Later);
  ends[0]!();
  await first;
  await expect(take('a-large'), 'a has one still, and b waits').rejects.toBeInstanceOf(Later);
  void take('b-large');
  await settled();
  expect(ends).toHaveLength(3);
});
