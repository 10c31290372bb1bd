/** Did you mean: the nearest of the names that exist. */

/** `did you mean "a"? there are a, b, c`; `silent` names are suggested but not listed. */
export function oneOf(wrong: string, names: readonly string[], silent: readonly string[] = []): string {
  const list = names.length > 0 ? `there are ${names.join(', ')}` : 'there are none';
  const near = nearest(wrong, [...names, ...silent]);
  return near ? `did you mean "${near}"? ${list}` : list;
}

/** The name that takes the fewest changes of a letter, if they are few for its length. */
export function nearest(wrong: string, names: readonly string[]): string | undefined {
  const ranked = names.map((name) => ({ name, far: distance(wrong.toLowerCase(), name.toLowerCase()) }));
  const best = ranked.sort((a, b) => a.far - b.far)[0];
  return best && best.far <= Math.max(2, Math.floor(wrong.length / 3)) ? best.name : undefined;
}

/** Letters to insert, delete or replace to come from a to b (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
