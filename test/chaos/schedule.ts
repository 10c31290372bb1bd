/** What a seed makes happen: which batches are posted, and which faults strike when. Pure: the same seed, the same schedule. */
import type { Fate } from './checker.ts';
import { createRandom, type Random } from './random.ts';

export const processes = ['api', 'workers', 'connectors', 'simulators', 'zeebe', 'kafka', 'mongo', 's3'] as const;
export type ProcessName = (typeof processes)[number];

export const railIds = ['slcb', 'mojaloop', 'gsma'] as const;
export type RailId = (typeof railIds)[number];

/** What a proxy does to calls of a rail. */
export const railFaults = ['cut before', 'cut after', 'delay', 'error 500', 'busy 429', 'garbage'] as const;
export type RailFault = (typeof railFaults)[number];

/** `ms`: how long it lasts. `share`: which part of the calls it meets. */
export type Fault = { readonly atMs: number; readonly ms: number } & (
  | { readonly kind: 'kill' | 'stop'; readonly process: ProcessName }
  | { readonly kind: RailFault; readonly rail: RailId; readonly share: number }
  | { readonly kind: 'duplicate messages' }
);

export type PlannedRow = {
  readonly rail: RailId;
  readonly payer: string;
  readonly payee: string;
  readonly amount: string;
  readonly fate: Fate;
};

export type PlannedBatch = {
  readonly atMs: number;
  readonly key: string;
  readonly rows: readonly PlannedRow[];
  readonly switches: Readonly<Record<string, unknown>>;
  readonly decision?: 'approve' | 'refuse';
  /** How often the same POST is sent at once. */
  readonly copies: number;
};

export type Round = {
  readonly name: string;
  readonly batches: readonly PlannedBatch[];
  readonly faults: readonly Fault[];
  readonly lengthMs: number;
};

/** Round `n` of a seed, from 1. Over eight rounds every process is killed and stopped, and over six every rail fault strikes each rail. */
export function roundOf(seed: string, n: number): Round {
  const random = createRandom(`${seed}/${n}`);
  const name = `${seed}-${n}`;
  return {
    name,
    batches: batchesOf(random.fork('batches'), name),
    faults: faultsOf(random.fork('faults')),
    lengthMs: 40_000,
  };
}

function faultsOf(random: Random): Fault[] {
  const order = random.shuffled(processes);
  const strikes = order.slice(0, 5).map((process, i): Fault => {
    const atMs = 1_500 + i * 7_500 + random.whole(0, 2_000);
    if (i % 2 === 0) return { kind: 'kill', process, atMs, ms: random.whole(200, 4_000) };
    // Senders are stopped for longer than their lease; servers shorter than what takes them for dead.
    return { kind: 'stop', process, atMs, ms: process === 'connectors' ? 13_000 : random.whole(2_000, 7_000) };
  });
  const kinds = random.shuffled(railFaults);
  const spoilt = railIds.flatMap((rail, i) =>
    [0, 1].map((j): Fault => {
      const kind = kinds[(i * 2 + j) % kinds.length]!;
      return {
        kind,
        rail,
        share: random.whole(30, 100) / 100,
        atMs: random.whole(j * 18_000, j * 18_000 + 12_000),
        ms: random.whole(3_000, 9_000),
      };
    }),
  );
  const doubles = [8_000, 20_000, 34_000].map((atMs): Fault => ({ kind: 'duplicate messages', atMs, ms: 0 }));
  return [...strikes, ...spoilt, ...doubles].sort((a, b) => a.atMs - b.atMs);
}

function batchesOf(random: Random, name: string): PlannedBatch[] {
  const plans: readonly Pick<PlannedBatch, 'atMs' | 'switches' | 'decision' | 'copies'>[] = [
    { atMs: 0, switches: { 'splitting.sub-batch-size': 20 }, copies: 3 },
    { atMs: 3_000, switches: { 'splitting.sub-batch-size': 15, 'partylookup.enable': true }, copies: 1 },
    { atMs: 6_000, switches: { 'approval.enable': true }, decision: 'approve', copies: 2 },
    { atMs: 9_000, switches: { 'approval.enable': true }, decision: 'refuse', copies: 1 },
    {
      atMs: 13_000,
      switches: { 'splitting.sub-batch-size': 10, 'ordering.enable': true, 'ordering.field': 'amount' },
      copies: 2,
    },
    { atMs: 18_000, switches: { 'settlement.deadline': '20s', 'splitting.sub-batch-size': 10 }, copies: 1 },
    { atMs: 24_000, switches: { 'deduplication.enable': true }, copies: 2 },
    { atMs: 30_000, switches: {}, copies: 1 },
  ];
  return plans.map((plan, i) => {
    const own = random.fork(String(i));
    const mayBePending = plan.switches['settlement.deadline'] !== undefined;
    const rows = Array.from({ length: own.whole(20, 60) }, () => rowOf(own, mayBePending));
    const meant = plan.decision === 'refuse' ? rows.map((row): PlannedRow => ({ ...row, fate: 'refused' })) : rows;
    const all = plan.switches['deduplication.enable'] ? [...meant, ...duplicatesOf(meant)] : meant;
    return { ...plan, key: `chaos-${name}-${i}`, rows: all };
  });
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

function rowOf(random: Random, mayBePending: boolean): PlannedRow {
  const rail = random.pick(railIds);
  const payer = `0030010038741201${random.pick(['60', '61'])}`;
  const identifier = (ends: string) => `${random.whole(100_000, 999_999)}${random.whole(1_000, 9_999)}${ends}`;
  const amount = `${random.whole(1, 9_999)}.${String(random.pick([0, 1, 5, 25, 50, 99])).padStart(2, '0')}`;
  if (random.chance(0.03)) return { rail, payer, payee: identifier('0001'), amount: '0', fate: 'refused' };
  if (random.chance(0.03)) return { rail, payer, payee: identifier('0001'), amount: '77.13', fate: 'refused' };
  const drawn = magics.filter(([, , fate]) => mayBePending || fate !== 'pending');
  const urn = drawn.flatMap(([ends, weight, fate]) => Array.from({ length: weight }, () => ({ ends, fate })));
  const { ends, fate } = random.pick(urn);
  return { rail, payer, payee: identifier(ends), amount, fate };
}
