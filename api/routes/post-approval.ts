/** POST /api/v1/batches/{id}/approval: a second person decides on what they have seen. */
import type { Request, RequestHandler } from 'express';
import { invalidRequest, type NamedError, Problem } from '../../domain/problem.ts';
import type { DecideBatch } from '../../store/decide-batch.ts';
import type { BatchDoc, DecisionDoc } from '../../store/documents.ts';
import type { ReadBatches } from '../../store/read-batches.ts';
import { actorOf } from '../actor.ts';
import { openTotals } from '../batch-counts.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, personOf, readObject, readQuery, tenantOf } from '../request.ts';

type Asked = {
  readonly decision: 'approved' | 'refused';
  readonly comment: string;
  readonly count?: number;
  readonly totals?: Readonly<Record<string, string>>;
};

const words: Readonly<Record<string, Asked['decision']>> = {
  approve: 'approved',
  approved: 'approved',
  refuse: 'refused',
  refused: 'refused',
};

export function postApproval(deps: ApiDeps, read: ReadBatches, decide: DecideBatch): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const person = personOf(req);
    if (!person) throw new Problem('person-required', 'only a person decides: sign in; with AUTH=off send X-User');
    const asked = await readDecision(req);
    const batch = await batchOf(deps, req, tenant);
    if (person.toLowerCase() === batch.maker.toLowerCase()) {
      throw new Problem('maker-is-checker', 'the batch was made by the same person: have a second person decide');
    }
    const before = await deps.batches.decision(batch._id);
    if (!before) await checkSeen(read, batch, asked);
    const { decision, comment } = asked;
    const mine = { _id: batch._id, tenantId: tenant._id, decision, by: person, comment, at: deps.now() };
    const seen = { count: asked.count, totals: asked.totals };
    const stands = before ?? (await decide(mine, actorOf(req), seen)).stands;
    if (stands.decision !== decision || stands.by !== person) throw alreadyDecided(stands);
    deps.log.info('batch decided', { batchId: batch._id, decision });
    res.json({
      batch_id: batch._id,
      decision: stands.decision,
      by: stands.by,
      comment: stands.comment,
      decided_at: stands.at.toISOString(),
    });
  };
}

async function readDecision(req: Request): Promise<Asked> {
  const { decision, comment = '', count, totals } = await readObject(req, ['decision', 'comment', 'count', 'totals']);
  const errors: NamedError[] = [];
  const problem = (name: string, message: string) => void errors.push({ name, message });
  const word = typeof decision === 'string' ? words[decision.toLowerCase()] : undefined;
  if (!word) problem('decision', 'write approve or refuse');
  if (typeof comment !== 'string' || comment.length > 1_000) problem('comment', 'write up to 1000 characters');
  if (count === undefined ? word === 'approved' : !Number.isInteger(count)) {
    problem('count', 'write the number of payments that you saw, as in approval.count of the status');
  }
  if (totals === undefined ? word === 'approved' : !isTotals(totals)) {
    problem('totals', 'write the totals that you saw, such as {"USD":"6432.00"}, as in approval.totals of the status');
  }
  if (!word || errors.length > 0) throw invalidRequest(errors);
  return { decision: word, comment: comment as string, count: count as number, totals: totals as Asked['totals'] };
}

function isTotals(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((amount) => typeof amount === 'string')
  );
}

/** Nobody decides on what is not waiting, nor on other sums than those they saw. */
async function checkSeen(read: ReadBatches, batch: BatchDoc, { count, totals }: Asked): Promise<void> {
  if (batch.status !== 'awaiting_approval') {
    throw new Problem(
      'not-awaiting-approval',
      `the batch is ${batch.status}: only one that awaits approval can be decided on`,
    );
  }
  const now = openTotals(await read.tallyOf(batch));
  const isSame =
    (count === undefined || count === now.count) && (totals === undefined || sorted(totals) === sorted(now.totals));
  if (!isSame) throw new Problem('totals-changed', 'count or totals are not those of the batch: look at it again', now);
}

function sorted(totals: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(totals).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function alreadyDecided({ decision, at }: DecisionDoc): Problem {
  const who = decision === 'expired' ? 'the deadline passed' : `it was ${decision}`;
  return new Problem('already-decided', `${who} at ${at.toISOString()}; the first decision stands`);
}
