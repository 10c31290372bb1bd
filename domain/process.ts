/** What the models and the code agree on by name: processes, messages, BPMN errors and the variables that travel. */
import type { Switches } from './switches.ts';

/** Messages that start or wake a process. Correlation key and messageId derive from ids, so that a repeat is harmless. */
export const messages = {
  /** Starts bulk-transfer; messageId = batchId. */
  bulkTransferRequested: 'bulk-transfer-requested',
  /** Wakes bulk-transfer; key = batchId; variable `decision`. */
  approvalDecided: 'approval-decided',
  /** Wakes bulk-transfer once each payment of the batch has its outcome; key = batchId. */
  batchSettled: 'batch-settled',
  /** Starts cancel-batch: somebody cancelled the batch; messageId = cancel/{batchId}. */
  batchCancelRequested: 'batch-cancel-requested',
  /** Starts retry-batch: failed rows of a batch are to be sent again; key = child's batchId; messageId = retry/{child's batchId}. */
  batchRetryRequested: 'batch-retry-requested',
  /** Starts late-results: outcomes came after the batch was closed; key = batchId. */
  batchResultsChanged: 'batch-results-changed',
  /** Starts payment-routing: a round of a route is to be paid; messageId = route/{routeId}/{round}. */
  routeRequested: 'route-requested',
  /** Starts wallet-withdrawal, likewise. */
  withdrawalRequested: 'withdrawal-requested',
  /** Starts reverse-route; messageId = reverse/{routeId}/{k}. */
  routeReversalRequested: 'route-reversal-requested',
  /** Starts reverse-payment: a rail is to take a payment back; key = reversalId; messageId = reversal/{reversalId}. */
  paymentReversalRequested: 'payment-reversal-requested',
  /** Starts pay-sub-batch; messageId = subBatchId. */
  paySubBatchRequested: 'pay-sub-batch-requested',
  /** Wakes transfer-<rail> (key = endToEndId) or pay-sub-batch (key = subBatchId) to ask the rail now. */
  railCalledBack: 'rail-called-back',
} as const;

/** Business refusals that a model must have a boundary event for. */
export const bpmnErrors = {
  /** The file as a whole cannot be paid; the batch is `rejected` and its status says why. */
  batchRejected: 'BATCH_REJECTED',
  /** Another instance works on this batch; this one ends at once. */
  batchAlreadyStarted: 'BATCH_ALREADY_STARTED',
  /** The payment has its outcome already or just got a final no; go and settle it. */
  paymentRefused: 'PAYMENT_REFUSED',
  /** The budget of the batch's programme does not cover it; the batch is `rejected`, and each of its rows says why. */
  budgetRefused: 'BUDGET_REFUSED',
} as const;
export type BpmnErrorCode = (typeof bpmnErrors)[keyof typeof bpmnErrors];

/** Variables of bulk-transfer at its start; ids, counts, decisions and S3 keys only. */
export type BulkTransferVariables = {
  readonly tenantId: string;
  readonly batchId: string;
  readonly switches: Switches;
  /** ISO 8601 durations for the model's timers. */
  readonly approvalDeadline: string;
  readonly approvalReminder: string;
  readonly settlementDeadline: string;
  readonly recountEvery: string;
  readonly hasCallback: boolean;
};

/** Variables of pay-sub-batch at its start. */
export type PaySubBatchVariables = {
  readonly tenantId: string;
  readonly batchId: string;
  readonly subBatchId: string;
  readonly rail: string;
  /** Whether payees without an account get one first: the rail can, and the batch's switch says so. */
  readonly createsBeneficiaries: boolean;
};

/** Variables of transfer-<rail> at its start. */
export type TransferVariables = {
  readonly tenantId: string;
  /** Of a single payment its transactionId. */
  readonly batchId: string;
  /** Absent for a single payment. */
  readonly subBatchId?: string;
  readonly row: number;
  readonly rail: string;
  readonly endToEndId: string;
};

/** What the jobs of a payment answer: whether it is final, and if not, how long to wait before asking. */
export type PaymentState = {
  /** `final`: has its outcome. `pending`: the rail has it or may have it, ask. `unsent`: proven not sent, pay again. */
  readonly state: 'final' | 'pending' | 'unsent';
  /** ISO 8601 duration. */
  readonly waitFor: string;
};

/** What the jobs of a sub-batch answer. */
export type SubBatchState = {
  /** Payments without an outcome. */
  readonly open: number;
  /** Of those, how many are proven not sent and may be paid now. */
  readonly unsent: number;
  /** ISO 8601 duration. */
  readonly waitFor: string;
};

/** Process id of a payment on a PAYMENT rail. */
export function transferProcessOf(rail: string): string {
  return `transfer-${rail}`;
}
