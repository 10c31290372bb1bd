/** GET …/batchtransactions/{id}/detail: the batch's payments, page by page, as the seed shows them. */
import type { RequestHandler } from 'express';
import { endToEndIdOf } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money.ts';
import { exactNumber, stringifyExact } from '../../platform/exact-json.ts';
import type { BatchDoc } from '../../store/documents.ts';
import type { ReadBatches, RowRead } from '../../store/read-batches.ts';
import { plainNumber } from '../batch-counts.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, readQuery, tenantOf } from '../request.ts';
import { shownPayment } from '../shown-payment.ts';

export function getBatchDetail(deps: ApiDeps, read: ReadBatches): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['pageNo', 'pageSize', 'cursor', 'status']);
    const pageSize = query.whole('pageSize', 10, 1, 1_000);
    const pageNo = query.whole('pageNo', 0, 0, 10_000_000);
    const cursor = query.text('cursor') === undefined ? undefined : query.whole('cursor', 0, 0, 4_000_000_000);
    const status = query.word('status', ['ALL', 'COMPLETED', 'FAILED', 'IN_PROGRESS'] as const);
    const word = status === 'ALL' ? undefined : status;
    if (cursor !== undefined && query.text('pageNo') !== undefined) query.problem('cursor', 'stands in for pageNo');
    if (word && pageNo > 0) query.problem('pageNo', 'pages of one status are read by cursor: follow the Link header');
    query.done();
    const batch = await batchOf(deps, req, tenant);
    const rows = await read.rowsAfter(batch, cursor ?? pageNo * pageSize, pageSize, word);
    const last = rows.at(-1)?.row;
    if (last !== undefined && rows.length === pageSize && last < Number(batch.rows ?? 0)) {
      const next = new URLSearchParams({ cursor: String(last), pageSize: String(pageSize), ...(status && { status }) });
      res.set('Link', `<${req.path}?${next}>; rel="next"`);
    }
    res.type('application/json').send(stringifyExact(rows.map((row) => transferOf(batch, row))));
  };
}

/** As the seed shows it, in its order. */
export function transferOf(batch: BatchDoc, { row, payment, outcome, returned, sentAt }: RowRead) {
  const { currency, direction, errorInformation, ...parties } = shownPayment(
    { payment, outcome, returned },
    batch.tenantId,
  );
  return {
    id: row,
    workflowInstanceKey: batch.processInstanceKey ? exactNumber(batch.processInstanceKey) : null,
    transactionId: endToEndIdOf(batch._id, row),
    startedAt: (sentAt ?? batch.startedAt ?? batch.createdAt).getTime(),
    ...parties,
    amount: amountOf(payment),
    currency,
    direction,
    errorInformation,
    batchId: batch._id,
  };
}

/** The exact digits, without zeros at the end; null where the file's amount cannot be read. */
function amountOf({ minor, currency, amount }: RowRead['payment']): unknown {
  const text = minor === undefined ? amount : formatMoney({ minor: BigInt(minor), currency });
  if (!/^(0|[1-9]\d*)(\.\d+)?$/.test(text)) return null;
  return exactNumber(plainNumber(text));
}
