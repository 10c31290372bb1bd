/** Reads documents by `_id`, those that are asked for close together in one command. */
import { createGatherer, type Gatherer } from './gatherer.ts';
import type { Collection, Document, Filter } from './mongo.ts';

/** Answers the document as it is after it was asked for; undefined where there is none. `_id` is text or binary. */
export function createReader<T extends Document & { readonly _id: string | Uint8Array }>(
  collection: Collection<T>,
  projection?: Readonly<Record<string, 1>>,
): Gatherer<T['_id'], T | undefined> {
  return createGatherer(async (ids) => {
    const wanted = [...new Map(ids.map((id) => [textOf(id), id])).values()];
    const found = await collection.find({ _id: { $in: wanted } } as unknown as Filter<T>, { projection }).toArray();
    const byId = new Map(found.map((doc) => [textOf(doc._id as T['_id']), doc as T]));
    return ids.map((id) => byId.get(textOf(id)));
  });
}

function textOf(id: string | Uint8Array): string {
  return typeof id === 'string' ? id : Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1');
}
