/** POST /channel/transfer: one payment, as Payment Hub EE's clients ask for it. */
import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import { Problem } from '../../domain/problem.ts';
import { switchesOf } from '../../domain/switches.ts';
import type { AcceptedTransfer, NewTransfer } from '../../store/accept-transfer.ts';
import type { PartyDoc, TenantDoc } from '../../store/documents.ts';
import { actorOf } from '../actor.ts';
import type { ApiDeps } from '../deps.ts';
import { tenantOf } from '../request.ts';
import { readTransferRequest, type TransferRequest } from '../transfer-request.ts';

export function postTransfer(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    // Where two people must agree on a file, nobody pays alone by another door.
    if (switchesOf(tenant.switches).approval.enable) {
      throw new Problem('approval-required', 'approval.enable is on: send the payment in a file to /batchtransactions');
    }
    if (switchesOf(tenant.switches).budget.enable) {
      throw new Problem('programme-required', 'budget.enable is on: send the payment in a file of a programme');
    }
    const asked = await readTransferRequest(deps, req, tenant);
    await deps.admission.checkRoom(tenant._id, 'transfers');
    const startGraceMs = deps.transferStarter.graceMs();
    const accepted = await deps.acceptTransfer({
      ...newTransfer(deps, tenant, asked, startGraceMs),
      actor: actorOf(req),
    });
    if (accepted.kind === 'keyReused') {
      const key = asked.idempotencyKey === undefined ? 'X-CorrelationID' : 'Idempotency-Key';
      throw new Problem('idempotency-key-reused', `this ${key} came before with another request: use a new one`);
    }
    if (accepted.kind === 'accepted' && startGraceMs > 0) deps.transferStarter.start(accepted.start);
    answer(res, accepted);
    const { transactionId, kind } = accepted;
    deps.log.info(`transfer ${kind}`, { transactionId, tenantId: tenant._id, rail: asked.fields.railId });
  };
}

function newTransfer(
  { rails }: ApiDeps,
  tenant: TenantDoc,
  asked: TransferRequest,
  startGraceMs: number,
): Omit<NewTransfer, 'actor'> {
  const { fields, body, askedMode, requestId, idempotencyKey, callbackUrl } = asked;
  const { mode, railId: rail, amountText: amount, money, currency, note } = fields;
  if (!money) throw new TypeError('a payment that passed its checks has no money');
  const { clientRefId, customData } = body;
  return {
    transfer: { _id: randomUUID(), tenantId: tenant._id, requestId, clientRefId, customData, callbackUrl },
    payment: {
      mode,
      rail,
      payer: docOf(fields.payer),
      payee: docOf(fields.payee),
      amount,
      minor: money.minor,
      currency,
      note,
    },
    railKind: rails.byMode(mode)?.kind ?? rail,
    askedMode,
    idempotencyKey,
    startGraceMs,
  };
}

function docOf({ type, id, dfspId }: TransferRequest['fields']['payer']): PartyDoc {
  return dfspId ? { type, id, dfsp: dfspId } : { type, id };
}

/** The same body for the first answer and every replay of it. */
function answer(res: Response, { kind, transactionId }: Exclude<AcceptedTransfer, { kind: 'keyReused' }>): void {
  res.set('Location', `/channel/transfer/${transactionId}`);
  if (kind === 'replayed') res.set('Idempotent-Replayed', 'true');
  res.status(202).json({ transactionId });
}
