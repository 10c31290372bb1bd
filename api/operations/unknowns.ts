/** GET /api/v1/unknowns, POST /api/v1/payments/{id}/ask and /api/v1/batches/{id}/ask-unknowns: money that may have moved, and asking again. */
import type { RequestHandler } from 'express';
import { batchIdOfKey, endToEndIdOf, rowOfKey } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money.ts';
import { Problem } from '../../domain/problem.ts';
import type { Asks } from '../../store/asks.ts';
import type { OperatorCommandDoc, UnknownDoc } from '../../store/documents.ts';
import type { OperatorCommands } from '../../store/operator-commands.ts';
import { readPaymentLife } from '../../store/payment-life.ts';
import type { Unknowns } from '../../store/unknowns.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, type Query, readQuery, tenantOf, uuidIn } from '../request.ts';
import { shownTotals } from './batch-failures.ts';
import { readCommand } from './command-body.ts';
import { actionsOf, ageSeconds, paymentOf } from './payment.ts';
import { readPlace, shownPlace } from './place.ts';
import { labelIn } from './search-batches.ts';

export function listUnknowns(deps: ApiDeps, unknowns: Unknowns): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['rail', 'batch', 'older_than', 'cursor', 'limit']);
    const olderMs = durationIn(query, 'older_than');
    const filter = {
      tenantId: tenant._id,
      rail: labelIn(query, 'rail'),
      batchId: uuidIn(query, 'batch'),
      before: olderMs === undefined ? undefined : new Date(deps.now().getTime() - olderMs),
    };
    const after = readPlace(query);
    const limit = query.whole('limit', 50, 1, 200);
    query.done();
    const [found, ages] = await Promise.all([unknowns.list(filter, after, limit), unknowns.ages(filter)]);
    const [marked, singles] = await Promise.all([markedOf(deps, found), singlesOf(deps, found)]);
    const last = found.length === limit ? found.at(-1) : undefined;
    res.json({
      unknowns: found.map((doc) => shown(doc, deps.now(), marked, singles)),
      next_cursor: last ? shownPlace(last.since, last._id.toString('hex')) : null,
      ages: ages.map(({ upToSeconds, count, totals }) => ({
        up_to_seconds: upToSeconds ?? null,
        count,
        totals: shownTotals(totals),
      })),
    });
  };
}

/** Asked of the rail within seconds, by whichever connector serves it; the payment's time line tells what it said. */
export function postAsk(deps: ApiDeps, asks: Asks, commands: OperatorCommands): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const { actor, by, reason, idempotencyKey } = await readCommand(req);
    const found = await paymentOf(deps, req, tenant);
    const life = await readPaymentLife(deps.c, found);
    if (!actionsOf(life).includes('ask') && life.outcome?.stage !== 'manual') {
      throw new Problem(
        'payment-not-unknown',
        'it was never sent, or its rail has answered: there is nothing to ask about',
      );
    }
    const object = { kind: 'payment', id: found.endToEndId };
    const at = deps.now();
    const said = await commands.note({
      actor,
      tenantId: tenant._id,
      object,
      command: 'ask-payment',
      by,
      reason,
      at,
      idempotencyKey,
    });
    if (said.isNew) await asks.add([found.payment]);
    deps.log.info('rail to be asked by hand', { endToEndId: found.endToEndId, rail: found.payment.rail });
    res.status(202).set('Location', `/api/v1/payments/${found.endToEndId}`);
    res.json({ end_to_end_id: found.endToEndId, asked: true, ...shownGiven(said.command) });
  };
}

export function postAskUnknowns(deps: ApiDeps, asks: Asks, commands: OperatorCommands): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const { actor, by, reason, idempotencyKey } = await readCommand(req);
    const { _id: batchId } = await batchOf(deps, req, tenant);
    const object = { kind: 'batch', id: batchId };
    const at = deps.now();
    const said = await commands.note({
      actor,
      tenantId: tenant._id,
      object,
      command: 'ask-unknowns',
      by,
      reason,
      at,
      idempotencyKey,
    });
    const asked = said.isNew ? await asks.addUnknowns(tenant._id, batchId) : 0;
    deps.log.info('rails to be asked by hand', { batchId, asked });
    res.status(202).set('Location', `/api/v1/unknowns?batch=${batchId}`);
    res.json({ batch_id: batchId, asked, ...shownGiven(said.command) });
  };
}

export function shownGiven({ by, reason, at }: OperatorCommandDoc) {
  return { by, reason, given_at: at.toISOString() };
}

/** `15m`, as durations are written everywhere. */
function durationIn(query: Query, name: string): number | undefined {
  const text = query.text(name);
  if (text === undefined) return undefined;
  const [, n, unit] = /^(\d{1,6})(s|m|h|d)$/.exec(text) ?? [];
  if (n === undefined) query.problem(name, 'write a duration with its unit, such as 15m');
  return Number(n) * ({ s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit ?? 's'] ?? 0);
}

async function markedOf({ c }: ApiDeps, docs: readonly UnknownDoc[]): Promise<ReadonlySet<string>> {
  const batchIds = [...new Set(docs.map(({ _id }) => batchIdOfKey(_id)))];
  const open = c.handMarks.find({ batchId: { $in: batchIds }, isOpen: true }, { projection: { batchId: 1, row: 1 } });
  return new Set((await open.toArray()).map(({ batchId, row }) => `${batchId}/${Number(row)}`));
}

async function singlesOf({ c }: ApiDeps, docs: readonly UnknownDoc[]): Promise<ReadonlySet<string>> {
  const ids = docs.filter(({ subBatchId }) => !subBatchId).map(({ _id }) => batchIdOfKey(_id));
  const found = await c.transfers.find({ _id: { $in: ids } }, { projection: { _id: 1 } }).toArray();
  return new Set(found.map(({ _id }) => _id));
}

function shown(
  { _id, rail, minor, currency, since, why }: UnknownDoc,
  now: Date,
  marked: ReadonlySet<string>,
  singles: ReadonlySet<string>,
) {
  const [id, row] = [batchIdOfKey(_id), rowOfKey(_id)];
  const isSingle = singles.has(id);
  return {
    end_to_end_id: endToEndIdOf(id, row),
    batch_id: isSingle ? null : id,
    row,
    transaction_id: isSingle ? id : null,
    rail,
    amount: formatMoney({ minor: BigInt(minor), currency }),
    currency,
    since: since.toISOString(),
    age_seconds: ageSeconds(since, now),
    why,
    hand_mark: marked.has(`${id}/${row}`) ? 'proposed' : null,
  };
}
