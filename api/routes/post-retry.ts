/** POST /api/v1/batches/{id}/retry: failed rows of a closed batch become a batch of their own. */
import { createHash } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { invalidRequest, type NamedError, Problem } from '../../domain/problem.ts';
import type { BatchDoc, RetryDoc } from '../../store/documents.ts';
import { type RetryBatch, retryableCodes } from '../../store/retry-batch.ts';
import { actorOf } from '../actor.ts';
import { checkedReason, commander } from '../commander.ts';
import type { ApiDeps } from '../deps.ts';
import { checkStillPaying } from '../programme-header.ts';
import { batchOf, headerText, isLabel, readObject, readQuery, tenantOf } from '../request.ts';
import { erasedProblem } from './retention.ts';

/** A child's rows stand in one document of the database; what is left over is for the next retry. */
const rowsMax = 1_000_000;

export function postRetry(deps: ApiDeps, retryBatch: RetryBatch): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const by = commander(req);
    const asked = await readRetry(req);
    const batch = await batchOf(deps, req, tenant);
    if (batch.erasedAt) throw erasedProblem(batch.erasedAt);
    const { retryOf } = batch;
    if (retryOf) {
      throw new Problem('command-not-applicable', `the batch is itself retry ${retryOf.k}: retry its parent`, {
        batch_status: batch.status,
        hold: batch.hold ?? null,
        parent: batchPath(retryOf.batchId),
      });
    }
    if (batch.route) {
      const { kind, id, round } = batch.route;
      const cure = kind === 'route' ? `POST /api/v1/routes/${id}/retry` : 'ask for the withdrawal again';
      throw new Problem('command-not-applicable', `the batch is round ${round} of a ${kind}: ${cure}`, {
        batch_status: batch.status,
        hold: batch.hold ?? null,
      });
    }
    if (batch.programme) await checkStillPaying(deps, tenant._id, batch.programme);
    const requestKey = requestKeyOf(req);
    const said = await retryBatch(batch, { ...asked, by, at: deps.now(), actor: actorOf(req), requestKey });
    if (said.kind !== 'begun' && said.kind !== 'replayed') throw refusal(batch, said);
    if (said.kind === 'replayed') res.set('Idempotent-Replayed', 'true');
    const { child, k, count } = said.retry;
    deps.log.info('batch commanded', { batchId: batch._id, command: 'retry', child, k, rows: count });
    res.set('Location', batchPath(child));
    res.status(202).json({ batch_id: batch._id, ...shownRetry(said.retry) });
  };
}

/** The client's Idempotency-Key, hashed; undefined where there is none. */
function requestKeyOf(req: Request): string | undefined {
  const key = headerText(req, 'idempotency-key');
  if (key === undefined) return undefined;
  if (!isLabel(key, 255)) {
    throw invalidRequest([{ name: 'Idempotency-Key', message: 'write up to 255 printable characters' }]);
  }
  return createHash('sha256').update(key).digest('base64url');
}

async function readRetry(req: Request): Promise<{ reason: string; codes?: number[]; rowsMax: number }> {
  const { reason, maxRows = rowsMax, errorCodes } = await readObject(req, ['reason', 'maxRows', 'errorCodes']);
  const errors: NamedError[] = [];
  if (!Number.isInteger(maxRows) || Number(maxRows) < 1 || Number(maxRows) > rowsMax) {
    errors.push({ name: 'maxRows', message: `write a whole number from 1 to ${rowsMax}` });
  }
  const isList = Array.isArray(errorCodes) && errorCodes.length > 0;
  if (errorCodes !== undefined && !(isList && errorCodes.every((code) => retryableCodes.includes(code)))) {
    errors.push({ name: 'errorCodes', message: `write a list of some of ${retryableCodes.join(', ')}` });
  }
  const why = checkedReason(reason, errors);
  if (errors.length > 0) throw invalidRequest(errors);
  return { reason: why, rowsMax: Number(maxRows), codes: errorCodes as number[] | undefined };
}

function refusal(
  batch: BatchDoc,
  said: { kind: 'notFinal' | 'nothing' } | { kind: 'underWay'; child: string },
): Problem {
  if (said.kind === 'underWay') {
    const detail = 'the retry before is under way: come back when it has ended';
    return new Problem('retry-under-way', detail, { child: batchPath(said.child) });
  }
  if (said.kind === 'nothing') {
    const detail = 'no row of the batch failed in a way that trying again could mend, or not by the given errorCodes';
    return new Problem('nothing-to-retry', detail);
  }
  return new Problem(
    'command-not-applicable',
    `the batch is ${batch.status}: only a batch that has ended can be retried`,
    {
      batch_status: batch.status,
      hold: batch.hold ?? null,
    },
  );
}

export function shownRetry({ k, child, count, by, reason, at }: Omit<RetryDoc, 'rows'>) {
  return {
    k: Number(k),
    child,
    rows: Number(count),
    by,
    reason,
    given_at: at.toISOString(),
    status_url: batchPath(child),
  };
}

export function batchPath(batchId: string): string {
  return `/api/v1/batchtransactions/${batchId}`;
}
