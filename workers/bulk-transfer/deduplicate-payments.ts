/** Refuses each row that asks for the same payment as a row before it, by the fields that the switch names. */
import { rowKeyBytes, rowOfKey } from '../../domain/ids.ts';
import type { Switches } from '../../domain/switches.ts';
import { type JobType, textVariable } from '../../platform/job.ts';
import type { PaymentDoc } from '../../store/documents.ts';
import type { WorkerDeps } from '../deps.ts';
import { columnValue } from './column-value.ts';
import { createEarlierRows } from './earlier-rows.ts';
import { refusal } from './refusal.ts';
import { rowsOfBatch } from './rows-of-batch.ts';

export function deduplicatePayments({ c, books, now, log }: WorkerDeps): JobType {
  return {
    type: 'deduplicate-payments',
    variables: ['batchId', 'switches'],
    jobsMax: 2,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const fields = (job.variables.switches as Switches).deduplication.fields;
      const earlierRows = createEarlierRows(async (rows) => {
        const docs = await c.payments.find({ _id: { $in: rows.map((row) => rowKeyBytes(batchId, row)) } }).toArray();
        return new Map(docs.map((doc) => [rowOfKey(doc._id), textOf(doc, fields)]));
      });
      let duplicates = 0;
      for await (const chunk of rowsOfBatch(c, books, batchId)) {
        // On a repeat of this job its own refusals are judged again, to the same end.
        const candidates = chunk.filter(({ outcome }) => !outcome || outcome.stage === 'deduplication');
        const earlier = await earlierRows.find(
          candidates.map(({ row, payment }) => ({ row, text: textOf(payment, fields) })),
        );
        const refused = candidates
          .filter(({ row }) => earlier.has(row))
          .map(({ row, payment }) => {
            const text = `Row ${earlier.get(row)} has the same ${fields.join(', ')}`;
            return refusal(payment, 'deduplication', { code: 409, text }, now());
          });
        duplicates += refused.length;
        await books.settle(refused);
      }
      log.info('payments deduplicated', { batchId, duplicates });
      return { duplicates };
    },
  };
}

function textOf(payment: PaymentDoc, fields: readonly string[]): string {
  return fields
    .map((field) => (field === 'amount' ? String(payment.minor ?? payment.amount) : columnValue(payment, field)))
    .join('\u0000');
}
