/** Compares four books row by row: what was asked, what the hub wrote, what the rails did, what the result file says. Pure. */
import { type Money, parseMoney } from '../../domain/money.ts';

/** What must become of a row. `pending`: its rail never decides, so that its line stays PENDING. `either`: paid or cancelled, whichever came first. */
export type Fate = 'paid' | 'refused' | 'pending' | 'either';

/** A row of the request file, or a payment that came by itself as row 1; `amount` as it stands there. */
export type AskedRow = {
  readonly row: number;
  readonly rail: string;
  readonly payee: string;
  readonly amount: string;
  readonly currency: string;
  readonly fate: Fate;
  /** The line of the request file. */
  readonly line: string;
  /** Of a row of a child batch: the row of its parent that it sends again. */
  readonly parentRow?: number;
};

/** What the hub's books say of a row. */
export type HubRow = {
  /** Of the book of payments; `minor` is absent for a row refused at validation. */
  readonly payment?: { readonly rail: string; readonly minor?: bigint; readonly currency: string };
  readonly outcome?: { readonly status: 'completed' | 'rejected' | 'cancelled'; readonly minor: bigint };
  readonly conflicts: readonly string[];
};

/** A payment as a rail has it; `row` is the row whose id it carries. */
export type RailEntry = {
  readonly rail: string;
  readonly row: number;
  readonly executed: number;
  readonly amount: string;
  /** Empty where the rail carries none. */
  readonly currency: string;
  readonly payee: string;
};

export type ResultLine = {
  readonly own: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'PENDING';
};

export type Books = {
  readonly batchId: string;
  readonly asked: readonly AskedRow[];
  readonly isClosed: boolean;
  readonly hub: ReadonlyMap<number, HubRow>;
  readonly rails: readonly RailEntry[];
  /** After the header, or what the API says of a single payment; undefined while there is no result. */
  readonly result: readonly ResultLine[] | undefined;
};

export const wrongs = [
  'lost',
  'paid twice',
  'wrong amount',
  'stuck',
  'unplanned conflict',
  'told wrong',
  'against plan',
] as const;
export type Wrong = (typeof wrongs)[number];

/** `row` 0 is the batch as a whole. */
export type Finding = {
  readonly wrong: Wrong;
  readonly batchId: string;
  readonly row: number;
  readonly detail: string;
};

/** Everything that is wrong with one batch; nothing when all four books agree with each other and with the plan. */
export function checkBooks(books: Books): Finding[] {
  const { batchId, asked, hub, result } = books;
  const findings: Finding[] = [];
  const find = (wrong: Wrong, row: number, detail: string) => void findings.push({ wrong, batchId, row, detail });
  const entries = new Map<number, RailEntry[]>();
  for (const entry of books.rails) entries.set(entry.row, [...(entries.get(entry.row) ?? []), entry]);
  const known = new Set(asked.map(({ row }) => row));

  if (!books.isClosed) find('stuck', 0, 'the batch did not close');
  if (books.isClosed && !result) find('lost', 0, 'there is no result file');
  if (result && result.length !== asked.length)
    find('lost', 0, `${asked.length} rows were asked for and the result has ${result.length} lines`);
  for (const entry of books.rails) {
    if (entry.executed > 0 && !known.has(entry.row)) find('paid twice', entry.row, `nobody asked ${entry.rail} for it`);
  }
  for (const [row, { payment }] of hub) {
    if (payment && !known.has(row)) find('told wrong', row, 'the hub has a payment that nobody asked for');
  }
  for (const [at, one] of asked.entries()) {
    checkRow(one, hub.get(one.row) ?? { conflicts: [] }, entries.get(one.row) ?? [], result?.[at], find);
  }
  return findings;
}

/** What is wrong between a batch and the child that sends its failed rows again: the rails may have paid each of them once, in one of the two. */
export function checkRetry(parent: Books, child: Books): Finding[] {
  const paidBy = ({ rails }: Books, row: number | undefined) =>
    rails.reduce((sum, entry) => (entry.row === row ? sum + entry.executed : sum), 0);
  return child.asked.flatMap(({ row, parentRow, line }): Finding[] => {
    const find = (wrong: Wrong, detail: string): Finding => ({ wrong, batchId: child.batchId, row, detail });
    const before = parent.asked.find((one) => one.row === parentRow);
    if (before?.line !== line) return [find('told wrong', `it is not row ${parentRow} of ${parent.batchId}`)];
    const times = paidBy(parent, parentRow) + paidBy(child, row);
    return times > 1
      ? [find('paid twice', `with row ${parentRow} of ${parent.batchId} it is paid ${times} times`)]
      : [];
  });
}

