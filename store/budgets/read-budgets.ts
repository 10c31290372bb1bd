/** Budgets as people read them: what is left, what is held and paid, and every entry. */
import type { TenantId } from '../../domain/ids.ts';
import type { Filter } from '../../platform/mongo.ts';
import type { Collections } from '../collections.ts';
import type { ProgrammeDoc } from '../programme-documents.ts';
import type { JournalDoc } from '../wallet-documents.ts';
import { type BudgetPlace, balancesOf, budgetKey } from './accounts.ts';
import { placeOf } from './budgets.ts';

export type BudgetRead = BudgetPlace & {
  readonly isCurrent: boolean;
  readonly issued: bigint;
  readonly available: bigint;
  readonly held: bigint;
  readonly consumed: bigint;
};

/** Periods of one programme that are shown, the newest. */
const shownMax = 200;

/** Those of now, opened or not, then those of the past, the newest first. */
export async function readBudgets(
  c: Pick<Collections, 'budgets' | 'wallets'>,
  programme: ProgrammeDoc,
  at: Date,
): Promise<BudgetRead[]> {
  const { tenantId, id, limits } = programme;
  const prefix = `${tenantId}/${id}`;
  const opened = await c.budgets
    .find({ _id: { $gt: `${prefix}/`, $lt: `${prefix}0` } })
    .sort({ at: -1, _id: 1 })
    .limit(shownMax)
    .toArray();
  const current = limits.flatMap(({ currency, budget }) =>
    budget ? [{ ...placeOf(programme, currency, budget, at), minor: budget.minor }] : [],
  );
  const currentKeys = new Set(current.map(budgetKey));
  const openedKeys = new Set(opened.map(({ _id }) => _id));
  const balances = await balancesOf(c, tenantId, opened);
  const unopened = current
    .filter((place) => !openedKeys.has(budgetKey(place)))
    .map(({ minor, ...place }) => {
      return { ...place, isCurrent: true, issued: minor, available: minor, held: 0n, consumed: 0n };
    });
  const others = opened.map(({ _id, programmeId, currency, period }) => {
    const { issued, ...parts } = balances.get(_id)!;
    const place = { tenantId, programmeId, currency, period };
    return { ...place, ...parts, isCurrent: currentKeys.has(_id), issued: -issued };
  });
  const [now, past] = [true, false].map((wanted) => others.filter(({ isCurrent }) => isCurrent === wanted));
  return [...now!, ...unopened, ...past!];
}

/** Newest first, before `before`; one more than asked for says that there are more. */
export async function readEntries(
  c: Pick<Collections, 'journal'>,
  { tenantId, id }: ProgrammeDoc,
  only: { readonly currency?: string; readonly period?: string; readonly batchId?: string },
  limit: number,
  before?: { readonly at: Date; readonly key: string },
): Promise<JournalDoc[]> {
  const filter: Filter<JournalDoc> = {
    budget: budgetFilter(tenantId, id, only),
    ...(only.batchId !== undefined && { ref: only.batchId }),
    ...(before && { $or: [{ at: { $lt: before.at } }, { at: before.at, _id: { $lt: before.key } }] }),
  };
  return c.journal
    .find(filter)
    .sort({ at: -1, _id: -1 })
    .limit(limit + 1)
    .toArray();
}

function budgetFilter(tenantId: TenantId, programmeId: string, only: { currency?: string; period?: string }) {
  const { currency, period } = only;
  if (currency !== undefined && period !== undefined) return budgetKey({ tenantId, programmeId, currency, period });
  const prefix = `${tenantId}/${programmeId}${currency === undefined ? '' : `/${currency}`}`;
  return { $gt: `${prefix}/`, $lt: `${prefix}0` };
}
