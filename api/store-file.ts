/** Streams a file into S3 so that nothing stays of it unless somebody owns it in the end. */
import { Problem } from '../domain/problem.ts';
import type { ApiDeps } from './deps.ts';
import { type FileFacts, type FileRules, inspectFile } from './receive-file.ts';

export type StoreDeps = Pick<ApiDeps, 'objects'>;

/** Stores what is inspected; a problem with the bytes leaves nothing under the key. */
export async function storeFile(
  { objects }: StoreDeps,
  key: string,
  source: AsyncIterable<Uint8Array>,
  rules: FileRules,
): Promise<FileFacts> {
  const inspection = inspectFile(source, rules);
  let problem: unknown;
  const noted = noting(inspection.bytes, (error) => {
    problem = error;
  });
  try {
    await objects.put(key, noted, { contentType: 'text/csv; charset=utf-8' });
  } catch (error) {
    throw problem ?? error;
  }
  return inspection.facts();
}

/** The uploader may wrap or replace an error of its source: the first one is the one that counts. */
async function* noting(source: AsyncIterable<Uint8Array>, note: (error: unknown) => void): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (error) {
    note(error);
    throw error;
  }
}

/** The request's bytes, without taking its connection down when reading ends early. */
export async function* bodyOf(
  req: NodeJS.ReadableStream & { iterator(options: object): AsyncIterator<unknown> },
  see: (bytes: Uint8Array) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  const pieces = { [Symbol.asyncIterator]: () => req.iterator({ destroyOnReturn: false }) };
  try {
    for await (const piece of pieces) {
      see(piece as Uint8Array);
      yield piece as Uint8Array;
    }
  } catch (error) {
    if ((error as { code?: string }).code !== 'ECONNRESET') throw error;
    throw new Problem('broken-upload', 'the connection ended before the body did: send it again', {}, error);
  }
}
