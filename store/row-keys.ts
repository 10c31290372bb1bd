/** Keys of the books and the ranges that read them: a batch's rows lie side by side, in file order. */
import { type BatchId, rowKeyBytes } from '../domain/ids.ts';

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

/** Bounds of one length: BSON compares binaries by length before bytes, so that a shorter bound would match nothing. */
type KeyRange = { $gte: Buffer; $lte: Buffer };

/** Filter on `_id` for all rows of a batch, in books keyed by row. */
export function batchRange(batchId: BatchId): KeyRange {
  return rowRange(batchId, 0, 0xffffffff);
}

/** Filter on `_id` for rows first to last, in books keyed by row. */
export function rowRange(batchId: BatchId, first: number, last: number): KeyRange {
  return { $gte: rowKeyBytes(batchId, first), $lte: rowKeyBytes(batchId, last) };
}

/** Filter on `_id` for every attempt of rows first to last. */
export function attemptRange(batchId: BatchId, first: number, last: number): KeyRange {
  return {
    $gte: attemptKey(rowKeyBytes(batchId, first), 0),
    $lte: attemptKey(rowKeyBytes(batchId, last), 0xffff),
  };
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
