/** Newline-delimited JSON, read in batches with the memory of one. */

/** Values of the lines, `max` at a time. Throws SyntaxError on a line that is no JSON. */
export async function* readNdjson<T>(source: AsyncIterable<Uint8Array | string>, max: number): AsyncGenerator<T[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let batch: T[] = [];
  for await (const piece of source) {
    const lines = (rest + (typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true }))).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') continue;
      batch.push(JSON.parse(line) as T);
      if (batch.length < max) continue;
      yield batch;
      batch = [];
    }
  }
  rest += decoder.decode();
  if (rest !== '') batch.push(JSON.parse(rest) as T);
  if (batch.length > 0) yield batch;
}
