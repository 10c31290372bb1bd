/** GET /api/v1/payments/{id}: one payment with all that happened to it. */
import type { Request, RequestHandler } from 'express';
import { isUuid } from '../../domain/ids.ts';
import { type ReasonCode, reasonCodes } from '../../domain/outcome.ts';
import { Problem } from '../../domain/problem.ts';
import type { TenantDoc } from '../../store/documents.ts';
import { type FoundPayment, findPayment } from '../../store/find-payment.ts';
import type { HandMarks } from '../../store/hand-marks.ts';
import type { OperatorCommands } from '../../store/operator-commands.ts';
import { type PaymentLife, readPaymentLife } from '../../store/payment-life.ts';
import { actorOf } from '../actor.ts';
import type { ApiDeps } from '../deps.ts';
import { readQuery, tenantOf, uuidIn } from '../request.ts';
import { shownBlock } from '../routes/payer-blocks.ts';
import { amountOf, codeOf } from './batch-payments.ts';
import { shownConflict } from './conflicts.ts';
import { shownHandMark } from './hand-marks.ts';
import { shownParty } from './party.ts';
import { timeLineOf } from './time-line.ts';

export function getPayment(deps: ApiDeps, commands: OperatorCommands, handMarks: HandMarks): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['batch']);
    uuidIn(query, 'batch');
    query.done();
    const found = await paymentOf(deps, req, tenant);
    const [life, given, mark] = await Promise.all([
      readPaymentLife(deps.c, found),
      commands.of('payment', found.endToEndId),
      handMarks.of(found),
    ]);
    const { payment, batch, transfer, unknown } = life;
    res.json({
      end_to_end_id: life.endToEndId,
      transaction_id: transfer?._id ?? null,
      batch_id: batch?._id ?? null,
      row: life.row,
      client_id: payment.id,
      request_id: payment.requestId,
      file_name: batch?.fileName ?? null,
      state: life.state,
      rail: payment.rail || null,
      mode: payment.mode,
      payer: shownParty(payment.payer, false),
      payee: shownParty(payment.payee, false),
      amount: amountOf(payment),
      currency: payment.currency,
      note: payment.note,
      sub_batch_id: life.subBatch?._id ?? null,
      outcome: shownOutcome(life),
      unknown: unknown
        ? { since: unknown.since.toISOString(), age_seconds: ageSeconds(unknown.since, deps.now()), why: unknown.why }
        : null,
      payer_block: life.payerBlock ? shownBlock(life.payerBlock) : null,
      hand_mark: mark ? shownHandMark(mark) : null,
      conflicts: life.conflicts.map(shownConflict),
      process_instance_key: life.processInstanceKey ?? null,
      actions: actionsOf(life),
      timeline: timeLineOf(life, given, mark),
      timeline_is_cut: life.isCut,
    });
  };
}

/** Accounts and phone numbers in full: asked for one payment at a time, by whoever may see them. */
export function getParties(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const { endToEndId, payment } = await paymentOf(deps, req, tenant);
    const object = { kind: 'payment', id: endToEndId };
    await deps.audit.append({ tenantId: tenant._id, who: actorOf(req), action: 'payment.see-parties', object });
    res.json({
      end_to_end_id: endToEndId,
      payer: shownParty(payment.payer, true),
      payee: shownParty(payment.payee, true),
    });
  };
}

/** The tenant's own payment named in the path; another tenant's is as absent as none. */
export async function paymentOf({ c }: ApiDeps, req: Request, tenant: TenantDoc): Promise<FoundPayment> {
  const id = String(req.params.id).toLowerCase();
  const found = isUuid(id) ? await findPayment(c, tenant._id, id) : undefined;
  if (!found)
    throw new Problem('payment-not-found', 'the tenant has no payment of this id: check the id and the tenant');
  return found;
}

/** What a person may do about it now. */
export function actionsOf({ state, attempts, outcome }: PaymentLife): ('ask' | 'hand_mark')[] {
  if (outcome) return [];
  const isSent = attempts.some(({ owner }) => owner !== 'cancel' && owner !== 'refuse');
  return [...(isSent ? (['ask'] as const) : []), ...(state === 'unknown' ? (['hand_mark'] as const) : [])];
}

function shownOutcome({ outcome }: PaymentLife) {
  if (!outcome) return null;
  const { status, stage, text, railCode, railText, reference, at } = outcome;
  const code = codeOf(outcome);
  return {
    status,
    stage,
    code,
    title: code === null ? null : reasonCodes[code as ReasonCode],
    text: text ?? null,
    rail_code: railCode ?? null,
    rail_text: railText ?? null,
    reference: reference ?? null,
    at: at.toISOString(),
  };
}

export function ageSeconds(since: Date, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - since.getTime()) / 1_000));
}
