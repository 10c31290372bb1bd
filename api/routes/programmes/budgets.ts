/** GET /api/v1/programmes/{id}/budgets and …/entries, POST …/{id}/adjustments: what is left of a budget, why, and what people change about it. */
import type { Request, RequestHandler } from 'express';
import { invalidRequest, type NamedError, Problem } from '../../../domain/problem.ts';
import { parseExact } from '../../../platform/exact-json.ts';
import type { Budgets } from '../../../store/budgets/budgets.ts';
import { readBudgets, readEntries } from '../../../store/budgets/read-budgets.ts';
import type { ProgrammeDoc } from '../../../store/programme-documents.ts';
import type { Programmes } from '../../../store/programmes.ts';
import type { JournalDoc } from '../../../store/wallet-documents.ts';
import { actorOf } from '../../actor.ts';
import { checkedReason, commander } from '../../commander.ts';
import type { ApiDeps } from '../../deps.ts';
import { currencyField, positiveMinor } from '../../money-field.ts';
import { isLabel, type Query, readObject, readQuery, tenantOf, uuidIn } from '../../request.ts';
import { requestKey } from '../wallets/wallet-of.ts';
import { programmeIn } from './programmes.ts';
import { shownBudget, shownEntry } from './shown.ts';

export function getBudgets(deps: ApiDeps, programmes: Programmes): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const programme = await programmeIn(programmes, req, tenant);
    const budgets = await readBudgets(deps.c, programme, deps.now());
    res.json({ programme: programme.id, budgets: budgets.map(shownBudget) });
  };
}

export function listEntries(deps: ApiDeps, programmes: Programmes): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['currency', 'period', 'batch_id', 'cursor', 'limit']);
    const only = { currency: query.text('currency'), period: query.text('period'), batchId: uuidIn(query, 'batch_id') };
    if (only.period !== undefined && only.currency === undefined) query.problem('currency', 'say of which currency');
    const limit = query.whole('limit', 50, 1, 200);
    const before = readPlace(query);
    query.done();
    const programme = await programmeIn(programmes, req, tenant);
    const found = await readEntries(deps.c, programme, only, limit, before);
    const page = found.slice(0, limit);
    res.json({
      entries: page.map(shownEntry),
      next_cursor: found.length > limit ? placeText(page.at(-1)!) : null,
    });
  };
}

/** `direction` out takes what is available away. */
export function postAdjustment(deps: ApiDeps, programmes: Programmes, budgets: Budgets): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const by = commander(req);
    const { text: key } = requestKey(req);
    const programme = await programmeIn(programmes, req, tenant);
    const asked = await readAdjustment(req, programme);
    if (programme.state === 'closed') {
      throw new Problem('programme-not-paying', 'the programme was closed, for ever: its budget stays as it is');
    }
    const said = await budgets.adjust({ programme, ...asked, key, by, actor: actorOf(req) });
    if (said.kind === 'keyReused') {
      throw new Problem('idempotency-key-reused', 'this key came before with another adjustment: use a new one');
    }
    if (said.kind === 'noBudget') throw invalidRequest([{ name: 'currency', message: 'has no budget any more' }]);
    if (said.kind === 'refused') {
      throw new Problem('insufficient-funds', 'the budget has less than that available: what is held and paid stays');
    }
    if (said.kind === 'adjusted')
      deps.log.info('budget adjusted', { tenantId: tenant._id, programmeId: programme.id, by });
    else res.set('Idempotent-Replayed', 'true');
    const standing = await readBudgets(deps.c, programme, deps.now());
    const budget = standing.find(({ currency, isCurrent }) => isCurrent && currency === asked.currency);
    if (!budget) throw new Error(`programme ${programme.id} has no budget in ${asked.currency}`);
    res.status(201).json(shownBudget(budget));
  };
}

async function readAdjustment(req: Request, { limits }: ProgrammeDoc) {
  const names = ['currency', 'amount', 'direction', 'reason', 'reference'];
  const body = await readObject(req, names, undefined, parseExact);
  const { amount, direction = 'in', reason, reference } = body;
  const errors: NamedError[] = [];
  const currency = currencyField(body.currency, 'currency', errors);
  const own = limits.filter(({ budget }) => budget).map((limit) => limit.currency);
  if (currency !== undefined && !own.includes(currency)) {
    const cure = own.length > 0 ? `write one of ${own.join(', ')}` : 'set one first';
    errors.push({ name: 'currency', message: `the programme has no budget in it: ${cure}` });
  }
  const minor = currency === undefined ? 0n : (positiveMinor(amount, currency, 'amount', errors) ?? 0n);
  if (direction !== 'in' && direction !== 'out') errors.push({ name: 'direction', message: 'write in or out' });
  if (reference !== undefined && !(typeof reference === 'string' && isLabel(reference, 128))) {
    errors.push({ name: 'reference', message: 'write up to 128 printable characters' });
  }
  const why = checkedReason(reason, errors);
  if (errors.length > 0 || currency === undefined) throw invalidRequest(errors);
  return { currency, minor: direction === 'out' ? -minor : minor, reason: why, ref: reference as string | undefined };
}

function placeText({ at, _id }: JournalDoc): string {
  return Buffer.from(`${at.getTime()}/${_id}`).toString('base64url');
}

function readPlace(query: Query): { at: Date; key: string } | undefined {
  const text = query.text('cursor');
  if (text === undefined) return undefined;
  const [, ms, key] = /^(\d{1,15})\/(.{1,600})$/.exec(Buffer.from(text, 'base64url').toString('utf8')) ?? [];
  if (ms !== undefined && key !== undefined) return { at: new Date(Number(ms)), key };
  query.problem('cursor', 'hand back next_cursor of the page before as it came');
  return undefined;
}
