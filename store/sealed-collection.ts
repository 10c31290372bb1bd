/**
 * A collection whose documents hold personal data: its fields go in sealed under the key of their batch and come out open, whoever reads or writes. What
 * the database cannot do with them any more, such as looking for a payee, throws instead of finding nothing.
 */

import type { BatchId, TenantId } from '../domain/ids.ts';
import { openTexts, sealTexts } from '../domain/sealing.ts';
import type { Collection, Document, FindCursor } from '../platform/mongo.ts';
import type { Keyring } from './keyring.ts';

export type SealedFields<T> = {
  /** Personal fields, in the order in which they are sealed: only ever add at the end. */
  readonly fields: readonly (keyof T & string)[];
  /** Whose key; undefined where the document has none, which leaves it open. */
  readonly keyId: (doc: T) => BatchId | undefined;
  /** What stands in for the fields once the key is gone. */
  readonly erased: Partial<T>;
};

type Doc = Document & { tenantId?: TenantId; sealed?: Buffer };
type Key = Buffer | undefined;

/** With a keyring that is not open, personal data stay sealed for whoever reads, and cannot be written. */
export function sealedCollection<T extends Document>(
  collection: Collection<T>,
  keys: Pick<Keyring, 'isOpen' | 'key' | 'keyFor'>,
  rules: SealedFields<T>,
): Collection<T> {
  const { fields, erased } = rules;
  const keyId = rules.keyId as unknown as (doc: Doc) => BatchId | undefined;
  const isField = new Set<string>(fields);

  async function sealAll(docs: readonly Doc[]): Promise<Doc[]> {
    const sealed = [...docs];
    for (const [id, places] of placesById(
      docs.map((doc) => (fields.some((name) => doc[name] !== undefined) ? keyId(doc) : undefined)),
    )) {
      const key = await keys.keyFor(id, docs[places[0]!]!.tenantId ?? '');
      const texts =
        key &&
        sealTexts(
          key,
          places.map((at) => textOf(docs[at]!)),
        );
      places.forEach((at, i) => {
        sealed[at] = { ...without(docs[at]!), ...(texts && { sealed: texts[i]! }) };
      });
    }
    return sealed;
  }

  function textOf(doc: Doc): string {
    return JSON.stringify(fields.map((name) => doc[name] ?? null));
  }

  function without(doc: Doc): Doc {
    // Once per payment of a large batch: what copies in one go costs several times as much.
    const rest: Doc = {};
    for (const name in doc) if (!isField.has(name)) rest[name] = doc[name];
    return rest;
  }

  /** In place: they were read for whoever asked, and nobody else has them. */
  async function openAll(docs: readonly Doc[]): Promise<void> {
    if (!keys.isOpen) return;
    for (const [id, places] of placesById(docs.map((doc) => (doc.sealed === undefined ? undefined : keyId(doc))))) {
      openSome(
        await keys.key(id),
        places.map((at) => docs[at]!),
      );
    }
  }

  function openSome(key: Key, docs: readonly Doc[]): void {
    const texts =
      key &&
      openTexts(
        key,
        docs.map(({ sealed }) => sealed!),
      );
    docs.forEach((doc, i) => {
      delete doc.sealed;
      if (!texts) {
        Object.assign(doc, structuredClone(erased));
        return;
      }
      const values = JSON.parse(texts[i]!) as unknown[];
      fields.forEach((name, at) => {
        if (values[at] !== null && values[at] !== undefined) (doc as Record<string, unknown>)[name] = values[at];
      });
    });
  }

  function refuse(what: unknown): void {
    const named = namesIn(what).find((name) => isField.has(name.split('.')[0]!));
    if (named !== undefined)
      throw new Error(`${named} of ${collection.collectionName} is sealed: the database cannot look at it`);
  }

  function notFor(what: string): string {
    return `${what} is not for ${collection.collectionName}: its documents are sealed`;
  }

  /** Whoever asks for a sealed field by name gets all of them. */
  function seen(options: { projection?: Document } | undefined) {
    const projection = options?.projection;
    if (!projection || !Object.keys(projection).some((name) => isField.has(name.split('.')[0]!))) return options;
    const others = Object.entries(projection).filter(([name]) => !isField.has(name.split('.')[0]!));
    const isListed = Object.values(projection).some((value) => value === 1 || value === true);
    return { ...options, projection: { ...Object.fromEntries(others), ...(isListed && { sealed: 1 }) } };
  }

  // biome-ignore lint/suspicious/noExplicitAny: the driver's own methods, handed through as they are
  type Any = any;
  const methods: Record<string, (...given: Any[]) => unknown> = {
    async insertOne(doc, options) {
      const [sealed] = await sealAll([doc]);
      return (collection as Any).insertOne(sealed, options);
    },
    async insertMany(docs, options) {
      return (collection as Any).insertMany(await sealAll(docs), options);
    },
    find(filter, options) {
      refuse(filter);
      return openCursor((collection as Any).find(filter ?? {}, seen(options)), openAll, refuse);
    },
    async findOne(filter, options) {
      refuse(filter);
      const doc = await (collection as Any).findOne(filter ?? {}, seen(options));
      if (doc) await openAll([doc]);
      return doc;
    },
    async findOneAndUpdate(filter, update, options) {
      refuse([filter, update]);
      const doc = await (collection as Any).findOneAndUpdate(filter, update, seen(options));
      if (doc) await openAll([doc]);
      return doc;
    },
    aggregate(stages, options) {
      refuse(stages);
      return (collection as Any).aggregate(stages, options);
    },
  };
  for (const name of ['updateOne', 'updateMany', 'countDocuments', 'deleteOne', 'deleteMany', 'distinct'] as const) {
    methods[name] = (...given) => {
      refuse(given.slice(0, 2));
      return (collection as Any)[name](...given);
    };
  }
  methods.bulkWrite = async (given: readonly Any[], options) => {
    // A whole document in the place of another: what would change a part of one cannot be sealed.
    if (!given.every((each) => each.replaceOne)) throw new Error(notFor('bulkWrite of anything but replaceOne'));
    refuse(given.map(({ replaceOne }) => replaceOne.filter));
    const sealed = await sealAll(given.map(({ replaceOne }) => replaceOne.replacement));
    const writes = given.map(({ replaceOne }, i) => ({ replaceOne: { ...replaceOne, replacement: sealed[i] } }));
    return (collection as Any).bulkWrite(writes, options);
  };
  for (const name of ['replaceOne', 'findOneAndReplace', 'findOneAndDelete']) {
    methods[name] = () => {
      throw new Error(notFor(name));
    };
  }
  return proxied(collection, methods);
}

