/** MongoDB: the one client, its settings and what its errors mean. The only place that imports the driver. */
import {
  type ClientSession,
  type Collection,
  type Db,
  type Document,
  type FindCursor,
  MongoClient,
  MongoServerError,
} from 'mongodb';

export type { AnyBulkWriteOperation, ClientSession, Collection, Db, Document, Filter, FindCursor } from 'mongodb';
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

/** Whether an insert met a document with the same key: the fact behind "once". */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === 11000;
}

/**
 * Inserts what is not there yet, in one unordered write; answers the positions of those that were there before.
 * Throws on any failure other than a duplicate key.
 */
export async function insertMissing<T extends Document>(
  collection: Collection<T>,
  documents: readonly T[],
): Promise<number[]> {
  if (documents.length === 0) return [];
  try {
    await collection.insertMany(documents as Parameters<typeof collection.insertMany>[0], { ordered: false });
    return [];
  } catch (error) {
    const positions = duplicatePositions(error);
    if (positions) return positions;
    throw error;
  }
}

function duplicatePositions(error: unknown): number[] | undefined {
  const { writeErrors, result } = error as {
    writeErrors?: { code: number; index: number }[];
    result?: { getWriteConcernError?: () => unknown };
  };
  if (!writeErrors?.length || !writeErrors.every((e) => e.code === 11000)) return undefined;
  if (result?.getWriteConcernError?.()) return undefined;
  return writeErrors.map((e) => e.index);
}
