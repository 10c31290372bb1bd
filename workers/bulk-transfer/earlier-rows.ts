/** Finds, chunk by chunk, the earlier row with the same text; asks the books once a chunk, and only where hashes agree. */
import { createKnownRows } from '../../domain/known-rows.ts';

export type EarlierRows = {
  /** For each row of the chunk whose text came before: the earlier row. Chunks come in row order. */
  find(chunk: readonly { readonly row: number; readonly text: string }[]): Promise<Map<number, number>>;
};

/** `textsOf` gives the texts of earlier rows again. */
export function createEarlierRows(textsOf: (rows: readonly number[]) => Promise<Map<number, string>>): EarlierRows {
  const known = createKnownRows();
  return {
    async find(chunk) {
      const suspects = new Map(chunk.map(({ row, text }) => [row, known.candidates(text)]));
      const asked = [...new Set([...suspects.values()].flat())];
      const texts = asked.length > 0 ? await textsOf(asked) : new Map<number, string>();
      const inChunk = new Map<string, number>();
      const found = new Map<number, number>();
      for (const { row, text } of chunk) {
        const earlier = suspects.get(row)?.find((candidate) => texts.get(candidate) === text) ?? inChunk.get(text);
        if (earlier !== undefined) found.set(row, earlier);
        else {
          inChunk.set(text, row);
          known.add(text, row);
        }
      }
      return found;
    },
  };
}
