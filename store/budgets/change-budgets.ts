/** What changing a programme does to the budgets that were opened of it: the present period gets the difference. */

import { formatMoney } from '../../domain/money.ts';
import { invalidRequest, Problem } from '../../domain/problem.ts';
import type { ClientSession } from '../../platform/mongo.ts';
import type { Collections } from '../collections.ts';
import { post } from '../ledger/post.ts';
import type { ProgrammeDoc } from '../programme-documents.ts';
import { type BudgetPlace, budgetEntry, budgetKey } from './accounts.ts';
import { placeOf } from './budgets.ts';

/** In the transaction of the change. Throws a problem where less is wanted than is held and paid already. */
export async function changeBudgets(
  c: Collections,
  before: ProgrammeDoc,
  after: ProgrammeDoc,
  session: ClientSession,
  at: Date,
): Promise<void> {
  for (const [i, { currency, budget }] of after.limits.entries()) {
    if (!budget) continue;
    const had = before.limits.find((limit) => limit.currency === currency)?.budget;
    if (had && had.period !== budget.period && (await wasOpened(c, after, currency, session))) {
      const message = `stays ${had.period}, since the budget is in use: make another programme for another period`;
      throw invalidRequest([{ name: `currencies[${i}].budget.period`, message }]);
    }
    await allot(c, placeOf(after, currency, budget, at), budget.minor, after.version, session, at);
  }
}

async function wasOpened(
  c: Collections,
  { tenantId, id }: ProgrammeDoc,
  currency: string,
  session: ClientSession,
): Promise<boolean> {
  const prefix = `${tenantId}/${id}/${currency}`;
  const ofCurrency = { _id: { $gt: `${prefix}/`, $lt: `${prefix}0` } };
  return (await c.budgets.findOne(ofCurrency, { session, projection: { _id: 1 } })) !== null;
}

/** One that was never opened gets its amount when it is. */
async function allot(
  c: Collections,
  place: BudgetPlace,
  minor: bigint,
  version: number,
  session: ClientSession,
  at: Date,
): Promise<void> {
  const { tenantId, currency } = place;
  const _id = budgetKey(place);
  const doc = await c.budgets.findOne({ _id }, { session });
  if (!doc || doc.allotted === minor) return;
  const about = { cause: `allotment/${_id}/${version}` };
  const entry = budgetEntry(place, 'allotment', ['issued', 'available'], minor - doc.allotted, about);
  const posted = await post(c, tenantId, [entry], session, { at });
  if (posted.kind === 'refused') {
    const text = formatMoney({ minor, currency });
    const detail = `more than ${text} ${currency} is held and paid for ${place.period} already: ask for more, or wait until what is held comes back`;
    throw new Problem('insufficient-funds', detail);
  }
  await c.budgets.updateOne({ _id }, { $set: { allotted: minor } }, { session });
}
