/** Random numbers that a seed gives again: every choice of a run comes from here, so that a failure can be replayed. */

export type Random = {
  /** At least 0, below 1. */
  next(): number;
  /** From `min` to `max`, both included. */
  whole(min: number, max: number): number;
  pick<T>(from: readonly T[]): T;
  chance(probability: number): boolean;
  shuffled<T>(from: readonly T[]): T[];
  /** A stream of its own, so that drawing more from one never changes another. */
  fork(name: string): Random;
};

/** Of any text: equal texts give equal streams. */
export function createRandom(seed: string): Random {
  let state = hashOf(seed);

  /** Mulberry32. */
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  const whole = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));

  return {
    next,
    whole,
    pick: (from) => from[whole(0, from.length - 1)]!,
    chance: (probability) => next() < probability,
    shuffled(from) {
      const left = [...from];
      return from.map(() => left.splice(whole(0, left.length - 1), 1)[0]!);
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
