/** GET /api/v1/batches/{id}/payments: the batch's rows, by state, rail, reason and party. */
import type { Request, RequestHandler } from 'express';
import { endToEndIdOf } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money.ts';
import { reasonCodes } from '../../domain/outcome.ts';
import { paymentStates } from '../../domain/payment-state.ts';
import type { BatchDoc, PaymentDoc } from '../../store/documents.ts';
import type { PaymentRow, ReadPayments, RowFilter } from '../../store/read-payments.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, readQuery, tenantOf } from '../request.ts';
import { shownParty } from './party.ts';
import { labelIn } from './search-batches.ts';

const names = ['state', 'rail', 'code', 'payee', 'reference', 'row', 'cursor', 'limit'];
const codes = Object.keys(reasonCodes);

export function getBatchPayments(deps: ApiDeps, read: ReadPayments): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const { filter, after, limit } = readRows(req);
    const batch = await batchOf(deps, req, tenant);
    const { rows, searchedTo, isExhausted } = await read.page(batch, filter, after, limit);
    res.json({
      payments: rows.map((row) => shownRow(batch, row)),
      next_cursor: isExhausted ? null : String(searchedTo),
      searched_to: searchedTo,
      is_exhausted: isExhausted,
    });
  };
}

function readRows(req: Request): { filter: RowFilter; after: number; limit: number } {
  const query = readQuery(req, names);
  const code = query.word('code', codes);
  const filter: RowFilter = {
    state: query.word('state', paymentStates),
    rail: labelIn(query, 'rail'),
    code: code === undefined ? undefined : Number(code),
    payee: labelIn(query, 'payee'),
    reference: labelIn(query, 'reference'),
  };
  const row = query.whole('row', 1, 1, 4_000_000_000);
  const after = query.text('cursor') === undefined ? row - 1 : query.whole('cursor', 0, 0, 4_000_000_000);
  if (query.text('row') !== undefined && query.text('cursor') !== undefined) {
    query.problem('cursor', 'goes on from a page, row begins at one: write one of the two');
  }
  const limit = query.whole('limit', 50, 1, 500);
  query.done();
  return { filter, after, limit };
}

function shownRow(batch: BatchDoc, { row, payment, state, outcome, subBatchId, attempts, startedAt }: PaymentRow) {
  const { payer, payee, mode, rail } = payment;
  return {
    row,
    end_to_end_id: endToEndIdOf(batch._id, row),
    client_id: payment.id,
    request_id: payment.requestId,
    state,
    rail: rail || null,
    mode,
    payer: shownParty(payer, false),
    payee: shownParty(payee, false),
    amount: amountOf(payment),
    currency: payment.currency,
    note: payment.note,
    sub_batch_id: subBatchId ?? null,
    code: codeOf(outcome),
    text: outcome?.text ?? null,
    rail_code: outcome?.railCode ?? null,
    rail_text: outcome?.railText ?? null,
    reference: outcome?.reference ?? null,
    started_at: startedAt?.toISOString() ?? null,
    ended_at: outcome?.at.toISOString() ?? null,
    attempts,
  };
}

/** As the file has it where it is no amount. */
export function amountOf({ minor, currency, amount }: PaymentDoc): string {
  return minor === undefined ? amount : formatMoney({ minor: BigInt(minor), currency });
}

export function codeOf(outcome: PaymentRow['outcome']): number | null {
  if (!outcome || outcome.status === 'completed') return null;
  return Number(outcome.code ?? (outcome.status === 'cancelled' ? 410 : 422));
}
