/** A batch that is not paid as a whole: each row gets its outcome and the reason, and the audit says so once. */
import { theHub } from '../../store/audit.ts';
import { cancelPayments } from '../../store/cancel-payments.ts';
import type { BatchDoc } from '../../store/documents.ts';
import type { WorkerDeps } from '../deps.ts';

export type Rejection = NonNullable<BatchDoc['problem']>;

export function createRejectBatch({
  c,
  books,
  batches,
  audit,
  now,
  log,
}: Pick<WorkerDeps, 'c' | 'books' | 'batches' | 'audit' | 'now' | 'log'>) {
  async function tell({ _id: id, tenantId }: BatchDoc, at: Date, why: string | undefined): Promise<void> {
    const about = { action: 'batch.reject', object: { kind: 'batch', id }, why };
    await audit.append({ tenantId, who: theHub, at, once: `reject/${id}`, ...about });
  }

  return {
    /** At once: its file is not to be paid. */
    async reject(batch: BatchDoc, problem: Rejection): Promise<void> {
      await cancelPayments(c, books, batch._id, { text: `Cancelled: the file was rejected: ${problem.title}` }, now);
      const { closedAt } = await batches.reject(batch._id, problem);
      await tell(batch, closedAt, problem.title);
      log.warn('batch rejected', { batchId: batch._id, problem: problem.title });
    },

    /** Whoever rejected it may have died before the audit said so. */
    async repeat(batch: BatchDoc): Promise<void> {
      await tell(batch, batch.closedAt ?? now(), batch.problem?.title);
    },

    /** Once its results are there and it is closed. Repeated, it finishes what a call before it began. */
    async refuse(batch: BatchDoc, problem: Rejection): Promise<void> {
      const at = await batches.refuse(batch._id, problem);
      await cancelPayments(c, books, batch._id, { text: `Cancelled: ${rejectionText(problem)}` }, now);
      await tell(batch, at, problem.title);
      log.warn('batch refused', { batchId: batch._id, problem: problem.title });
    },
  };
}

export function rejectionText(problem: Rejection | undefined): string {
  return problem ? `${problem.title}: ${problem.detail}` : 'the file was rejected';
}
