/** The accounts of a budget in the ledger, per programme, currency and period: what was issued, what is left, what waits and what was paid. */
import { type TenantId, uuidOf } from '../../domain/ids.ts';
import type { ClientSession } from '../../platform/mongo.ts';
import type { Collections } from '../collections.ts';
import type { NewJournalEntry } from '../ledger/post.ts';
import type { BudgetDoc, ProgrammeDoc } from '../programme-documents.ts';
import type { EntryKind, WalletDoc } from '../wallet-documents.ts';

/** `issued` is below zero by what the others have together. */
export const budgetParts = ['issued', 'available', 'held', 'consumed'] as const;
export type BudgetPart = (typeof budgetParts)[number];

export type BudgetPlace = Pick<BudgetDoc, 'tenantId' | 'programmeId' | 'currency' | 'period'>;

export function budgetKey({ tenantId, programmeId, currency, period }: BudgetPlace): string {
  return `${tenantId}/${programmeId}/${currency}/${period}`;
}

export function budgetWalletId(place: BudgetPlace, part: BudgetPart): string {
  return uuidOf(`budget/${budgetKey(place)}/${part}`);
}

/** An entry that moves `minor` from one part of a budget to another. */
export function budgetEntry(
  place: BudgetPlace,
  kind: EntryKind,
  [from, to]: readonly [BudgetPart, BudgetPart],
  minor: bigint,
  about: Pick<NewJournalEntry, 'cause' | 'ref' | 'by' | 'reason'>,
): NewJournalEntry {
  const lines = [
    { wallet: budgetWalletId(place, from), minor: -minor },
    { wallet: budgetWalletId(place, to), minor },
  ];
  return { ...about, kind, currency: place.currency, lines, budget: budgetKey(place) };
}

/**
 * Makes a budget's accounts where they are missing; answers what is still to be posted to them: nothing, or what the programme allots. Writes the
 * programme too, so that one that is changed at that moment conflicts and neither misses the other.
 */
export async function openBudget(
  c: Collections,
  programme: ProgrammeDoc,
  place: BudgetPlace,
  allotted: bigint,
  session: ClientSession,
  at: Date,
): Promise<NewJournalEntry[]> {
  const _id = budgetKey(place);
  if (await c.budgets.findOne({ _id }, { session, projection: { _id: 1 } })) return [];
  const { matchedCount } = await c.programmes.updateOne(
    { _id: programme._id, version: programme.version },
    { $set: { budgetsAt: at } },
    { session },
  );
  if (matchedCount === 0) throw new Error(`programme ${programme.id} was changed meanwhile`);
  await c.budgets.insertOne({ _id, ...place, allotted, at }, { session });
  await c.wallets.insertMany(
    budgetParts.map((part) => accountOf(place, part, at)),
    { session },
  );
  // Sorts before what is posted at the same moment.
  return [budgetEntry(place, 'allotment', ['issued', 'available'], allotted, { cause: `allotment/${_id}` })];
}

function accountOf(place: BudgetPlace, part: BudgetPart, at: Date): WalletDoc {
  return {
    _id: budgetWalletId(place, part),
    tenantId: place.tenantId,
    owner: 'budget',
    currency: place.currency,
    kind: 'budget',
    allowNegative: part === 'issued',
    status: 'open',
    minor: 0n,
    seq: 0,
    createdAt: at,
  };
}

/** What is in each part of these budgets, by budget and part. */
export async function balancesOf(
  c: Pick<Collections, 'wallets'>,
  tenantId: TenantId,
  places: readonly BudgetPlace[],
  session?: ClientSession,
): Promise<Map<string, Readonly<Record<BudgetPart, bigint>>>> {
  const ids = places.flatMap((place) => budgetParts.map((part) => budgetWalletId(place, part)));
  const wallets = await c.wallets.find({ _id: { $in: ids }, tenantId }, { session }).toArray();
  const minorOf = new Map(wallets.map(({ _id, minor }) => [_id, minor]));
  const balances = (place: BudgetPlace) =>
    Object.fromEntries(budgetParts.map((part) => [part, minorOf.get(budgetWalletId(place, part)) ?? 0n]));
  return new Map(places.map((place) => [budgetKey(place), balances(place) as Record<BudgetPart, bigint>]));
}
