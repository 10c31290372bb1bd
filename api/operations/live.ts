/** Changes as they come, for whoever watches a page: gathered for a moment, told to the tenant's readers, remembered for those who come back. */
import { randomUUID } from 'node:crypto';
import type { TenantId } from '../../domain/ids.ts';
import type { Change, WatchChanges } from '../../store/changes.ts';

export type LiveEvent = { readonly id: string; readonly kind: string; readonly data: unknown };

/** Where one reader's events go. */
export type Reader = {
  readonly tenantId: TenantId;
  readonly person: string;
  /** False where it cannot take more just now; `onDrain` is called when it can. */
  write(event: LiveEvent): boolean;
  end(why: string): void;
};

export type Subscription = { onDrain(): void; close(): void };

export type Live = {
  /** Undefined where there are readers enough, and why. */
  subscribe(reader: Reader, lastEventId: string | undefined): Subscription | 'person' | 'process';
  /** Says goodbye to every reader, and follows nothing any more. */
  close(): Promise<void>;
};

export type LiveOptions = {
  readonly watch: WatchChanges;
  /** What a batch's event says beside its id: asked once a round, for all that changed. */
  readonly describe: (batchIds: readonly string[]) => Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
  readonly everyMs?: number;
  /** How long after the last reader the database is followed. */
  readonly idleAfterMs?: number;
  readonly readersMax?: number;
  readonly readersOfPersonMax?: number;
  /** Events remembered for those who come back. */
  readonly rememberedMax?: number;
};

/** Nobody may listen for so long before the database is followed no more. */
const idleMs = 60_000;
/** Events that wait for a slow reader; with more it has to look anew. */
const waitingMax = 200;

type Seat = { readonly reader: Reader; readonly waiting: Map<string, LiveEvent>; isSlow: boolean; isBehind: boolean };
type Remembered = {
  readonly seq: number;
  readonly tenantId?: TenantId;
  readonly key: string;
  readonly event: LiveEvent;
};

export function createLive(options: LiveOptions): Live {
  const {
    watch,
    describe,
    everyMs = 1_000,
    idleAfterMs = idleMs,
    readersMax = 500,
    readersOfPersonMax = 20,
    rememberedMax = 2_000,
  } = options;
  const epoch = randomUUID().slice(0, 8);
  const seats = new Set<Seat>();
  const changed = new Map<string, Change>();
  const remembered: Remembered[] = [];
  let seq = 0;
  let forgottenTo = 0;
  let watching: ReturnType<WatchChanges> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let idle: NodeJS.Timeout | undefined;

  function idOf(n: number): string {
    return `${epoch}-${n}`;
  }

  function follow(): void {
    clearTimeout(idle);
    if (watching) return;
    // Nobody followed: what happened meanwhile is not known.
    remembered.length = 0;
    forgottenTo = seq;
    watching = watch({
      onChange: (change) => {
        const key = `${change.tenantId ?? '*'} ${change.key}`;
        changed.delete(key);
        changed.set(key, change);
        timer ??= setTimeout(() => void flush(), everyMs);
      },
      onGap: () => {
        remembered.length = 0;
        forgottenTo = seq;
        for (const seat of seats) behind(seat);
      },
    });
  }

  function leave(seat: Seat): void {
    seats.delete(seat);
    if (seats.size > 0) return;
    clearTimeout(idle);
    idle = setTimeout(() => {
      const ended = watching;
      watching = undefined;
      void ended?.close();
    }, idleAfterMs);
    idle.unref();
  }

  async function flush(): Promise<void> {
    const changes = [...changed.values()];
    changed.clear();
    timer = undefined;
    const ids = changes.flatMap(({ kind, data }) => (kind === 'batch' ? [String(data.batch_id)] : []));
    const more =
      ids.length > 0 ? await describe(ids).catch(() => new Map<string, object>()) : new Map<string, object>();
    for (const { tenantId, kind, key, data } of changes) {
      seq += 1;
      const id = idOf(seq);
      const told = kind === 'batch' ? { ...data, ...more.get(String(data.batch_id)), version: id } : data;
      const event = { id, kind, data: told };
      remembered.push({ seq, tenantId, key, event });
      for (const seat of seats) if (tenantId === undefined || seat.reader.tenantId === tenantId) tell(seat, key, event);
    }
    while (remembered.length > rememberedMax) forgottenTo = remembered.shift()!.seq;
  }

  function tell(seat: Seat, key: string, event: LiveEvent): void {
    if (seat.isBehind) return;
    if (!seat.isSlow) {
      seat.isSlow = !seat.reader.write(event);
      return;
    }
    // Of one thing a slow reader hears the last news only.
    seat.waiting.delete(key);
    seat.waiting.set(key, event);
    if (seat.waiting.size > waitingMax) behind(seat);
  }

  function behind(seat: Seat): void {
    seat.waiting.clear();
    seat.isBehind = true;
    if (!seat.isSlow) drained(seat);
  }

  function drained(seat: Seat): void {
    seat.isSlow = false;
    if (seat.isBehind) {
      seat.isBehind = false;
      seat.isSlow = !seat.reader.write({ id: idOf(seq), kind: 'refresh', data: { why: 'some events were missed' } });
      return;
    }
    for (const [key, event] of seat.waiting) {
      if (seat.isSlow) return;
      seat.waiting.delete(key);
      seat.isSlow = !seat.reader.write(event);
    }
  }

  function replay(seat: Seat, lastEventId: string): void {
    const [, own, n] = /^([0-9a-f]{8})-(\d{1,15})$/.exec(lastEventId) ?? [];
    const since = Number(n);
    if (own !== epoch || since < forgottenTo || since > seq) {
      behind(seat);
      return;
    }
    const { tenantId } = seat.reader;
    const missed = remembered.filter((one) => one.seq > since && (one.tenantId ?? tenantId) === tenantId);
    for (const { key, event } of missed) tell(seat, key, event);
  }

  return {
    subscribe(reader, lastEventId) {
      if (seats.size >= readersMax) return 'process';
      const own = [...seats].filter((seat) => isSamePerson(seat.reader, reader)).length;
      if (own >= readersOfPersonMax) return 'person';
      follow();
      const seat: Seat = { reader, waiting: new Map(), isSlow: false, isBehind: false };
      seats.add(seat);
      if (lastEventId !== undefined) replay(seat, lastEventId);
      return { onDrain: () => drained(seat), close: () => leave(seat) };
    },

    async close() {
      clearTimeout(timer);
      clearTimeout(idle);
      for (const { reader } of seats) reader.end('the server stops');
      seats.clear();
      await watching?.close();
    },
  };
}

function isSamePerson(a: Reader, b: Reader): boolean {
  return a.tenantId === b.tenantId && a.person === b.person;
}
