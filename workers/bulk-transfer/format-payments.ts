/** Writes the payments in the formatting standard that the switch names; the request file stays untouched. */
import type { Switches } from '../../domain/switches.ts';
import { type JobType, textVariable } from '../../platform/job.ts';
import type { WorkerDeps } from '../deps.ts';
import { formatted, lineOf } from './payment-line.ts';
import { rowsOfBatch, wasRefused } from './rows-of-batch.ts';

export function formatPayments({ c, books, batches, objects, log }: WorkerDeps): JobType {
  return {
    type: 'format-payments',
    variables: ['tenantId', 'batchId', 'switches'],
    jobsMax: 2,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const { standard } = (job.variables.switches as Switches).formatting;
      const formattedKey = `${textVariable(job, 'tenantId')}/${batchId}/formatted.ndjson`;
      await objects.put(formattedKey, formattedLines(batchId, standard), { contentType: 'application/x-ndjson' });
      await batches.setFormatted(batchId, formattedKey);
      log.info('payments formatted', { batchId, standard });
      return { formattedKey };
    },
  };

  async function* formattedLines(
    batchId: string,
    standard: Switches['formatting']['standard'],
  ): AsyncGenerator<string> {
    for await (const chunk of rowsOfBatch(c, books, batchId)) {
      const lines = chunk
        .filter(({ outcome }) => !wasRefused(outcome))
        .map(({ row, payment }) => `${JSON.stringify(formatted(lineOf(batchId, row, payment), standard))}\n`);
      if (lines.length > 0) yield lines.join('');
    }
  }
}
