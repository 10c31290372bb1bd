/** The registry of job types served here, a line each. */
import type { JobType } from '../platform/job.ts';
import { authorizeBudget } from './bulk-transfer/authorize-budget.ts';
import { buildRetry } from './bulk-transfer/build-retry.ts';
import { cancelPayments } from './bulk-transfer/cancel-payments.ts';
import { checkSuccessThreshold } from './bulk-transfer/check-success-threshold.ts';
import { closeBatch } from './bulk-transfer/close-batch.ts';
import { deduplicatePayments } from './bulk-transfer/deduplicate-payments.ts';
import { dispatchBatch } from './bulk-transfer/dispatch-batch.ts';
import { expireApproval } from './bulk-transfer/expire-approval.ts';
import { formatPayments } from './bulk-transfer/format-payments.ts';
import { mergeResults } from './bulk-transfer/merge-results.ts';
import { notifyPayees } from './bulk-transfer/notify-payees.ts';
import { notifyTenant } from './bulk-transfer/notify-tenant.ts';
import { orderPayments } from './bulk-transfer/order-payments.ts';
import { recountBatch } from './bulk-transfer/recount-batch.ts';
import { requestApproval } from './bulk-transfer/request-approval.ts';
import { sendAcknowledgement } from './bulk-transfer/send-acknowledgement.ts';
import { splitBatch } from './bulk-transfer/split-batch.ts';
import { validateBatch } from './bulk-transfer/validate-batch.ts';
import type { WorkerDeps } from './deps.ts';
import { settlePayment } from './payments/settle-payment.ts';
import { settleSubBatch } from './payments/settle-sub-batch.ts';
import { reverseParts } from './routes/reverse-parts.ts';
import { sendParts } from './routes/send-parts.ts';
import { settleParts } from './routes/settle-parts.ts';
import { settleReversal } from './routes/settle-reversal.ts';

const registry = {
  'notify-tenant': notifyTenant,
  'validate-batch': validateBatch,
  'deduplicate-payments': deduplicatePayments,
  'authorize-budget': authorizeBudget,
  'request-approval': requestApproval,
  'expire-approval': expireApproval,
  'cancel-payments': cancelPayments,
  'order-payments': orderPayments,
  'format-payments': formatPayments,
  'split-batch': splitBatch,
  'dispatch-batch': dispatchBatch,
  'recount-batch': recountBatch,
  'check-success-threshold': checkSuccessThreshold,
  'merge-results': mergeResults,
  'close-batch': closeBatch,
  'send-acknowledgement': sendAcknowledgement,
  'notify-payees': notifyPayees,
  'build-retry': buildRetry,
  'settle-sub-batch': settleSubBatch,
  'settle-payment': settlePayment,
  'send-parts': sendParts,
  'settle-parts': settleParts,
  'reverse-parts': reverseParts,
  'settle-reversal': settleReversal,
} satisfies Record<string, (deps: WorkerDeps) => JobType>;

/** Job types that a model may name. */
export const workerTypes: readonly string[] = Object.keys(registry);

/** Those that walk through all rows of a batch. */
const walkers: ReadonlySet<string> = new Set<keyof typeof registry>([
  'validate-batch',
  'deduplicate-payments',
  'authorize-budget',
  'cancel-payments',
  'order-payments',
  'format-payments',
  'split-batch',
  'merge-results',
]);

/** `large` keeps large batches from taking every hand. */
export function workerJobs(deps: WorkerDeps, large: (job: JobType) => JobType): JobType[] {
  return Object.values(registry)
    .map((create) => create(deps))
    .map((job) => (walkers.has(job.type) ? large(job) : job));
}
