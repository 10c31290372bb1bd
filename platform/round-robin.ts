/** A queue in which everybody has a line of their own: whoever has a thousand items waiting gets one turn in each round, as the others do. */

export type RoundRobin<T> = {
  readonly size: () => number;
  push(share: string, item: T): void;
  /** The next item of whoever's turn it is, of the shares that may have one; each share's own items come first in, first out. */
  shift(mayHave?: (share: string) => boolean): T | undefined;
  /** Everybody who has something waiting. */
  shares(): Iterable<string>;
  /** Takes an item out before its turn; false where it is not there. */
  remove(share: string, item: T): boolean;
  /** All items, in no order that matters. */
  all(): T[];
};

export function createRoundRobin<T>(): RoundRobin<T> {
  /** In the order of turns: who was served goes to the end, and whoever has nothing waiting is not in it. */
  const lines = new Map<string, Set<T>>();
  let size = 0;

  function take(share: string, line: Set<T>, item: T): void {
    line.delete(item);
    size -= 1;
    if (line.size === 0) lines.delete(share);
  }

  return {
    size: () => size,
    push(share, item) {
      const line = lines.get(share) ?? new Set();
      line.add(item);
      lines.set(share, line);
      size += 1;
    },
    shift(mayHave = () => true) {
      for (const [share, line] of lines) {
        if (!mayHave(share)) continue;
        for (const item of line) {
          take(share, line, item);
          if (line.size > 0) {
            lines.delete(share);
            lines.set(share, line);
          }
          return item;
        }
      }
      return undefined;
    },
    remove(share, item) {
      const line = lines.get(share);
      if (!line?.has(item)) return false;
      take(share, line, item);
      return true;
    },
    shares: () => lines.keys(),
    all: () => [...lines.values()].flatMap((line) => [...line]),
  };
}
