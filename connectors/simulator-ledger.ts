/** A simulator's durable, append-only ledger: what it has done survives kill -9, because the file is flushed before an answer goes out. */
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { LedgerEntry } from './simulator.ts';

/** A payment as booked. `data` is the rail's own, plain JSON. `due` is when a pending one becomes something else by itself. */
export type Booked<D> = LedgerEntry & {
  readonly data: D;
  readonly due?: { readonly at: number; readonly state: 'completed' | 'rejected' };
};

/** A payment to book. `executes` says whether the rail moves its money now; the same id booked twice with it is a double payment. */
export type Booking<D> = Omit<Booked<D>, 'executed'> & { readonly executes: boolean };

type LedgerRecord<D> =
  | { readonly t: 'booked'; readonly entry: Booked<D> }
  | { readonly t: 'due'; readonly id: string }
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
  // Packed as JSON, because a hundred thousand objects with their strings would not fit beside the other simulators.
  const entries = new Map<string, string>();
  const sights = new Map<string, number>();
  const funded = new Set<string>();
  const timers = new Map<string, NodeJS.Timeout>();

  function apply(record: LedgerRecord<D>): void {
    if (record.t === 'seen') sights.set(record.name, (sights.get(record.name) ?? 0) + 1);
    else if (record.t === 'funded') funded.add(record.payer);
    else if (record.t === 'booked') keep(record.entry);
    else keep(settled(find(record.id)!));
  }

  function find(id: string): Booked<D> | undefined {
    const packed = entries.get(id);
    return packed === undefined ? undefined : JSON.parse(packed);
  }

  function keep(entry: Booked<D>): string {
    const packed = JSON.stringify(entry);
    entries.set(ownCopy(entry.id), packed);
    return packed;
  }

  function* all(): IterableIterator<Booked<D>> {
    for (const packed of entries.values()) yield JSON.parse(packed);
  }

  await mkdir(dir, { recursive: true });
  const file = await openAppendable<LedgerRecord<D>>(join(dir, 'ledger.ndjson'), apply);

  function write(record: LedgerRecord<D>): void {
    apply(record);
    file.append(JSON.stringify(record));
  }

  function awaitDue({ id, due }: Booked<D>): void {
    if (!due) return;
    clearTimeout(timers.get(id));
    const settle = () => {
      timers.delete(id);
      write({ t: 'due', id });
      file.flushed().then(
        () => onDue?.(find(id)!),
        // A full disk is told to whoever asks next.
        () => {},
      );
    };
    timers.set(id, setTimeout(settle, Math.max(0, due.at - now().getTime())));
  }

  for (const entry of all()) awaitDue(entry);

  return {
    book(booking) {
      const entry = booked(find(booking.id), booking);
      // Written as it is kept, so that a hundred thousand entries are put into words once.
      file.append(`{"t":"booked","entry":${keep(entry)}}`);
      if (entry.due) awaitDue(entry);
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

/** A string that does not hold the request's whole body in memory, as a slice of it would. */
function ownCopy(text: string): string {
  return Buffer.from(text).toString();
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

type Appendable = {
  /** A record as JSON; kept until somebody waits for `flushed`. */
  append(line: string): void;
  /** Resolves when everything appended so far is on disk. */
  flushed(): Promise<void>;
  close(): Promise<void>;
};

/** Appends are written in groups: whatever comes while one group is flushed makes the next. */
async function openAppendable<R>(path: string, replay: (record: R) => void): Promise<Appendable> {
  const handle = await open(path, 'a+');
  await handle.truncate(await replayLines(path, replay));
  let waiting: string[] = [];
  let lastFlush = Promise.resolve();

  function flushed(): Promise<void> {
    if (waiting.length > 0) {
      lastFlush = lastFlush.then(() => writeGroup(handle, waiting.splice(0)));
      // Whoever waits hears of a full disk; without a waiter it must not end the process.
      lastFlush.catch(() => {});
    }
    return lastFlush;
  }

  return {
    append(line) {
      waiting.push(`${line}\n`);
    },
    flushed,
    async close() {
      await flushed();
      await handle.close();
      waiting = [];
    },
  };
}

async function writeGroup(handle: FileHandle, lines: string[]): Promise<void> {
  if (lines.length === 0) return;
  await handle.appendFile(lines.join(''));
  await handle.datasync();
}

/** Replays whole lines and returns how many bytes they take. Throws on a line that is no record. */
async function replayLines<R>(path: string, replay: (record: R) => void): Promise<number> {
  let rest: Buffer = Buffer.alloc(0);
  let size = 0;
  for await (const chunk of createReadStream(path)) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    const end = rest.lastIndexOf(0x0a) + 1;
    for (const line of rest.toString('utf8', 0, end).split('\n')) {
      if (line) replay(JSON.parse(line) as R);
    }
    rest = rest.subarray(end);
    size += end;
  }
  return size;
}
