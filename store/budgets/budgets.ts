/** Budgets: a batch holds its total once, its outcomes consume or release it once each, people add to it and take from it. */
import type { Actor } from '../../domain/audit-chain.ts';
import { type BudgetMove, movesTo, standingOf } from '../../domain/budget.ts';
import { formatMoney } from '../../domain/money.ts';
import { type Budget, periodAt, whyNotPaying } from '../../domain/programme.ts';
import type { Tally } from '../../domain/tally.ts';
import type { ClientSession, Mongo } from '../../platform/mongo.ts';
import { appendAudit } from '../audit.ts';
import type { Collections } from '../collections.ts';
import type { BatchDoc } from '../documents.ts';
import { createLedger } from '../ledger/ledger.ts';
import { journalId, type NewJournalEntry, type Posted, post } from '../ledger/post.ts';
import type { BudgetHoldDoc, BudgetHoldLine, ProgrammeDoc } from '../programme-documents.ts';
import { programmeKey } from '../programmes.ts';
import { type BudgetPart, type BudgetPlace, balancesOf, budgetEntry, budgetKey, openBudget } from './accounts.ts';

export type Held =
  | { readonly kind: 'held'; readonly hold: BudgetHoldDoc }
  /** Nothing was held; why, as the caller reads it. */
  | { readonly kind: 'refused'; readonly why: { readonly title: string; readonly detail: string } };

export type Adjustment = {
  readonly programme: ProgrammeDoc;
  readonly currency: string;
  /** Below zero it is taken away. */
  readonly minor: bigint;
  /** The same after a repeat of the request. */
  readonly key: string;
  readonly actor: Actor;
  readonly by: string;
  readonly reason: string;
  readonly ref?: string;
};

export type Adjusted =
  | { readonly kind: 'adjusted' | 'replayed' }
  | { readonly kind: 'keyReused' | 'noBudget' }
  | Extract<Posted, { kind: 'refused' }>;

export type Budgets = ReturnType<typeof createBudgets>;

const moveParts: Readonly<Record<BudgetMove['kind'], readonly [BudgetPart, BudgetPart]>> = {
  consumption: ['held', 'consumed'],
  release: ['held', 'available'],
  refund: ['consumed', 'available'],
};

