/** GET /api/v1/transfers as operators ask for it: payments that came alone, newest first. */
import type { RequestHandler } from 'express';
import { endToEndIdOf, soleRow } from '../../domain/ids.ts';
import { paymentStates } from '../../domain/payment-state.ts';
import type { ListTransfers, TransferRow } from '../../store/list-transfers.ts';
import type { ApiDeps } from '../deps.ts';
import { isPaymentHubTransfers, listPaymentHubTransfers } from '../ph-ee/transfers.ts';
import { readQuery, tenantOf } from '../request.ts';
import { amountOf, codeOf } from './batch-payments.ts';
import { shownParty } from './party.ts';
import { readPlace, shownPlace } from './place.ts';

export function listTransfers(deps: ApiDeps, list: ListTransfers): RequestHandler {
  const forPaymentHub = listPaymentHubTransfers(deps);
  return async (req, res, next) => {
    if (isPaymentHubTransfers(req)) return forPaymentHub(req, res, next);
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['state', 'from', 'to', 'cursor', 'limit']);
    const state = query.word('state', paymentStates);
    const filter = { tenantId: tenant._id, state, from: query.date('from'), to: query.date('to') };
    const after = readPlace(query);
    const limit = query.whole('limit', 50, 1, 200);
    query.done();
    const { rows, behind } = await list(filter, after, limit);
    res.json({
      transfers: rows.map(shown),
      next_cursor: behind ? shownPlace(behind.at, behind.id) : null,
    });
  };
}

function shown({ transfer, payment, outcome, state }: TransferRow) {
  return {
    transaction_id: transfer._id,
    end_to_end_id: endToEndIdOf(transfer._id, soleRow),
    client_ref_id: transfer.clientRefId ?? null,
    request_id: transfer.requestId ?? null,
    state,
    rail: payment.rail,
    payer: shownParty(payment.payer, false),
    payee: shownParty(payment.payee, false),
    amount: amountOf(payment),
    currency: payment.currency,
    code: codeOf(outcome),
    text: outcome?.text ?? null,
    created_at: transfer.createdAt.toISOString(),
    ended_at: outcome?.at.toISOString() ?? null,
  };
}
