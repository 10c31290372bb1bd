/** Orders the batch's rows by a column, stable, numbers as numbers; what is written is the order, not the rows. */
import { rowOfKey } from '../../domain/ids.ts';
import type { Switches } from '../../domain/switches.ts';
import { type JobType, textVariable } from '../../platform/job.ts';
import { inBatches } from '../../platform/mongo.ts';
import { batchRange, encodeRows } from '../../store/row-keys.ts';
import type { WorkerDeps } from '../deps.ts';
import { columnValue, fieldOfColumn, isSealedColumn } from './column-value.ts';
import { compareNumbers, compareTexts, isNumber } from './compare-cells.ts';

/** Where the order of a batch is kept: row numbers, four bytes each. */
export function orderKeyOf(tenantId: string, batchId: string): string {
  return `${tenantId}/${batchId}/order.bin`;
}

type Sorted = { readonly rows: AsyncIterable<number> | Iterable<number>; readonly as: 'numbers' | 'text' };

export function orderPayments({ c, objects, log }: WorkerDeps): JobType {
  return {
    type: 'order-payments',
    variables: ['tenantId', 'batchId', 'switches'],
    jobsMax: 2,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const key = orderKeyOf(textVariable(job, 'tenantId'), batchId);
      const column = (job.variables.switches as Switches).ordering.field;
      const { rows, as } = await (isSealedColumn(column) ? sortHere(batchId, column) : sortThere(batchId, column));
      await objects.put(key, rowNumberBytes(rows));
      log.info('payments ordered', { batchId, by: fieldOfColumn(column), as });
      return undefined;
    },
  };

  /** By the database, which spills to disk. */
  async function sortThere(batchId: string, column: string): Promise<Sorted> {
    const path = `$${fieldOfColumn(column)}`;
    const number = { $convert: { input: path, to: 'decimal', onError: null, onNull: null } };
    const range = { _id: batchRange(batchId), minor: { $exists: true } };
    const [text] = await c.payments
      .aggregate([{ $match: range }, { $project: { v: number } }, { $match: { v: null } }, { $limit: 1 }])
      .toArray();
    const value = text ? { $ifNull: [path, ''] } : number;
    const sorted = c.payments.aggregate<{ _id: Buffer }>(
      [{ $match: range }, { $project: { v: value } }, { $sort: { v: 1, _id: 1 } }, { $project: { _id: 1 } }],
      { allowDiskUse: true, batchSize: 5000 },
    );
    return { rows: rowsOf(sorted), as: text ? 'text' : 'numbers' };
  }

  /** What the database has sealed is sorted in memory: a cell and a number per row, some 150 MB for two million. */
  async function sortHere(batchId: string, column: string): Promise<Sorted> {
    const cells: { readonly row: number; readonly text: string }[] = [];
    const payments = c.payments
      .find({ _id: batchRange(batchId), minor: { $exists: true } })
      .sort({ _id: 1 })
      .batchSize(5000);
    for await (const some of inBatches(payments)) {
      for (const payment of some) cells.push({ row: rowOfKey(payment._id), text: columnValue(payment, column) });
    }
    const areNumbers = cells.every(({ text }) => isNumber(text));
    const compare = areNumbers ? compareNumbers : compareTexts;
    cells.sort((a, b) => compare(a.text, b.text) || a.row - b.row);
    return { rows: cells.map(({ row }) => row), as: areNumbers ? 'numbers' : 'text' };
  }
}

async function* rowsOf(sorted: AsyncIterable<{ _id: Buffer }>): AsyncGenerator<number> {
  for await (const { _id } of sorted) yield rowOfKey(_id);
}

async function* rowNumberBytes(sorted: Sorted['rows']): AsyncGenerator<Buffer> {
  let rows: number[] = [];
  for await (const row of sorted) {
    rows.push(row);
    if (rows.length < 4096) continue;
    yield encodeRows(rows);
    rows = [];
  }
  yield encodeRows(rows);
}
