/** Which sub-batch a row without an outcome is in, and which rows may still be without one. */
import type { BatchId } from '../domain/ids.ts';
import type { Collections } from './collections.ts';
import type { SubBatchDoc } from './documents.ts';
import { decodeRuns, type Runs } from './row-keys.ts';

export type OpenSubBatch = Pick<SubBatchDoc, '_id' | 'n' | 'rail' | 'status' | 'stoppedAt'>;

export type SubBatchPlaces = {
  /** Undefined for rows that were refused before the split, of settled sub-batches, and before there are any. */
  of(row: number): OpenSubBatch | undefined;
  /** Rows of sub-batches that are (or are not) with their rail, as runs in file order, after row `after`. */
  open(isHanded: boolean, after: number): Runs;
  /** No sub-batch was made yet. */
  readonly isUnsplit: boolean;
};

export function isHanded({ status, stoppedAt }: Pick<SubBatchDoc, 'status' | 'stoppedAt'>): boolean {
  return status === 'dispatched' && stoppedAt === undefined;
}

export async function readSubBatchPlaces(
  c: Pick<Collections, 'subBatches'>,
  batchId: BatchId,
): Promise<SubBatchPlaces> {
  const projection = { n: 1, rail: 1, status: 1, stoppedAt: 1, runs: 1 } as const;
  const [first, open] = await Promise.all([
    c.subBatches.findOne({ batchId }, { projection: { _id: 1 } }),
    c.subBatches
      .find({ batchId, status: { $ne: 'settled' } }, { projection })
      .sort({ n: 1 })
      .toArray(),
  ]);
  const places = open
    .flatMap((sub) => decodeRuns(sub.runs).map(([from, to]) => ({ from, to, sub })))
    .sort((a, b) => a.from - b.from);
  return {
    isUnsplit: first === null,
    of(row) {
      let [low, high] = [0, places.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (places[middle]!.to < row) low = middle + 1;
        else high = middle;
      }
      const place = places[low];
      return place && place.from <= row ? place.sub : undefined;
    },
    open: (handed, after) =>
      places
        .filter(({ to, sub }) => to > after && isHanded(sub) === handed)
        .map(({ from, to }) => [Math.max(from, after + 1), to]),
  };
}
