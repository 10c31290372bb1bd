/** Closes the batch when its books balance; when they do not, changes nothing and calls a person. */

import { messages } from '../../domain/process.ts';
import { buckets, countIn } from '../../domain/tally.ts';
import { type JobType, textVariable, Unrecoverable } from '../../platform/job.ts';
import type { BatchDoc } from '../../store/documents.ts';
import type { WorkerDeps } from '../deps.ts';

export function closeBatch({ batches, outbox, log }: WorkerDeps): JobType {
  return {
    type: 'close-batch',
    variables: ['batchId'],
    jobsMax: 8,
    timeoutMs: 60_000,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const { status, imbalances } = await batches.close(batchId);
      if (imbalances.length > 0) {
        log.error('books of a batch do not balance', { batchId, imbalances });
        throw new Unrecoverable(`the books do not balance, nothing was changed: ${imbalances.join('; ')}`);
      }
      const batch = await batches.get(batchId);
      if (batch) await mergeAgainIfStale(batch);
      log.info('batch closed', { batchId, status });
      return { status };
    },
  };

  /** Outcomes that came between merging and closing are in the counts but not in the file: have it merged again. */
  async function mergeAgainIfStale(batch: BatchDoc): Promise<void> {
    const last = batch.results.at(-1);
    const final = countIn(batch.tally, ...buckets);
    if (!last || last.final === final) return;
    const id = `changed/${batch._id}/final-${final}`;
    const variables = {
      tenantId: batch.tenantId,
      batchId: batch._id,
      switches: batch.switches,
      hasCallback: Boolean(batch.callbackUrl),
    };
    const entry = {
      kind: 'message',
      name: messages.batchResultsChanged,
      key: batch._id,
      messageId: id,
      variables,
    } as const;
    await outbox.add([{ id, tenantId: batch.tenantId, batchId: batch._id, entry }]);
  }
}
