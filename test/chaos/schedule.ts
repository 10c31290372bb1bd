/** What a seed makes happen: which payments are asked for, and which faults strike when. Pure: the same seed, the same schedule. */
import { lies } from '../../connectors/lies.ts';
import { type PlannedBatch, type PlannedSingle, planBatches, planSingles, type RailId, railIds } from './plan.ts';
import { createRandom, type Random } from './random.ts';

export const processes = [
  'api',
  'workers',
  'connectors',
  'monitoring',
  'simulators',
  'zeebe',
  'kafka',
  'mongo',
  's3',
] as const;
export type ProcessName = (typeof processes)[number];

/** What a proxy does to calls of a rail; a lie is told after the rail has done what it was asked. */
export const railFaults = ['cut before', 'cut after', 'delay', 'error 500', 'busy 429', ...lies] as const;
export type RailFault = (typeof railFaults)[number];

/** What a proxy does to connections of a server. */
export const streamFaults = ['cut stream', 'slow stream', 'silent stream'] as const;
export type StreamFault = (typeof streamFaults)[number];
export const streamServers = ['mongo', 's3'] as const;
export type StreamServer = (typeof streamServers)[number];

/**
 * `ms`: how long it lasts. `share`: which part of the calls it meets. `wave`: those of the second begin once the first is over, so that the
 * minute for which Zeebe may be away on a busy machine does not hide the others.
 */
export type Fault = { readonly wave: 1 | 2; readonly atMs: number; readonly ms: number } & (
  | { readonly kind: 'kill' | 'stop'; readonly process: ProcessName }
  | { readonly kind: RailFault; readonly rail: RailId; readonly share: number }
  | { readonly kind: StreamFault; readonly server: StreamServer }
  /** Zeebe restarted with its watermark above the free space, and then with room again. */
  | { readonly kind: 'full disk' }
  | { readonly kind: 'duplicate messages' }
  | { readonly kind: 'forged callbacks' }
);

export const faultKinds = [
  'kill',
  'stop',
  ...railFaults,
  ...streamFaults,
  'full disk',
  'duplicate messages',
  'forged callbacks',
] as const;

export type Round = {
  readonly name: string;
  readonly batches: readonly PlannedBatch[];
  readonly singles: readonly PlannedSingle[];
  readonly faults: readonly Fault[];
};

/** Round `n` of a seed, from 1: each has every kind of fault; over some every process is killed and stopped, and every fault of a rail strikes each. */
export function roundOf(seed: string, n: number): Round {
  const random = createRandom(`${seed}/${n}`);
  const name = `${seed}-${n}`;
  return {
    name,
    batches: planBatches(random.fork('batches'), name),
    singles: planSingles(random.fork('singles'), name),
    faults: faultsOf(random.fork('faults')),
  };
}

function faultsOf(random: Random): Fault[] {
  const every = (ms: number, from: number, kind: 'duplicate messages' | 'forged callbacks') =>
    Array.from({ length: 3 }, (_, i): Fault => ({ wave: 2, kind, atMs: from + i * ms, ms: 0 }));
  const faults = [
    ...strikesOf(random.fork('strikes')),
    ...railFaultsOf(random.fork('rails')),
    ...streamFaultsOf(random.fork('streams')),
    ...every(11_000, 6_000, 'duplicate messages'),
    ...every(12_000, 8_000, 'forged callbacks'),
    { wave: 1 as const, kind: 'full disk' as const, atMs: random.whole(4_000, 9_000), ms: random.whole(2_000, 5_000) },
  ];
  return faults.sort((a, b) => a.wave - b.wave || a.atMs - b.atMs);
}

/** Seven of the nine processes, one after the other, the one that takes longest to come back last. */
function strikesOf(random: Random): Fault[] {
  const struck = random.shuffled(processes).slice(0, 7);
  const order = [
    ...struck.filter((process) => process !== 'zeebe'),
    ...struck.filter((process) => process === 'zeebe'),
  ];
  const isKilledFirst = random.chance(0.5);
  return order.map((process, i): Fault => {
    const at = { wave: 2 as const, atMs: 1_500 + i * 5_500 + random.whole(0, 2_000) };
    if ((i % 2 === 0) === isKilledFirst) return { ...at, kind: 'kill', process, ms: random.whole(200, 4_000) };
    // Senders are stopped for longer than their lease; servers shorter than what takes them for dead.
    return { ...at, kind: 'stop', process, ms: process === 'connectors' ? 13_000 : random.whole(2_000, 7_000) };
  });
}

/** Each kind once, two or three on each rail. */
function railFaultsOf(random: Random): Fault[] {
  return random.shuffled(railFaults).map((kind, i): Fault => {
    const slot = Math.floor(i / railIds.length);
    return {
      wave: 2,
      kind,
      rail: railIds[i % railIds.length]!,
      share: random.whole(30, 100) / 100,
      atMs: 6_000 + slot * 11_000 + random.whole(0, 3_000),
      ms: random.whole(6_000, 11_000),
    };
  });
}

/** Each kind once on each server. */
function streamFaultsOf(random: Random): Fault[] {
  const all = streamServers.flatMap((server) => streamFaults.map((kind) => ({ kind, server })));
  return random.shuffled(all).map((one, i): Fault => {
    return { wave: 2, ...one, atMs: 2_000 + i * 5_500 + random.whole(0, 2_500), ms: random.whole(2_000, 5_000) };
  });
}
