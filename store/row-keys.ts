/** Keys of the books and the ranges that read them: a batch's rows lie side by side, in file order. */
import { type BatchId, rowKeyBytes, uuidBytes } from '../domain/ids.ts';

/** Runs of consecutive row numbers, [first, last] each. */
export type Runs = readonly (readonly [number, number])[];

export function attemptKey(rowKey: Buffer, n: number): Buffer {
  const key = Buffer.allocUnsafe(22);
  rowKey.copy(key);
  key.writeUInt16BE(n, 20);
  return key;
}

export function attemptNumber(key: Uint8Array): number {
  return (key[20]! << 8) | key[21]!;
}

/** Filter on `_id` for all rows of a batch. */
export function batchRange(batchId: BatchId): { $gte: Buffer; $lt: Buffer } {
  const end = uuidBytes(batchId);
  for (let i = 15; i >= 0; i -= 1) {
    end[i] = (end[i]! + 1) & 0xff;
    if (end[i] !== 0) break;
  }
  return { $gte: uuidBytes(batchId), $lt: end };
}

/** Filter on `_id` for rows first to last, in books keyed by row or by row and n. */
export function rowRange(batchId: BatchId, first: number, last: number): { $gte: Buffer; $lt: Buffer } {
  return { $gte: rowKeyBytes(batchId, first), $lt: rowKeyBytes(batchId, last + 1) };
}

export function runsOf(rows: Iterable<number>): Runs {
  const runs: [number, number][] = [];
  for (const row of [...rows].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && row === last[1] + 1) last[1] = row;
    else runs.push([row, row]);
  }
  return runs;
}

export function encodeRuns(runs: Runs): Buffer {
  const bytes = Buffer.allocUnsafe(runs.length * 8);
  runs.forEach(([first, last], i) => {
    bytes.writeUInt32BE(first, i * 8);
    bytes.writeUInt32BE(last, i * 8 + 4);
  });
  return bytes;
}

export function decodeRuns(bytes: Uint8Array): Runs {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: view.length / 8 }, (_, i) => [view.readUInt32BE(i * 8), view.readUInt32BE(i * 8 + 4)]);
}

export function encodeRows(rows: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(rows.length * 4);
  rows.forEach((row, i) => {
    bytes.writeUInt32BE(row, i * 4);
  });
  return bytes;
}

export function decodeRows(bytes: Uint8Array): number[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: view.length / 4 }, (_, i) => view.readUInt32BE(i * 4));
}

/** Filters that together read just these rows: a few ranges where the rows are dense, keys in chunks where they are not. */
export function filtersOf(batchId: BatchId, runs: Runs): { $gte: Buffer; $lt: Buffer }[] {
  return runs.map(([first, last]) => rowRange(batchId, first, last));
}
