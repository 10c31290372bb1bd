/** Which rows of a batch may be asked for again: their last failure was final, and nothing about them is doubted. */
import type { BatchId } from '../domain/ids.ts';
import { rowOfKey } from '../domain/ids.ts';
import type { Collections } from './collections.ts';
import type { BatchDoc, RetryDoc } from './documents.ts';
import { decodeRows, rowRange } from './row-keys.ts';

/**
 * Rows of the parent whose latest try failed, in file order, a stride at a time. A row's latest try is in the last child that
 * carries it. A bad row or a duplicate is never among them: what it asks for was refused for what it is, and alone in a new
 * file it might pass. `codes`: only those that failed so. `stride`: rows looked at in one go.
 */
export async function* failedRows(
  c: Pick<Collections, 'outcomes' | 'conflicts'>,
  parent: Pick<BatchDoc, '_id' | 'rows'>,
  earlier: readonly Pick<RetryDoc, 'child' | 'rows'>[],
  codes?: readonly number[],
  stride = 20_000,
): AsyncGenerator<number[]> {
  const children = earlier.map(({ child, rows }) => ({ child, rows: decodeRows(rows) }));
  const end = Number(parent.rows ?? 0);
  for (let first = 1; first <= end; first += stride) {
    const last = Math.min(end, first + stride - 1);
    const failed = await failuresIn(c, parent._id, first, last, ['rejected']);
    for (const { child, rows } of children) {
      const from = placeOf(rows, first);
      const until = placeOf(rows, last + 1);
      if (from === until) continue;
      const again = await failuresIn(c, child, from + 1, until, ['rejected', 'cancelled']);
      for (let at = from; at < until; at += 1) {
        const code = again.get(at + 1);
        if (code === undefined) failed.delete(rows[at]!);
        else failed.set(rows[at]!, code);
      }
    }
    const chosen = [...failed].filter(([, code]) => codes === undefined || codes.includes(code));
    yield chosen.map(([row]) => row).sort((a, b) => a - b);
  }
}

/** Code by row, without those that a rail contradicted later. */
async function failuresIn(
  c: Pick<Collections, 'outcomes' | 'conflicts'>,
  batchId: BatchId,
  first: number,
  last: number,
  statuses: readonly ('rejected' | 'cancelled')[],
): Promise<Map<number, number>> {
  const filter = {
    _id: rowRange(batchId, first, last),
    status: { $in: [...statuses] },
    stage: { $in: ['lookup' as const, 'rail' as const, 'manual' as const, 'cancel' as const] },
  };
  const failures = new Map<number, number>();
  for await (const { _id, code } of c.outcomes.find(filter, { projection: { code: 1 } }).batchSize(5_000)) {
    failures.set(rowOfKey(_id), Number(code ?? 422));
  }
  for await (const { row } of c.conflicts.find({ batchId }, { projection: { row: 1 } })) failures.delete(Number(row));
  return failures;
}

/** How many of the sorted rows come before `row`. */
function placeOf(rows: readonly number[], row: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return low;
}