/** A cursor whose documents come out open: read one by one, all at once, or batch by batch as the server sends them. */
function openCursor<T extends Document>(
  cursor: FindCursor<T>,
  openAll: (docs: readonly Doc[]) => Promise<void>,
  refuse: (what: unknown) => void,
): FindCursor<T> {
  let open: Doc[] = [];

  /** Whether there is another; those that the server has sent are opened together. */
  async function fill(): Promise<boolean> {
    if (open.length > 0) return true;
    if (!(await cursor.hasNext())) return false;
    open = cursor.readBufferedDocuments() as Doc[];
    await openAll(open);
    return open.length > 0;
  }

  const methods: Record<string, (...given: never[]) => unknown> = {
    async toArray() {
      const docs = (await cursor.toArray()) as Doc[];
      await openAll(docs);
      return docs;
    },
    hasNext: fill,
    async next() {
      return (await fill()) ? open.shift() : null;
    },
    readBufferedDocuments() {
      const docs = open;
      open = [];
      return docs;
    },
    sort(given: unknown) {
      refuse([given]);
      cursor.sort(given as never);
      return proxy;
    },
  };
  async function* each(): AsyncGenerator<Doc> {
    try {
      while (await fill()) {
        const docs = open;
        open = [];
        yield* docs;
      }
    } finally {
      await cursor.close();
    }
  }
  const proxy: FindCursor<T> = new Proxy(cursor, {
    get(target, name) {
      if (name === Symbol.asyncIterator) return each;
      if (typeof name === 'string' && name in methods) return methods[name];
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        const result: unknown = value.apply(target, given);
        return result === target ? proxy : result;
      };
    },
  });
  return proxy;
}

function proxied<T extends object>(of: T, methods: Record<string, unknown>): T {
  return new Proxy(of, {
    get(target, name) {
      if (typeof name === 'string' && name in methods) return methods[name];
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Places of those that have an id, by it. */
function placesById(ids: readonly (string | undefined)[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  ids.forEach((id, at) => {
    if (id === undefined) return;
    const known = places.get(id);
    if (known) known.push(at);
    else places.set(id, [at]);
  });
  return places;
}

/** Names of fields in a filter, an update, a sort or the stages of an aggregation; keys and values are left alone. */
function namesIn(what: unknown): string[] {
  if (Array.isArray(what)) return what.flatMap(namesIn);
  if (typeof what === 'string') return what.startsWith('$') && !what.startsWith('$$') ? [what.slice(1)] : [];
  if (typeof what !== 'object' || what === null || Object.getPrototypeOf(what) !== Object.prototype) return [];
  return Object.entries(what).flatMap(([name, value]) => [...(name.startsWith('$') ? [] : [name]), ...namesIn(value)]);
}
