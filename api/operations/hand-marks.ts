/** GET /api/v1/hand-marks and POST /api/v1/payments/{id}/hand-mark, …/confirm, …/refuse: what came of a payment, by the word of two people. */
import type { RequestHandler } from 'express';
import { formatMoney } from '../../domain/money.ts';
import { Problem } from '../../domain/problem.ts';
import type { HandMarkDoc } from '../../store/hand-mark-documents.ts';
import type { Decided, HandMarks } from '../../store/hand-marks.ts';
import type { ApiDeps } from '../deps.ts';
import { isLabel, readQuery, tenantOf } from '../request.ts';
import { readCommand } from './command-body.ts';
import { paymentOf } from './payment.ts';
import { readPlace, shownPlace } from './place.ts';

const outcomes = ['completed', 'rejected'] as const;

export function listHandMarks(deps: ApiDeps, handMarks: HandMarks): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['state', 'cursor', 'limit']);
    const state = query.word('state', ['proposed', 'confirmed', 'refused']);
    const after = readPlace(query);
    const limit = query.whole('limit', 50, 1, 200);
    query.done();
    const found = await handMarks.list({ tenantId: tenant._id, state }, after, limit);
    const last = found.length === limit ? found.at(-1) : undefined;
    res.json({ hand_marks: found.map(shownHandMark), next_cursor: last ? shownPlace(last.at, last._id) : null });
  };
}

export function postHandMark(deps: ApiDeps, handMarks: HandMarks): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const { actor, by, reason, fields } = await readCommand(
      req,
      ['outcome', 'evidence', 'reference'],
      (given, problem) => {
        if (!outcomes.includes(given.outcome as 'completed')) problem('outcome', `write one of ${outcomes.join(', ')}`);
        if (!isText(given.evidence, 1_000)) problem('evidence', 'say how you know, in up to 1000 printable characters');
        if (given.reference !== undefined && !isText(given.reference, 128)) {
          problem('reference', 'write the reference of the rail in up to 128 printable characters, or leave it out');
        }
      },
    );
    const { outcome, evidence, reference } = fields as Pick<HandMarkDoc, 'outcome' | 'evidence' | 'reference'>;
    const found = await paymentOf(deps, req, tenant);
    const said = await handMarks.propose(found, { actor, outcome, evidence, reference, reason, by, at: deps.now() });
    if (said.kind === 'notUnknown') {
      throw new Problem(
        'payment-not-unknown',
        'its rail has answered or may still: only an unknown payment is marked by hand',
      );
    }
    if (said.kind === 'waits' && !isSame(said.mark, { outcome, evidence, by })) {
      const detail = 'a proposal waits for a second person: confirm or refuse that one first';
      throw new Problem('hand-mark-waits', detail, { hand_mark: shownHandMark(said.mark) });
    }
    deps.log.info('hand mark proposed', { endToEndId: found.endToEndId, outcome });
    res.status(202).set('Location', `/api/v1/payments/${found.endToEndId}`).json(shownHandMark(said.mark));
  };
}

/** By another person, on what they saw: the outcome and the amount. */
export function postHandMarkConfirmation(deps: ApiDeps, handMarks: HandMarks): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const { actor, by, reason, fields } = await readCommand(
      req,
      ['outcome', 'amount', 'currency'],
      (given, problem) => {
        if (!outcomes.includes(given.outcome as 'completed')) problem('outcome', 'write the outcome that you saw');
        if (typeof given.amount !== 'string') problem('amount', 'write the amount that you saw, such as "820.00"');
        if (typeof given.currency !== 'string') problem('currency', 'write the currency that you saw, such as USD');
      },
    );
    const found = await paymentOf(deps, req, tenant);
    const mark = await handMarks.of(found);
    if (!mark) throw nothingWaits();
    if (mark.by.toLowerCase() === by.toLowerCase()) {
      throw new Problem('maker-is-checker', 'the same person proposed it: have a second person confirm');
    }
    const { outcome, amount, currency } = shownHandMark(mark);
    if (fields.outcome !== outcome || fields.amount !== amount || fields.currency !== currency) {
      throw new Problem('totals-changed', 'this is not what is proposed: look at it again', {
        outcome,
        amount,
        currency,
      });
    }
    const said = await handMarks.confirm(found, { actor, by, reason, at: deps.now() });
    res.json(shownHandMark(decidedBy(said, by)));
    deps.log.info('hand mark confirmed', { endToEndId: found.endToEndId, outcome });
  };
}

export function postHandMarkRefusal(deps: ApiDeps, handMarks: HandMarks): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const { actor, by, reason } = await readCommand(req);
    const found = await paymentOf(deps, req, tenant);
    const said = await handMarks.refuse(found, { actor, by, reason, at: deps.now() });
    res.json(shownHandMark(decidedBy(said, by)));
    deps.log.info('hand mark refused', { endToEndId: found.endToEndId });
  };
}

export function shownHandMark(mark: HandMarkDoc) {
  const { decided } = mark;
  return {
    end_to_end_id: mark._id.slice(0, mark._id.indexOf('/')),
    batch_id: mark.batchId,
    row: Number(mark.row),
    amount: formatMoney({ minor: BigInt(mark.minor), currency: mark.currency }),
    currency: mark.currency,
    rail: mark.rail,
    outcome: mark.outcome,
    reference: mark.reference ?? null,
    evidence: mark.evidence,
    reason: mark.reason,
    state: decided?.state ?? ('proposed' as const),
    by: mark.by,
    proposed_at: mark.at.toISOString(),
    decided_by: decided?.by ?? null,
    decided_at: decided?.at.toISOString() ?? null,
    decision_reason: decided?.reason ?? null,
  };
}

function decidedBy(said: Decided, by: string): HandMarkDoc {
  if (said.kind === 'settled') {
    throw new Problem('payment-not-unknown', 'its rail has answered meanwhile: look at the payment again');
  }
  if (said.kind === 'none') throw nothingWaits();
  if (said.kind === 'stands' && said.mark.decided?.by !== by) throw nothingWaits();
  return said.mark;
}

function nothingWaits(): Problem {
  return new Problem('no-hand-mark', 'no proposal waits for this payment: it was decided on, or nobody made one');
}

/** Said twice, it is proposed once. */
function isSame(mark: HandMarkDoc, asked: Pick<HandMarkDoc, 'outcome' | 'evidence' | 'by'>): boolean {
  return mark.outcome === asked.outcome && mark.evidence === asked.evidence && mark.by === asked.by;
}

function isText(value: unknown, max: number): value is string {
  return typeof value === 'string' && isLabel(value.trim(), max);
}
