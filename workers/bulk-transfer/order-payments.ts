/** Orders the batch's rows by a column, stable, numbers as numbers; what is written is the order, not the rows. */
import { rowOfKey } from '../../domain/ids.ts';
import type { Switches } from '../../domain/switches.ts';
import { type JobType, textVariable } from '../../platform/job.ts';
import { batchRange, encodeRows } from '../../store/row-keys.ts';
import type { WorkerDeps } from '../deps.ts';
import { fieldOfColumn } from './column-value.ts';

/** Where the order of a batch is kept: row numbers, four bytes each. */
export function orderKeyOf(tenantId: string, batchId: string): string {
  return `${tenantId}/${batchId}/order.bin`;
}

export function orderPayments({ c, objects, log }: WorkerDeps): JobType {
  return {
    type: 'order-payments',
    variables: ['tenantId', 'batchId', 'switches'],
    jobsMax: 2,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const key = orderKeyOf(textVariable(job, 'tenantId'), batchId);
      const path = `$${fieldOfColumn((job.variables.switches as Switches).ordering.field)}`;
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
      await objects.put(key, rowNumberBytes(sorted));
      log.info('payments ordered', { batchId, by: path.slice(1), as: text ? 'text' : 'numbers' });
      return undefined;
    },
  };
}

async function* rowNumberBytes(sorted: AsyncIterable<{ _id: Buffer }>): AsyncGenerator<Buffer> {
  let rows: number[] = [];
  for await (const { _id } of sorted) {
    rows.push(rowOfKey(_id));
    if (rows.length < 4096) continue;
    yield encodeRows(rows);
    rows = [];
  }
  yield encodeRows(rows);
}
