/** The paths that clients of Payment Hub EE use, and who answers each. docs/payment-hub-ee.md tells what differs. */
import type { ReadBatches } from '../../store/read-batches.ts';
import { may } from '../access.ts';
import type { Methods } from '../app.ts';
import type { ApiDeps } from '../deps.ts';
import { getBatchSummary, getPaymentHubBatch, getSubBatchSummary } from './batches.ts';
import { getPaymentHubDetail, getPaymentHubTransactions } from './payments.ts';
import { signed } from './signature.ts';
import { getSignature, putSignature } from './signature-settings.ts';
import { getTxnState } from './transfers.ts';

export function paymentHubRoutes(deps: ApiDeps, read: ReadBatches): readonly (readonly [string, Methods])[] {
  const both = (path: string, methods: Methods): (readonly [string, Methods])[] => [
    [path, methods],
    [`/api/v1${path}`, methods],
  ];
  return [
    ...both('/batch/detail', { get: may('batches.read', getPaymentHubDetail(deps, read)) }),
    ...both('/batch/transactions', { get: may('batches.read', getPaymentHubTransactions(deps, read)) }),
    ...both('/batch', { get: may('batches.read', getPaymentHubBatch(deps, read)) }),
    ...both('/batch/:id', { get: may('batches.read', getPaymentHubBatch(deps, read)) }),
    ...both('/batches/:id', { get: may('batches.read', getBatchSummary(deps, read)) }),
    ...both('/batches/:id/subBatches/:subBatchId', { get: may('batches.read', getSubBatchSummary(deps)) }),
    ['/channel/txnState/:id', { get: may('transfers.read', signed(deps.signingKey, getTxnState(deps))) }],
    [
      '/api/v1/tenants/:id/signature',
      { get: may('settings.read', getSignature(deps)), put: may('settings.write', putSignature(deps)) },
    ],
  ];
}
