/** GET /api/v1/conflicts and POST …/{id}/resolve: rails that contradict the books, and what people found out. */
import type { RequestHandler } from 'express';
import { rowKeyBytes, rowOfKey } from '../../domain/ids.ts';
import { Problem } from '../../domain/problem.ts';
import type { Conflicts } from '../../store/conflicts.ts';
import type { ConflictDoc, PaymentDoc } from '../../store/documents.ts';
import type { OperatorCommands } from '../../store/operator-commands.ts';
import type { ApiDeps } from '../deps.ts';
import { readQuery, tenantOf, uuidIn } from '../request.ts';
import { amountOf } from './batch-payments.ts';
import { readCommand } from './command-body.ts';
import { readPlace, shownPlace } from './place.ts';

export function listConflicts(deps: ApiDeps, conflicts: Conflicts): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['state', 'batch', 'cursor', 'limit']);
    const state = query.word('state', ['open', 'resolved', 'all']) ?? 'open';
    const batchId = uuidIn(query, 'batch');
    const after = readPlace(query);
    const limit = query.whole('limit', 50, 1, 200);
    query.done();
    const isOpen = state === 'all' ? undefined : state === 'open';
    const found = await conflicts.list({ tenantId: tenant._id, batchId, isOpen }, after, limit);
    const payments = await paymentsOf(deps, found);
    const last = found.length === limit ? found.at(-1) : undefined;
    res.json({
      conflicts: found.map((doc) => ({ ...shownConflict(doc), ...shownPayment(payments.get(keyOf(doc))) })),
      next_cursor: last ? shownPlace(last.at, last._id) : null,
    });
  };
}

export function postConflictResolution(
  deps: ApiDeps,
  conflicts: Conflicts,
  commands: OperatorCommands,
): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const { actor, by, reason, idempotencyKey } = await readCommand(req);
    const id = String(req.params.id).replace(':', '/');
    const conflict = await conflicts.get(tenant._id, id);
    if (!conflict)
      throw new Problem('not-found', 'the tenant has no conflict of this id: GET /api/v1/conflicts lists them');
    const at = deps.now();
    const command = 'resolve-conflict' as const;
    const object = { kind: 'payment', id: id.slice(0, id.indexOf('/')) };
    if (!conflict.resolved) {
      await commands.note({
        actor,
        tenantId: tenant._id,
        object,
        command,
        by,
        reason,
        at,
        idempotencyKey,
        detail: { got: conflict.got },
      });
      deps.log.info('conflict resolved', { conflict: id });
    }
    const stands = (await conflicts.resolve(id, { by, reason, at })) ?? conflict;
    const payments = await paymentsOf(deps, [stands]);
    res.json({ ...shownConflict(stands), ...shownPayment(payments.get(keyOf(stands))) });
  };
}

export function shownConflict({ _id, had, got, text, at, resolved, batchId, row }: ConflictDoc) {
  return {
    id: _id.replace('/', ':'),
    end_to_end_id: _id.slice(0, _id.indexOf('/')),
    batch_id: batchId,
    row: Number(row),
    had,
    got,
    text,
    at: at.toISOString(),
    resolved: resolved ? { by: resolved.by, reason: resolved.reason, at: resolved.at.toISOString() } : null,
  };
}

function shownPayment(payment: PaymentDoc | undefined) {
  return {
    rail: payment?.rail ?? null,
    amount: payment ? amountOf(payment) : null,
    currency: payment?.currency ?? null,
  };
}

function keyOf({ batchId, row }: ConflictDoc): string {
  return `${batchId}/${Number(row)}`;
}

async function paymentsOf({ c }: ApiDeps, conflicts: readonly ConflictDoc[]): Promise<Map<string, PaymentDoc>> {
  const keys = conflicts.map(({ batchId, row }) => rowKeyBytes(batchId, Number(row)));
  const docs = await c.payments.find({ _id: { $in: keys } }).toArray();
  const byHex = new Map(docs.map((doc) => [doc._id.toString('hex'), doc]));
  return new Map(
    conflicts.flatMap((conflict, i) => {
      const doc = byHex.get(keys[i]!.toString('hex'));
      return doc && rowOfKey(doc._id) === Number(conflict.row) ? [[keyOf(conflict), doc] as const] : [];
    }),
  );
}
