/** Batches in the fields that clients of Payment Hub EE read. Amounts are exact JSON numbers, null where a batch has several currencies. */

import { endToEndIdOf } from '../../domain/ids.ts';
import type { BatchStatus } from '../../domain/outcome.ts';
import { detailWordOf } from '../../domain/outcome.ts';
import { addTallies, type Tally } from '../../domain/tally.ts';
import { exactNumber } from '../../platform/exact-json.ts';
import type { BatchDoc, SubBatchDoc } from '../../store/documents.ts';
import type { RowRead } from '../../store/read-batches.ts';
import { countsOf, plainNumber, scalarsOf } from '../batch-counts.ts';
import { transferOf } from '../routes/get-batch-detail.ts';

export type StatusWord = 'COMPLETED' | 'Pending' | 'Failed';

/** A batch of which some payments failed is COMPLETED all the same: its counts say so. */
export function statusWordOf(status: BatchStatus): StatusWord {
  if (status === 'rejected' || status === 'cancelled') return 'Failed';
  return ['completed', 'below_threshold', 'completed_with_pending'].includes(status) ? 'COMPLETED' : 'Pending';
}

export type Counted = ReturnType<typeof countedOf>;

/** Counts and amounts under the names that every shape has. */
export function countedOf(tally: Tally) {
  const { total, successful, failed, pending } = countsOf(tally);
  const amounts = scalarsOf(tally)?.amounts;
  const number = (text: string | undefined) => (text === undefined ? null : exactNumber(plainNumber(text)));
  return {
    total,
    ongoing: pending,
    successful,
    failed,
    totalAmount: number(amounts?.total),
    pendingAmount: number(amounts?.pending),
    successfulAmount: number(amounts?.successful),
    failedAmount: number(amounts?.failed),
  };
}

/** Percent of all rows, up to two digits, as text. */
export function percent(part: number, total: number): string {
  return total === 0 ? '0' : String(Math.round((part / total) * 10_000) / 100);
}

export function batchDto(batch: BatchDoc, tally: Tally, file: string) {
  const counted = countedOf(tally);
  return {
    batchId: batch._id,
    requestId: batch.requestId,
    ...counted,
    file,
    notes: batch.notes,
    createdAt: batch.createdAt.toISOString(),
    status: statusWordOf(batch.status),
    modes: batch.modes.join(','),
    purpose: batch.purpose,
    failPercentage: percent(counted.failed, counted.total),
    successPercentage: percent(counted.successful, counted.total),
    registeringInstitutionId: batch.institution ?? null,
    payerFsp: batch.tenantId,
    correlationId: batch.requestId,
  };
}

/** Of `GET /batches?offset&limit`. */
export function listedBatch(batch: BatchDoc, tally: Tally, result: string | null) {
  const { total, ongoing, successful, failed, ...amounts } = countedOf(tally);
  return {
    batchId: batch._id,
    subBatchId: null,
    requestId: batch.requestId,
    requestFile: batch.fileName,
    totalTransactions: total,
    ongoing,
    failed,
    completed: successful,
    totalAmount: amounts.totalAmount,
    ongoingAmount: amounts.pendingAmount,
    failedAmount: amounts.failedAmount,
    completedAmount: amounts.successfulAmount,
    result_file: result,
    resultGeneratedAt: batch.results.at(-1)?.at.getTime() ?? null,
    note: batch.notes || null,
    workflowKey: null,
    workflowInstanceKey: batch.processInstanceKey ?? null,
    startedAt: batch.createdAt.getTime(),
    completedAt: batch.closedAt?.getTime() ?? null,
    paymentMode: batch.modes.join(','),
    registeringInstitutionId: batch.institution ?? null,
    payerFsp: batch.tenantId,
    correlationId: batch.requestId,
    approvedAmount: amounts.totalAmount,
    approvedCount: total,
    status: statusWordOf(batch.status),
  };
}

/** Of `GET /batches/{id}`, without its sub-batches. */
export function batchSummary(batch: BatchDoc, tally: Tally, file: string, at: Date) {
  const counted = countedOf(tally);
  return {
    batchId: batch._id,
    requestId: batch.requestId,
    startedAt: batch.createdAt.toISOString(),
    completedAt: batch.closedAt?.toISOString() ?? null,
    registeringInstitutionId: batch.institution ?? null,
    ...counted,
    file,
    notes: batch.notes,
    createdAt: batch.createdAt.toISOString(),
    status: statusWordOf(batch.status),
    modes: batch.modes.join(','),
    purpose: batch.purpose,
    failedPercentage: percent(counted.failed, counted.total),
    successPercentage: percent(counted.successful, counted.total),
    payerFsp: batch.tenantId,
    payeeFsp: [] as string[],
    generatedBy: batch.tenantId,
    generatedAt: at.toISOString(),
    approvedTransactionCount: counted.total,
    approvedAmount: counted.totalAmount,
  };
}

export function subBatchSummary(batch: BatchDoc, sub: Omit<SubBatchDoc, 'runs'>) {
  const counted = countedOf(addTallies(sub.asked, sub.tally));
  return {
    batchId: batch._id,
    subBatchId: sub._id,
    requestId: batch.requestId,
    startedAt: (sub.dispatchedAt ?? sub.createdAt).toISOString(),
    completedAt: sub.settledAt?.toISOString() ?? null,
    ...counted,
    status: sub.status === 'settled' ? ('COMPLETED' as const) : ('Pending' as const),
    modes: sub.rail,
    failedPercentage: percent(counted.failed, counted.total),
    successPercentage: percent(counted.successful, counted.total),
    payerFsp: batch.tenantId,
    payeeFspSet: sub.institution === undefined ? [] : [sub.institution],
    budgetAccount: batch.programme?.payer.id ?? null,
    registeringInstitutionId: batch.institution ?? null,
  };
}

export function instructionOf(batch: BatchDoc, { row, payment, outcome, sentAt }: RowRead, subBatchId: string | null) {
  const { amount } = transferOf(batch, { row, payment, outcome, sentAt });
  return {
    instructionId: endToEndIdOf(batch._id, row),
    payerFsp: batch.tenantId,
    payeeFunctionalId: payment.payee.id,
    amount,
    status: detailWordOf(outcome?.status),
    reason:
      outcome && outcome.status !== 'completed' ? [outcome.text, outcome.railText].filter(Boolean).join(': ') : null,
    startedAt: sentAt?.toISOString() ?? null,
    completedAt: outcome?.at.toISOString() ?? null,
    subBatchId,
  };
}

/** A payment of a batch with the names and types of Payment Hub EE's transfers: keys and amounts are text. */
export function transferDto(batch: BatchDoc, read: RowRead) {
  const { id: _, workflowInstanceKey: __, amount, ...transfer } = transferOf(batch, read);
  return {
    workflowInstanceKey: batch.processInstanceKey ?? null,
    ...transfer,
    amount: amount === null ? null : String(amount),
    clientCorrelationId: batch.requestId,
  };
}

/** What Spring calls a page. */
export function pageOf<T>(content: readonly T[], about: { page: number; size: number; total: number }) {
  const { page, size, total } = about;
  const pages = Math.ceil(total / size);
  return {
    content,
    totalElements: total,
    totalPages: pages,
    last: page >= pages - 1,
    first: page === 0,
    size,
    number: page,
    numberOfElements: content.length,
    empty: content.length === 0,
  };
}
