/** How alike two names of one person are, whatever the order of their parts, letter case and accents. */

/** From 0 to 100; 100 where each part of the one is in the other. */
export function nameLikeness(expected: string, actual: string): number {
  const [a, b] = [partsOf(expected), partsOf(actual)];
  if (a.length === 0 || b.length === 0) return 0;
  const [fewer, more] = a.length <= b.length ? [a, b] : [b, a];
  // A middle name that one side leaves out takes little away; a name of one part says little about one of three.
  const alike = fewer.map((part) => Math.max(...more.map((other) => likeness(part, other))));
  const mean = alike.reduce((sum, each) => sum + each, 0) / fewer.length;
  const left = fewer.length === 1 && more.length > 1 ? 0.7 : 1;
  return Math.round(mean * left * 100);
}

function partsOf(name: string): string[] {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '' && !titles.has(part));
}

const titles = new Set(['MR', 'MRS', 'MS', 'MISS', 'DR', 'PROF', 'SIR', 'CHIEF', 'ALHAJI', 'HAJA']);

/** 1 where they are the same; an initial is like the name it begins. */
function likeness(a: string, b: string): number {
  if (a.length === 1 || b.length === 1) return a[0] === b[0] ? 0.9 : 0;
  return 1 - distance(a, b) / Math.max(a.length, b.length);
}

/** How many letters have to be put in, taken out or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
