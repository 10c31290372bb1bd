/** MongoDB: the one client, its settings and what its errors mean. The only place that imports the driver. */
import {
  type ClientSession,
  type Collection,
  type Db,
  type Document,
  type FindCursor,
  MongoBulkWriteError,
  MongoClient,
  MongoServerError,
} from 'mongodb';
import { createGatherer, type Gatherer } from './gatherer.ts';

export type {
  AnyBulkWriteOperation,
  ClientSession,
  Collection,
  Db,
  Document,
  Filter,
  FindCursor,
  UpdateFilter,
} from 'mongodb';
export { Binary, ObjectId } from 'mongodb';

export type Mongo = {
  readonly db: Db;
  collection<T extends Document>(name: string): Collection<T>;
  /** Runs `work` in a transaction; retried by the driver on transient errors, so `work` must be repeatable. */
  transaction<T>(work: (session: ClientSession) => Promise<T>): Promise<T>;
  /** Throws when the server does not answer within the client's time-out. */
  ping(): Promise<void>;
  close(): Promise<void>;
};

/** Connects with majority writes, journal on, 64-bit integers as bigint. `uri` names the database. */
export async function connectMongo(uri: string, options: { poolMax?: number } = {}): Promise<Mongo> {
  const client = new MongoClient(uri, {
    useBigInt64: true,
    promoteBuffers: true,
    ignoreUndefined: true,
    maxPoolSize: options.poolMax ?? 20,
    serverSelectionTimeoutMS: 10_000,
    socketTimeoutMS: 120_000,
    writeConcern: { w: 'majority', journal: true },
    readConcern: { level: 'majority' },
    retryReads: true,
    retryWrites: true,
  });
  await client.connect();
  const db = client.db();
  return {
    db,
    collection: (name) => db.collection(name),
    transaction: (work) => client.withSession((session) => session.withTransaction(() => work(session))),
    ping: async () => void (await db.command({ ping: 1 })),
    close: () => client.close(),
  };
}

/** What a cursor finds, batch by batch as the server sends it: a promise per batch and not one per document. */
export async function* inBatches<T>(cursor: FindCursor<T>): AsyncGenerator<T[]> {
  try {
    while (await cursor.hasNext()) yield cursor.readBufferedDocuments();
  } finally {
    await cursor.close();
  }
}

const duplicateKey = 11000;

/** Whether an insert met a document with the same key: the fact behind "once". */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === duplicateKey;
}

/** Up to this many documents go together with those of others; more are worth a command of their own. */
const gatheredMax = 8;

/**
 * Inserts what is not there yet, unordered; answers the positions of those that were there before. A few documents share a
 * command, and its journal flush, with what others insert at that moment: each hears of its own documents only.
 * Throws on any failure other than a duplicate key; then some may have been written all the same.
 */
export async function insertMissing<T extends Document>(
  collection: Collection<T>,
  documents: readonly T[],
): Promise<number[]> {
  if (documents.length === 0) return [];
  const insert = documents.length > gatheredMax ? insertAlone : inserterOf;
  const ending = await insert(collection)(documents);
  if ('failure' in ending) throw ending.failure;
  return ending.there;
}

/** What came of one asker's documents: positions that were there before, or why it is not known that all are there. */
type InsertEnding = { readonly there: number[] } | { readonly failure: unknown };

const inserters = new WeakMap<object, Gatherer<readonly never[], InsertEnding>>();

function insertAlone<T extends Document>(collection: Collection<T>): Gatherer<readonly T[], InsertEnding> {
  return async (documents) => (await insertTogether(collection, [documents]))[0]!;
}

function inserterOf<T extends Document>(collection: Collection<T>): Gatherer<readonly T[], InsertEnding> {
  let inserter = inserters.get(collection) as Gatherer<readonly T[], InsertEnding> | undefined;
  if (!inserter) {
    inserter = createGatherer((asked) => insertTogether(collection, asked));
    inserters.set(collection, inserter as Gatherer<readonly never[], InsertEnding>);
  }
  return inserter;
}

async function insertTogether<T extends Document>(
  collection: Collection<T>,
  asked: readonly (readonly T[])[],
): Promise<InsertEnding[]> {
  const documents: unknown = asked.flat();
  try {
    await collection.insertMany(documents as Parameters<typeof collection.insertMany>[0], { ordered: false });
    return asked.map(() => ({ there: [] }));
  } catch (error) {
    // Whatever was sent ends in that error. Any other came before: alone, each hears of its own.
    if (asked.length > 1 && !(error instanceof MongoBulkWriteError)) {
      return (await Promise.all(asked.map((each) => insertTogether(collection, [each])))).flat();
    }
    const refused = refusedPositions(error, asked.flat().length);
    if (!refused) return asked.map(() => ({ failure: error }));
    let from = 0;
    return asked.map((each) => {
      const own = each.flatMap((_, i) => refused.get(from + i) ?? []);
      const there = each.flatMap((_, i) => (refused.has(from + i) ? [i] : []));
      from += each.length;
      return own.every((code) => code === duplicateKey) ? { there } : { failure: error };
    });
  }
}

/** Code by position, where the answer accounts for each document: written, or refused by itself. Undefined where it does not. */
function refusedPositions(error: unknown, documents: number): Map<number, number> | undefined {
  if (!(error instanceof MongoBulkWriteError)) return undefined;
  const refused = new Map([error.writeErrors].flat().map(({ index, code }) => [index, Number(code)]));
  if (refused.size === 0 || error.insertedCount + refused.size !== documents) return undefined;
  return error.result.getWriteConcernError() ? undefined : refused;
}
