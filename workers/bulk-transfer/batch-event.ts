/** What a webhook or a notification says of a batch: ids, status, counts and amounts; no rows, no persons. */
import { formatMoney } from '../../domain/money.ts';
import { amountIn, countIn, failedBuckets, noCurrency, pendingCount } from '../../domain/tally.ts';
import type { BatchDoc } from '../../store/documents.ts';

export function batchEvent(about: {
  readonly eventId: string;
  readonly event: string;
  readonly batch: BatchDoc;
  readonly publicUrl: string;
  readonly at: Date;
}) {
  const { batch, publicUrl } = about;
  const { tally } = batch;
  const path = `${publicUrl}/api/v1`;
  return {
    event_id: about.eventId,
    event: about.event,
    occurred_at: about.at.toISOString(),
    batch_id: batch._id,
    request_id: batch.requestId,
    tenant_id: batch.tenantId,
    status: batch.status,
    total: countIn(tally, 'asked'),
    successful: countIn(tally, 'completed'),
    failed: countIn(tally, ...failedBuckets),
    pending: pendingCount(tally),
    ...(batch.returned ? { returned: countIn(tally, 'returned') } : {}),
    totals: Object.fromEntries(
      Object.keys(tally)
        .filter((currency) => currency !== noCurrency)
        .map((currency) => [currency, amountsOf(batch, currency)]),
    ),
    ...(batch.retryOf ? { retry_of: batch.retryOf.batchId } : {}),
    ...(batch.problem ? { problem: batch.problem } : {}),
    status_url: `${path}/batchtransactions/${batch._id}`,
    ...(batch.results.length > 0 ? { result_url: `${path}/batches/${batch._id}/result` } : {}),
    ...(batch.results.some(({ reportKey }) => reportKey)
      ? { report_url: `${path}/batches/${batch._id}/result?format=pain.002` }
      : {}),
  };
}

function amountsOf({ tally }: BatchDoc, currency: string) {
  const text = (minor: bigint) => formatMoney({ minor, currency });
  const total = amountIn(tally, currency, 'asked');
  const successful = amountIn(tally, currency, 'completed');
  const failed = amountIn(tally, currency, ...failedBuckets);
  return {
    total: text(total),
    successful: text(successful),
    failed: text(failed),
    pending: text(total - successful - failed),
  };
}
