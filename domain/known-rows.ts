/** Which row came first with a text, for millions of rows: 12 bytes a slot, no text is kept. */
import { randomInt } from 'node:crypto';

export type KnownRows = {
  /**
   * The earlier row with the same text, or undefined, and then `row` is remembered. `textOfRow` gives the text of an
   * earlier row again; it is asked only where 64 bits agree, and decides.
   */
  seen(text: string, row: number, textOfRow: (row: number) => string): number | undefined;
  /** Earlier rows whose 64 bits agree: nearly always none or the one. For callers that must ask a database. */
  candidates(text: string): readonly number[];
  /** Remembers the row without asking. */
  add(text: string, row: number): void;
  readonly size: number;
};

const fullest = 0.6;
const none: readonly number[] = [];

/** Row numbers are from 0 to 4,294,967,294. `hash64` is for tests. */
export function createKnownRows(hash64: Hash64 = seededHash()): KnownRows {
  let slots = 1_024;
  let high = new Uint32Array(slots);
  let low = new Uint32Array(slots);
  /** Row + 1, so that 0 is an empty slot. */
  let rows = new Uint32Array(slots);
  let size = 0;

  function candidates(text: string): readonly number[] {
    const [h, l] = hash64(text);
    let found: number[] | undefined;
    for (let at = l & (slots - 1); rows[at] !== 0; at = (at + 1) & (slots - 1)) {
      if (low[at] !== l || high[at] !== h) continue;
      found ??= [];
      found.push(rows[at]! - 1);
    }
    return found ?? none;
  }

  function add(text: string, row: number): void {
    if (size + 1 > slots * fullest) grow();
    const [h, l] = hash64(text);
    place(h, l, row + 1);
    size += 1;
  }

  function place(h: number, l: number, mark: number): void {
    let at = l & (slots - 1);
    while (rows[at] !== 0) at = (at + 1) & (slots - 1);
    high[at] = h;
    low[at] = l;
    rows[at] = mark;
  }

  function grow(): void {
    const old = { high, low, rows };
    slots *= 2;
    high = new Uint32Array(slots);
    low = new Uint32Array(slots);
    rows = new Uint32Array(slots);
    for (let at = 0; at < old.rows.length; at++) {
      if (old.rows[at] !== 0) place(old.high[at]!, old.low[at]!, old.rows[at]!);
    }
  }

  return {
    seen(text, row, textOfRow) {
      for (const earlier of candidates(text)) if (textOfRow(earlier) === text) return earlier;
      add(text, row);
      return undefined;
    },
    candidates,
    add,
    get size() {
      return size;
    },
  };
}

export type Hash64 = (text: string) => readonly [high: number, low: number];

/** Two multiplicative hashes side by side, seeded by chance, so that nobody can prepare texts that collide. */
function seededHash(): Hash64 {
  const [seedHigh, seedLow] = [randomInt(2 ** 32), randomInt(2 ** 32)];
  return (text) => {
    let h = 0xdeadbeef ^ seedHigh;
    let l = 0x41c6ce57 ^ seedLow;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      h = Math.imul(h ^ unit, 2654435761);
      l = Math.imul(l ^ unit, 1597334677);
    }
    h = Math.imul(h ^ (h >>> 16), 2246822507) ^ Math.imul(l ^ (l >>> 13), 3266489909);
    l = Math.imul(l ^ (l >>> 16), 2246822507) ^ Math.imul(h ^ (h >>> 13), 3266489909);
    return [h >>> 0, l >>> 0];
  };
}
