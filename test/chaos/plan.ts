/** Which payments a seed asks for, and what their makers, approvers and operators do with them. Pure. */
import type { Fate } from './checker.ts';
import type { Random } from './random.ts';

export const railIds = ['slcb', 'mojaloop', 'gsma', 'bank-file'] as const;
export type RailId = (typeof railIds)[number];

export type PlannedRow = {
  readonly rail: RailId;
  readonly payer: string;
  readonly payee: string;
  readonly amount: string;
  readonly fate: Fate;
};

export type PlannedBatch = {
  /** Of the faults that it comes with. */
  readonly wave: 1 | 2;
  readonly atMs: number;
  readonly key: string;
  readonly rows: readonly PlannedRow[];
  readonly switches: Readonly<Record<string, unknown>>;
  /** `expire`: nobody decides. */
  readonly decision?: 'approve' | 'refuse' | 'expire';
  /** How often the same POST is sent at once. */
  readonly copies: number;
  /** When the same POST comes once more, after the first. */
  readonly replayAfterMs?: number;
  /** A payer without funds: blocked by each rail, funded and resumed once all have said so. */
  readonly unfunded?: string;
  /** When an operator stops new sends, and for how long. */
  readonly pause?: { readonly afterMs: number; readonly forMs: number };
  /** When an operator cancels what was not sent. */
  readonly cancelAfterMs?: number;
  /** Failed rows are tried again as a child batch once it has closed. */
  readonly retry?: boolean;
};

/** A payment by POST /channel/transfer. */
export type PlannedSingle = {
  readonly wave: 1 | 2;
  readonly atMs: number;
  readonly key: string;
  readonly row: PlannedRow;
  readonly copies: number;
};

type Plan = Omit<PlannedBatch, 'key' | 'rows' | 'unfunded'> & { readonly isUnfunded?: boolean };

const plans: readonly Plan[] = [
  { wave: 1, atMs: 0, switches: { 'splitting.sub-batch-size': 20 }, copies: 3, replayAfterMs: 25_000, retry: true },
  { wave: 1, atMs: 1_000, switches: {}, copies: 1, isUnfunded: true },
  { wave: 1, atMs: 2_000, switches: { 'splitting.sub-batch-size': 15, 'partylookup.enable': true }, copies: 1 },
  { wave: 1, atMs: 3_000, switches: { 'approval.enable': true }, decision: 'approve', copies: 2 },
  { wave: 1, atMs: 4_000, switches: { 'approval.enable': true }, decision: 'refuse', copies: 1 },
  { wave: 1, atMs: 6_000, switches: { 'settlement.deadline': '20s', 'splitting.sub-batch-size': 10 }, copies: 1 },
  {
    wave: 2,
    atMs: 0,
    switches: { 'splitting.sub-batch-size': 10, 'ordering.enable': true, 'ordering.field': 'amount' },
    copies: 2,
    replayAfterMs: 10_000,
  },
  {
    wave: 2,
    atMs: 3_000,
    switches: { 'splitting.sub-batch-size': 10 },
    copies: 1,
    cancelAfterMs: 8_000,
    retry: true,
  },
  { wave: 2, atMs: 5_000, switches: {}, copies: 1, pause: { afterMs: 4_000, forMs: 8_000 } },
  {
    wave: 2,
    atMs: 7_000,
    switches: { 'approval.enable': true, 'approval.deadline': '10s' },
    decision: 'expire',
    copies: 1,
  },
  {
    wave: 2,
    atMs: 12_000,
    switches: { 'deduplication.enable': true, 'formatting.enable': true, 'formatting.standard': 'GSMA' },
    copies: 2,
  },
  { wave: 2, atMs: 20_000, switches: {}, copies: 1, replayAfterMs: 10_000 },
];

