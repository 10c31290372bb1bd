/** A simulator's durable, append-only ledger: what it has done survives kill -9, because the file is flushed before an answer goes out. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createKnownRows } from '../domain/known-rows.ts';
import type { LedgerEntry } from './simulator.ts';
import { openLedgerFile, type Place } from './simulator-file.ts';

/** A payment as booked. `data` is the rail's own, plain JSON. `due` is when a pending one becomes something else by itself. */
export type Booked<D> = LedgerEntry & {
  readonly data: D;
  readonly due?: { readonly at: number; readonly state: 'completed' | 'rejected' };
};

/** A payment to book. `executes` says whether the rail moves its money now; the same id booked twice with it is a double payment. */
export type Booking<D> = Omit<Booked<D>, 'executed'> & { readonly executes: boolean };

/** A payment is written whole each time it changes: its last line is what it is. */
type LedgerRecord<D> =
  | { readonly t: 'booked'; readonly entry: Booked<D> }
  | { readonly t: 'seen'; readonly name: string }
  | { readonly t: 'funded'; readonly payer: string };

export type SimulatorLedger<D> = {
  /** Takes effect at once and is on disk when `flushed` resolves; the kit waits for that before every answer. */
  book(entry: Booking<D>): void;
  find(id: string): Booked<D> | undefined;
  all(): IterableIterator<Booked<D>>;
  /** How often this name was asked about, this time included; survives a restart. */
  sightsOf(name: string): number;
  fund(payer: string): void;
  isFunded(payer: string): boolean;
  flushed(): Promise<void>;
  close(): Promise<void>;
};

export type LedgerOptions<D> = {
  readonly dir: string;
  readonly now: () => Date;
  /** Told once a due payment has reached its state, on disk too; for callbacks. */
  readonly onDue?: (entry: Booked<D>) => void;
};

/** Opens `ledger.ndjson` in `dir`, made if missing, and replays it; a last line that a crash tore is dropped. */
export async function openLedger<D>({ dir, now, onDue }: LedgerOptions<D>): Promise<SimulatorLedger<D>> {
  await mkdir(dir, { recursive: true });
  const file = await openLedgerFile(join(dir, 'ledger.ndjson'));
  // Only where each payment stands is held in memory: a million of them are some forty megabytes.
  const places = createPlaces((place) => entryAt(place).id);
  const sights = new Map<string, number>();
  const funded = new Set<string>();
  const due = new Set<string>();
  const timers = new Map<string, NodeJS.Timeout>();

  function apply(record: LedgerRecord<D>, place: Place): void {
    if (record.t === 'seen') sights.set(record.name, (sights.get(record.name) ?? 0) + 1);
    else if (record.t === 'funded') funded.add(record.payer);
    else {
      const { id } = record.entry;
      places.set(id, place);
      if (record.entry.due) due.add(id);
      else due.delete(id);
    }
  }

  function entryAt(place: Place): Booked<D> {
    return (JSON.parse(file.read(place)) as { entry: Booked<D> }).entry;
  }

  function find(id: string): Booked<D> | undefined {
    const place = places.get(id);
    return place && entryAt(place);
  }

  function* all(): IterableIterator<Booked<D>> {
    for (const place of places.all()) yield entryAt(place);
  }

  function write(record: LedgerRecord<D>): void {
    apply(record, file.append(JSON.stringify(record)));
  }

  function awaitDue({ id, due }: Booked<D>): void {
    if (!due) return;
    clearTimeout(timers.get(id));
    const settle = () => {
      timers.delete(id);
      write({ t: 'booked', entry: settled(find(id)!) });
      file.flushed().then(
        () => onDue?.(find(id)!),
        // A full disk is told to whoever asks next.
        () => {},
      );
    };
    timers.set(id, setTimeout(settle, Math.max(0, due.at - now().getTime())));
  }

  for await (const [line, place] of file.lines()) apply(JSON.parse(line) as LedgerRecord<D>, place);
  for (const id of due) awaitDue(find(id)!);

  return {
    book(booking) {
      const entry = booked(find(booking.id), booking);
      write({ t: 'booked', entry });
      awaitDue(entry);
    },
    find,
    all,
    sightsOf(name) {
      write({ t: 'seen', name });
      return sights.get(name)!;
    },
    fund: (payer) => write({ t: 'funded', payer }),
    isFunded: (payer) => funded.has(payer),
    flushed: file.flushed,
    async close() {
      for (const timer of timers.values()) clearTimeout(timer);
      await file.close();
    },
  };
}

/** Where each payment's last line stands, 12 bytes each beside the hash of its id; `idAt` decides where hashes agree. */
function createPlaces(idAt: (place: Place) => string) {
  const known = createKnownRows();
  let offsets = new Float64Array(1_024);
  let sizes = new Uint32Array(1_024);

  const placeOf = (n: number): Place => ({ offset: offsets[n]!, bytes: sizes[n]! });
  const numberOf = (id: string) => known.candidates(id).find((n) => idAt(placeOf(n)) === id);

  function added(id: string): number {
    const n = known.size;
    known.add(id, n);
    if (n < offsets.length) return n;
    const [wasOffsets, wasSizes] = [offsets, sizes];
    offsets = new Float64Array(n * 2);
    sizes = new Uint32Array(n * 2);
    offsets.set(wasOffsets);
    sizes.set(wasSizes);
    return n;
  }

  return {
    get(id: string): Place | undefined {
      const n = numberOf(id);
      return n === undefined ? undefined : placeOf(n);
    },
    set(id: string, { offset, bytes }: Place): void {
      const n = numberOf(id) ?? added(id);
      offsets[n] = offset;
      sizes[n] = bytes;
    },
    *all(): IterableIterator<Place> {
      for (let n = 0; n < known.size; n += 1) yield placeOf(n);
    },
  };
}

/** What was paid stays paid, whatever comes later under the same id. */
function booked<D>(before: Booked<D> | undefined, { executes, ...entry }: Booking<D>): Booked<D> {
  const executed = (before?.executed ?? 0) + (executes ? 1 : 0);
  return { ...entry, executed, state: executed > 0 ? 'completed' : entry.state };
}

function settled<D>({ due, ...entry }: Booked<D>): Booked<D> {
  if (!due) return entry;
  return { ...entry, state: due.state, executed: entry.executed + (due.state === 'completed' ? 1 : 0) };
}
