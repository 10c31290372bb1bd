/** Walks a batch's rows in chunks, each payment beside its outcome, with the memory of one chunk. */
import { type BatchId, rowKeyBytes, rowOfKey } from '../../domain/ids.ts';
import { inBatches } from '../../platform/mongo.ts';
import type { Books } from '../../store/books.ts';
import type { Collections } from '../../store/collections.ts';
import type { OutcomeDoc, PaymentDoc } from '../../store/documents.ts';
import { batchRange, decodeRows } from '../../store/row-keys.ts';

export type Row = { readonly row: number; readonly payment: PaymentDoc; readonly outcome?: OutcomeDoc };

const chunkRows = 1000;

/** In file order. */
export async function* rowsOfBatch(c: Collections, books: Books, batchId: BatchId): AsyncGenerator<Row[]> {
  const cursor = c.payments
    .find({ _id: batchRange(batchId) })
    .sort({ _id: 1 })
    .batchSize(chunkRows);
  for await (const payments of inBatches(cursor)) yield await withOutcomes(books, batchId, payments);
}

/** In the order of `order`, a file of row numbers of four bytes each. */
export async function* rowsInOrder(
  c: Collections,
  books: Books,
  batchId: BatchId,
  order: AsyncIterable<Uint8Array>,
): AsyncGenerator<Row[]> {
  for await (const rows of rowNumbers(order)) {
    const payments = await c.payments.find({ _id: { $in: rows.map((row) => rowKeyBytes(batchId, row)) } }).toArray();
    const byRow = new Map(payments.map((p) => [rowOfKey(p._id), p]));
    yield await withOutcomes(
      books,
      batchId,
      rows.map((row) => byRow.get(row)).filter((p) => p !== undefined),
    );
  }
}

async function* rowNumbers(order: AsyncIterable<Uint8Array>): AsyncGenerator<number[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const bytes of order) {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= chunkRows * 4) {
      yield decodeRows(rest.subarray(0, chunkRows * 4));
      rest = rest.subarray(chunkRows * 4);
    }
  }
  if (rest.length > 0) yield decodeRows(rest);
}

async function withOutcomes(books: Books, batchId: BatchId, payments: readonly PaymentDoc[]): Promise<Row[]> {
  const rows = payments.map((p) => rowOfKey(p._id));
  const outcomes = await books.outcomesOf(batchId, rows);
  return payments.map((payment, i) => ({ row: rows[i]!, payment, outcome: outcomes.get(rows[i]!) }));
}

/** Whether a row was refused before there were sub-batches; such rows are in none. */
export function wasRefused(outcome: OutcomeDoc | undefined): boolean {
  return outcome !== undefined && !['cancel', 'rail', 'manual'].includes(outcome.stage);
}