export function planBatches(random: Random, name: string): PlannedBatch[] {
  return plans.map(({ isUnfunded, ...plan }, i) => {
    const own = random.fork(String(i));
    const mayBePending = plan.switches['settlement.deadline'] !== undefined;
    const drawn = Array.from({ length: own.whole(15, 45) }, () => rowOf(own, mayBePending));
    const unfunded = isUnfunded ? `00300100${own.whole(100_000, 999_999)}0402` : undefined;
    const rows = unfunded ? [...railIds.map((rail) => plainRow(own, rail)), ...drawn.slice(0, 12)] : drawn;
    const paying = unfunded ? rows.map((row): PlannedRow => ({ ...row, payer: unfunded })) : rows;
    const meant = paying.map((row): PlannedRow => ({ ...row, fate: fateIn(plan, row.fate) }));
    const all = plan.switches['deduplication.enable'] ? [...meant, ...duplicatesOf(meant)] : meant;
    return { ...plan, key: `chaos-${name}-${i}`, rows: all, ...(unfunded && { unfunded }) };
  });
}

export function planSingles(random: Random, name: string): PlannedSingle[] {
  return Array.from({ length: 12 }, (_, i): PlannedSingle => {
    const own = random.fork(String(i));
    const rail = own.pick(['mojaloop', 'gsma'] as const);
    let row = rowOf(own, false, rail);
    // A request that cannot be read as a payment is answered at once and leaves nothing to lose.
    while (row.amount === '0') row = rowOf(own, false, rail);
    return {
      wave: i < 4 ? 1 : 2,
      atMs: (i % 8) * 3_000 + own.whole(0, 2_000),
      key: `chaos-${name}-single-${i}`,
      row,
      copies: own.whole(1, 3),
    };
  });
}

/** Who decides over a whole batch decides over its rows. */
function fateIn({ decision, cancelAfterMs }: Plan, fate: Fate): Fate {
  if (decision === 'refuse' || decision === 'expire') return 'refused';
  return cancelAfterMs !== undefined && fate === 'paid' ? 'either' : fate;
}

function duplicatesOf(rows: readonly PlannedRow[]): PlannedRow[] {
  return rows.slice(0, 5).map((row) => ({ ...row, fate: 'refused' }));
}

/** What may happen to a payee, by the last four digits (docs/simulators.md), and how often. */
const magics: readonly (readonly [ends: string, weight: number, fate: Fate])[] = [
  ['0001', 60, 'paid'],
  ['0404', 4, 'refused'],
  ['0422', 4, 'refused'],
  ['0203', 5, 'paid'],
  ['0502', 2, 'paid'],
  ['0503', 2, 'paid'],
  ['0504', 3, 'paid'],
  ['0505', 2, 'paid'],
  ['0202', 4, 'pending'],
];

function plainRow(random: Random, rail: RailId): PlannedRow {
  const payer = `0030010038741201${random.pick(['60', '61'])}`;
  const amount = `${random.whole(1, 9_999)}.${String(random.pick([0, 1, 5, 25, 50, 99])).padStart(2, '0')}`;
  return { rail, payer, payee: identifierOf(random, '0001'), amount, fate: 'paid' };
}

function rowOf(random: Random, mayBePending: boolean, rail: RailId = random.pick(railIds)): PlannedRow {
  const plain = plainRow(random, rail);
  if (random.chance(0.03)) return { ...plain, amount: '0', fate: 'refused' };
  if (random.chance(0.03)) return { ...plain, amount: '77.13', fate: 'refused' };
  const drawn = magics.filter(([, , fate]) => mayBePending || fate !== 'pending');
  const urn = drawn.flatMap(([ends, weight, fate]) => Array.from({ length: weight }, () => ({ ends, fate })));
  const { ends, fate } = random.pick(urn);
  return { ...plain, payee: identifierOf(random, ends), fate };
}

function identifierOf(random: Random, ends: string): string {
  return `${random.whole(100_000, 999_999)}${random.whole(1_000, 9_999)}${ends}`;
}