/** Rows that are pending by plan, and are. */
export function pendingByPlan({ asked, hub }: Pick<Books, 'asked' | 'hub'>): number {
  return asked.filter(({ row, fate }) => fate === 'pending' && !hub.get(row)?.outcome).length;
}

function checkRow(
  asked: AskedRow,
  { payment, outcome, conflicts }: HubRow,
  entries: readonly RailEntry[],
  line: ResultLine | undefined,
  find: (wrong: Wrong, row: number, detail: string) => void,
): void {
  const { row, fate } = asked;
  const money = moneyOf(asked);
  const executed = entries.reduce((sum, entry) => sum + entry.executed, 0);
  const told = line?.status;

  if (!payment) find('lost', row, 'it is not in the book of payments');
  if (executed > 1) find('paid twice', row, `${entries.map((e) => `${e.rail} ×${e.executed}`).join(', ')}`);
  if (executed === 0 && (outcome?.status === 'completed' || told === 'SUCCESS'))
    find('lost', row, `the hub says ${outcome?.status ?? 'nothing'}, the result ${told}, and no rail has paid it`);
  if (executed > 0 && outcome && outcome.status !== 'completed')
    find('told wrong', row, `it is paid, and the hub says ${outcome.status}`);
  if (!outcome && fate !== 'pending')
    find('stuck', row, `it has no outcome${executed > 0 ? ', and it is paid' : ' and is not paid'}`);
  if (outcome && fate === 'pending') find('against plan', row, `it was to stay pending and is ${outcome.status}`);
  if (outcome && fate === 'paid' && outcome.status !== 'completed')
    find('against plan', row, `it was to be paid and is ${outcome.status}`);
  if (outcome?.status === 'completed' && fate === 'refused') find('against plan', row, 'it was to be refused');
  for (const conflict of conflicts) find('unplanned conflict', row, conflict);
  if (line) {
    if (told !== wordOf(outcome?.status))
      find('told wrong', row, `the hub says ${outcome?.status ?? 'pending'}, the result ${told}`);
    if (line.own !== asked.line) find('told wrong', row, 'its own cells came back otherwise');
  }
  for (const difference of [
    ...differencesInHub(asked, money, payment, outcome),
    ...entries.flatMap((entry) => differencesAtRail(asked, money, entry)),
  ]) {
    find('wrong amount', row, difference);
  }
}

function differencesInHub(
  asked: AskedRow,
  money: Money | undefined,
  payment: HubRow['payment'],
  outcome: HubRow['outcome'],
): string[] {
  const wrong: string[] = [];
  if (payment && money && (payment.minor !== money.minor || payment.currency !== money.currency))
    wrong.push(`asked ${asked.amount} ${asked.currency}, booked ${payment.minor} minor units ${payment.currency}`);
  if (payment && money && payment.rail !== asked.rail) wrong.push(`asked of ${asked.rail}, booked for ${payment.rail}`);
  if (outcome && money && outcome.minor !== money.minor)
    wrong.push(`asked ${asked.amount}, the outcome is of ${outcome.minor} minor units`);
  return wrong;
}

function differencesAtRail(asked: AskedRow, money: Money | undefined, entry: RailEntry): string[] {
  const wrong: string[] = [];
  const got = moneyOf({ amount: entry.amount, currency: entry.currency || asked.currency });
  if (!money || got?.minor !== money.minor || got.currency !== money.currency)
    wrong.push(`asked ${asked.amount} ${asked.currency}, ${entry.rail} has ${entry.amount} ${entry.currency}`);
  if (entry.rail !== asked.rail) wrong.push(`asked of ${asked.rail}, it is with ${entry.rail}`);
  if (entry.payee !== asked.payee) wrong.push('it is with another payee');
  return wrong;
}

/** Nothing for an amount that no rail may ever see. */
function moneyOf({ amount, currency }: Pick<AskedRow, 'amount' | 'currency'>): Money | undefined {
  try {
    const money = parseMoney(amount, currency);
    return money.minor > 0n ? money : undefined;
  } catch {
    return undefined;
  }
}

function wordOf(status: 'completed' | 'rejected' | 'cancelled' | undefined): ResultLine['status'] {
  if (status === undefined) return 'PENDING';
  return status === 'completed' ? 'SUCCESS' : 'FAILURE';
}
