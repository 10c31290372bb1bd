/** A file of the object store, streamed through to whoever may have it. */
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { attachment } from '../platform/object-store.ts';
import type { ApiDeps } from './deps.ts';

const mediaTypes = { csv: 'text/csv; charset=utf-8', xml: 'application/xml; charset=utf-8' } as const;

/** Answers with the bytes under `key`, to be kept as `fileName`; throws ObjectMissing where there are none. */
export async function sendFile(
  { objects }: Pick<ApiDeps, 'objects'>,
  res: Response,
  { key, fileName }: { readonly key: string; readonly fileName: string },
): Promise<void> {
  const source = await objects.get(key);
  res
    .type(mediaTypes[key.endsWith('.xml') ? 'xml' : 'csv'])
    .set('Content-Disposition', attachment(fileName))
    .set('Cache-Control', 'private, no-store');
  await pipeline(source, res);
}
