/** Closes the batch when its books balance; when they do not, changes nothing and calls a person. */

import { buckets, countIn, type Tally } from '../../domain/tally.ts';
import { type JobType, textVariable, Unrecoverable } from '../../platform/job.ts';
import type { BatchDoc } from '../../store/documents.ts';
import { announceLateResults } from '../../store/late-results.ts';
import type { WorkerDeps } from '../deps.ts';

export function closeBatch({ c, batches, budgets, alerts, outbox, log }: WorkerDeps): JobType {
  return {
    type: 'close-batch',
    variables: ['batchId'],
    jobsMax: 8,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const { status, imbalances } = await batches.close(batchId, settleBudget);
      if (imbalances.length > 0) {
        log.error('books of a batch do not balance', { batchId, imbalances });
        const { tenantId } = (await batches.get(batchId)) ?? {};
        const detail = `nothing was changed: ${imbalances.join('; ')}`;
        await alerts.raise({ kind: 'books-unbalanced', tenantId, subject: batchId, detail });
        throw new Unrecoverable(`the books do not balance, nothing was changed: ${imbalances.join('; ')}`);
      }
      const batch = await batches.get(batchId);
      if (batch) await mergeAgainIfStale(batch);
      log.info('batch closed', { batchId, status });
      return { status };
    },
  };

  async function settleBudget(batch: BatchDoc, sums: Tally): Promise<void> {
    if (batch.programme) await budgets.settle(batch, sums);
  }

  /** Outcomes and returns that came between merging and closing are in the counts but not in the file: have it merged again. */
  async function mergeAgainIfStale(batch: BatchDoc): Promise<void> {
    const last = batch.results.at(-1);
    const final = countIn(batch.tally, ...buckets, 'returned');
    if (!last || last.final === final) return;
    await announceLateResults(c, outbox, batch, `final-${final}`);
  }
}
