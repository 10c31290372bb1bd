/** Tells every few seconds how each rail of this process stands, for whoever looks: calls, errors, circuit, lag, pauses. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RailCall } from '../platform/http.ts';
import type { Log } from '../platform/log.ts';
import type { Collections } from '../store/collections.ts';
import type { RailStateDoc } from '../store/rail-documents.ts';
import type { RailReads } from './metrics.ts';

export type RailTold = {
  onCall(call: Pick<RailCall, 'outcome' | 'status'>): void;
};

export type RailStateTeller = {
  rail(rail: string, type: RailStateDoc['type'], reads: RailReads): RailTold;
  /** Runs until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
};

const everyMs = 5_000;
/** Rates are of the last so many rounds. */
const roundsKept = 12;
const keptMs = 600_000;

type Round = { readonly at: number; calls: number; errors: number };

export function createRailStateTeller(deps: {
  readonly c: Pick<Collections, 'railStates'>;
  readonly lag: (rail: string) => Promise<number>;
  readonly log: Log;
  readonly now: () => Date;
}): RailStateTeller {
  const { c, lag, log, now } = deps;
  const process = randomUUID();
  const rails = new Map<string, ReturnType<typeof createCount> & { type: RailStateDoc['type']; reads: RailReads }>();

  async function tell(): Promise<void> {
    const docs = await Promise.all(
      [...rails].map(async ([rail, of]) => ({ ...of.take(), ...(await stateOf(rail, of)) })),
    );
    const writes = docs.map(({ _id, ...doc }) => ({ replaceOne: { filter: { _id }, replacement: doc, upsert: true } }));
    if (writes.length > 0) await c.railStates.bulkWrite(writes, { ordered: false });
  }

  async function stateOf(rail: string, { type, reads }: { type: RailStateDoc['type']; reads: RailReads }) {
    const at = now();
    const { inside, waiting } = reads.load();
    return {
      _id: `${rail}/${process}`,
      rail,
      at,
      type,
      circuit: reads.circuit(),
      inside,
      waiting,
      lag: await lag(rail).catch(() => 0),
      pauses: [...reads.pauses.now()],
      expireAt: new Date(at.getTime() + keptMs),
    };
  }

  return {
    rail(rail, type, reads) {
      const count = createCount(reads, now);
      rails.set(rail, { ...count, type, reads });
      return { onCall: count.onCall };
    },
    async run(signal) {
      while (!signal.aborted) {
        await tell().catch((error: unknown) => log.warn('state of the rails could not be told', { error }));
        await sleep(everyMs, undefined, { signal }).catch(() => undefined);
      }
      // Nobody should believe for half a minute in a process that has ended.
      await c.railStates
        .deleteMany({ _id: { $in: [...rails.keys()].map((rail) => `${rail}/${process}`) } })
        .catch(() => undefined);
    },
  };
}

const noAnswer = { lost: 'no answer from the rail', notSent: 'the rail could not be reached' } as const;

function createCount(reads: RailReads, now: () => Date) {
  const rounds: Round[] = [{ at: now().getTime(), calls: 0, errors: 0 }];
  let lastError: string | undefined;
  let circuitSince: Date | undefined;
  return {
    onCall({ outcome, status = 0 }: Pick<RailCall, 'outcome' | 'status'>): void {
      const round = rounds.at(-1)!;
      round.calls += 1;
      if (outcome === 'answered' && status < 500) return;
      round.errors += 1;
      lastError = outcome === 'answered' ? `HTTP ${status} from the rail` : noAnswer[outcome];
    },
    take() {
      const at = now();
      const isCut = reads.circuit() !== 'closed';
      circuitSince = isCut ? (circuitSince ?? at) : undefined;
      const seconds = Math.max(1, (at.getTime() - rounds[0]!.at) / 1_000);
      const sum = (name: 'calls' | 'errors') => rounds.reduce((total, round) => total + round[name], 0);
      const rates = { callsPerSecond: sum('calls') / seconds, errorsPerMinute: (sum('errors') * 60) / seconds };
      rounds.push({ at: at.getTime(), calls: 0, errors: 0 });
      if (rounds.length > roundsKept) rounds.shift();
      return { ...rates, ...(circuitSince && { circuitSince }), ...(lastError !== undefined && { lastError }) };
    },
  };
}