export function createBudgets(mongo: Mongo, c: Collections, now: () => Date = () => new Date()) {
  const ledger = createLedger(mongo, c, now);

  /** Holds these amounts for a batch, all or nothing, once: asked again, the hold that is there is answered. */
  async function hold(
    { _id, tenantId, programme: named }: Pick<BatchDoc, '_id' | 'tenantId' | 'programme'>,
    amounts: ReadonlyMap<string, bigint>,
    seen: number,
  ): Promise<Held> {
    if (!named) throw new Error(`batch ${_id} has no programme`);
    return ledger.transact(async (session): Promise<Held> => {
      const had = await c.budgetHolds.findOne({ _id }, { session });
      if (had) return { kind: 'held', hold: had };
      const at = now();
      const programme = await c.programmes.findOne({ _id: programmeKey(tenantId, named.id) }, { session });
      const whyNot = programme ? whyNotPaying(programme, at) : 'it is not there any more';
      if (!programme || whyNot !== undefined) {
        const detail = `programme ${named.id}: ${whyNot}; send the file again for one that pays`;
        return { kind: 'refused', why: { title: 'The programme of the batch pays nothing now', detail } };
      }
      const lines: BudgetHoldLine[] = [];
      for (const [currency, asked] of amounts) {
        const taken = await take(programme, _id, currency, asked, session, at);
        if ('title' in taken) return { kind: 'refused', why: taken };
        lines.push({ currency, period: taken.period, asked, held: asked, consumed: 0n });
      }
      const doc = { _id, tenantId, programmeId: programme.id, lines, seen, heldAt: at };
      await c.budgetHolds.insertOne(doc, { session });
      return { kind: 'held', hold: doc };
    });
  }

  /** Takes one currency's amount out of what is available now; answers the budget, or why there is not enough. */
  async function take(
    programme: ProgrammeDoc,
    batchId: string,
    currency: string,
    minor: bigint,
    session: ClientSession,
    at: Date,
  ): Promise<BudgetPlace | { title: string; detail: string }> {
    const { tenantId, id } = programme;
    const budget = programme.limits.find((limit) => limit.currency === currency)?.budget;
    if (!budget) {
      const detail = `programme ${id} has no budget in ${currency}: have one set, or leave budget.enable off`;
      return { title: 'The programme has no budget', detail };
    }
    const place = placeOf(programme, currency, budget, at);
    const opening = await openBudget(c, programme, place, budget.minor, session, at);
    const about = { cause: `budget/${batchId}/${currency}/hold`, ref: batchId };
    const entries = [...opening, budgetEntry(place, 'hold', ['available', 'held'], minor, about)];
    const posted = await post(c, tenantId, entries, session, { at });
    if (posted.kind === 'posted') return place;
    const left = (await balancesOf(c, tenantId, [place], session)).get(budgetKey(place))!.available;
    const available = opening.length > 0 ? budget.minor : left;
    const text = (amount: bigint) => `${formatMoney({ minor: amount, currency })} ${currency}`;
    const detail = `the rows that can be paid add up to ${text(minor)}, programme ${id} has ${text(available)} left for ${place.period}: send less, or have the budget raised and send the file again`;
    return { title: 'The budget has not enough', detail };
  }

  /** Brings what a batch holds to what its counts say; counts older than those seen before, and repeats, change nothing. */
  async function settle({ _id, tenantId }: Pick<BatchDoc, '_id' | 'tenantId'>, sums: Tally): Promise<void> {
    const { seen, uses } = standingOf(sums);
    await mongo.transaction(async (session) => {
      const doc = await c.budgetHolds.findOne({ _id, tenantId }, { session });
      if (!doc || seen < doc.seen) return;
      const lines: BudgetHoldLine[] = [];
      for (const line of doc.lines) {
        const to = uses.get(line.currency) ?? line;
        await move(doc, line, movesTo(line, to), seen, session);
        lines.push({ ...line, held: to.held, consumed: to.consumed });
      }
      await c.budgetHolds.updateOne({ _id }, { $set: { lines, seen } }, { session });
    });
  }

  async function move(
    { _id: ref, tenantId, programmeId }: BudgetHoldDoc,
    { currency, period }: BudgetHoldLine,
    moves: readonly BudgetMove[],
    seen: number,
    session: ClientSession,
  ): Promise<void> {
    const place = { tenantId, programmeId, currency, period };
    const entries = moves.map(({ kind, minor }): NewJournalEntry => {
      const cause = `budget/${ref}/${currency}/${kind}/${seen}`;
      return budgetEntry(place, kind, moveParts[kind], minor, { cause, ref });
    });
    const posted = await post(c, tenantId, entries, session, { at: now() });
    if (posted.kind === 'refused') throw new Error(`the budget of batch ${ref} cannot be settled: ${posted.why}`);
  }

  /** Adds to a budget of the present period, or takes from what is available of it. */
  async function adjust({ programme, currency, minor, key, actor, ...said }: Adjustment): Promise<Adjusted> {
    const { tenantId, id } = programme;
    const cause = `budget/adjust/${id}/${currency}/${key}`;
    const posted = await ledger.transact(async (session): Promise<Posted | { kind: 'noBudget' }> => {
      const at = now();
      const fresh = await c.programmes.findOne({ _id: programme._id }, { session });
      const budget = fresh?.limits.find((limit) => limit.currency === currency)?.budget;
      if (!fresh || !budget) return { kind: 'noBudget' };
      const place = placeOf(fresh, currency, budget, at);
      const opening = await openBudget(c, fresh, place, budget.minor, session, at);
      const entry = budgetEntry(place, 'adjustment', ['issued', 'available'], minor, { cause, ...said });
      const result = await post(c, tenantId, [...opening, entry], session, { at });
      if (result.kind === 'posted' && result.fresh.includes(cause)) {
        const after = { currency, period: place.period, amount: formatMoney({ minor, currency }) };
        const told = { action: 'budget.adjust', object: { kind: 'programme', id }, after, why: said.reason };
        await appendAudit(c, { tenantId, who: actor, at, ...told }, session);
      }
      return result;
    });
    if (posted.kind !== 'posted') return posted;
    if (posted.fresh.includes(cause)) return { kind: 'adjusted' };
    const first = await c.journal.findOne({ _id: journalId(tenantId, cause) });
    const amount = first?.lines.find((line) => line.minor === minor);
    const isSame = amount && first?.by === said.by && first.reason === said.reason && first.ref === said.ref;
    return { kind: isSame ? 'replayed' : 'keyReused' };
  }

  return { hold, settle, adjust };
}

export function placeOf({ tenantId, id }: ProgrammeDoc, currency: string, { period }: Budget, at: Date): BudgetPlace {
  return { tenantId, programmeId: id, currency, period: periodAt(period, at) };
}
