/** Adds up outcomes per currency and bucket, in the database. */
import { addTallies, addToTally, bucketOf, type Tally } from '../domain/tally.ts';
import type { Collections } from './collections.ts';
import type { OutcomeDoc } from './documents.ts';
import type { rowRange } from './row-keys.ts';

/** Outcomes of these ranges of rows. */
export async function tallyOutcomes(c: Collections, ranges: readonly ReturnType<typeof rowRange>[]): Promise<Tally> {
  const filters = ranges.map((_id) => ({ _id }));
  const groups = c.outcomes.aggregate<{
    _id: Pick<OutcomeDoc, 'currency' | 'status' | 'stage'>;
    n: number;
    minor: bigint | number;
  }>([
    { $match: filters.length === 1 ? filters[0] : { $or: filters } },
    {
      $group: {
        _id: { currency: '$currency', status: '$status', stage: '$stage' },
        n: { $sum: 1 },
        minor: { $sum: '$minor' },
      },
    },
  ]);
  const parts: Tally[] = [];
  for await (const { _id, n, minor } of groups) {
    parts.push(addToTally({}, _id.currency, bucketOf(_id.status, _id.stage), Number(n), BigInt(minor)));
  }
  return addTallies(...parts);
}
