import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collection, connectMongo, insertMissing, type Mongo } from './mongo.ts';
import { createReader } from './read-by-id.ts';

type Doc = { _id: string; by?: number; bytes?: Buffer };

let mongo: Mongo;
beforeAll(async () => {
  mongo = await connectMongo(process.env.MONGODB_URI ?? '');
});
afterAll(() => mongo.close());

async function aCollection(options?: Parameters<Mongo['db']['createCollection']>[1]): Promise<Collection<Doc>> {
  return mongo.db.createCollection<Doc>(`mongo_test_${randomUUID()}`, options) as unknown as Collection<Doc>;
}

/** What each asker heard: positions that were there, or the failure. */
const heardOf = (asked: readonly Promise<number[]>[]) => Promise.allSettled(asked);

test('whoever inserts at the same moment: each document has one writer, and everyone else hears that it was there', async () => {
  const collection = await aCollection();
  const ids = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.array(ids, { minLength: 1, maxLength: 12 }), fc.array(fc.nat(9)), async (askers, before) => {
      const round = randomUUID();
      const docsOf = (rows: readonly number[], by: number) => rows.map((row) => ({ _id: `${round}/${row}`, by }));
      if (before.length > 0) await insertMissing(collection, docsOf(before, -1));
      const there = await Promise.all(askers.map((rows, by) => insertMissing(collection, docsOf(rows, by))));
      const writers = askers.flatMap((rows, by) =>
        rows.flatMap((row, i) => (there[by]!.includes(i) ? [] : [{ _id: `${round}/${row}`, by }])),
      );
      const written = await collection.find({ _id: { $gt: round, $lt: `${round}0` }, by: { $gte: 0 } }).toArray();
      const sorted = (docs: readonly { _id: string; by?: unknown }[]) =>
        docs.map(({ _id, by }) => `${_id} ${String(by)}`).sort();
      expect(sorted(writers)).toEqual(sorted(written));
    }),
    { numRuns: 60 },
  );
  await collection.drop();
});

test('a document that the server refuses fails its own asker; its neighbours hear of theirs', async () => {
  const collection = await aCollection({ validator: { by: { $lt: 100 } } });
  await insertMissing(collection, [{ _id: 'there', by: 0 }]);
  const [good, bad, both, there] = await heardOf([
    insertMissing(collection, [{ _id: 'good', by: 1 }]),
    insertMissing(collection, [{ _id: 'bad', by: 100 }]),
    insertMissing(collection, [
      { _id: 'there', by: 2 },
      { _id: 'as bad', by: 100 },
    ]),
    insertMissing(collection, [
      { _id: 'fine', by: 3 },
      { _id: 'there', by: 3 },
    ]),
  ]);
  expect(good).toEqual({ status: 'fulfilled', value: [] });
  expect(bad).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('validation') } });
  expect(both?.status).toBe('rejected');
  expect(there).toEqual({ status: 'fulfilled', value: [1] });
  expect((await collection.distinct('_id')).sort()).toEqual(['fine', 'good', 'there']);
  await collection.drop();
});

test('a document too large to send fails its own asker alone', async () => {
  const collection = await aCollection();
  const [small, large, another] = await heardOf([
    insertMissing(collection, [{ _id: 'small' }]),
    insertMissing(collection, [{ _id: 'large', bytes: Buffer.alloc(17 * 1024 * 1024) }]),
    insertMissing(collection, [{ _id: 'small' }]),
  ]);
  expect(large?.status).toBe('rejected');
  expect([small, another].map((ending) => (ending?.status === 'fulfilled' ? ending.value.length : -1)).sort()).toEqual([
    0, 1,
  ]);
  await collection.drop();
});

test('a command that fails as a whole is a failure for everyone in it', async () => {
  const real = await aCollection();
  const view = (await mongo.db.createCollection(`mongo_test_${randomUUID()}`, {
    viewOn: real.collectionName,
    pipeline: [],
  })) as unknown as Collection<Doc>;
  const heard = await heardOf(['a', 'b', 'c'].map((_id) => insertMissing(view, [{ _id }])));
  expect(heard.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await view.drop();
  await real.drop();
});

test('a reader answers each id with its document as it is when asked, or with nothing', async () => {
  const collection = await aCollection();
  const read = createReader(collection);
  for (let by = 0; by < 20; by += 1) {
    await collection.updateOne({ _id: 'changing' }, { $set: { by } }, { upsert: true });
    const [changing, again, missing] = await Promise.all([read('changing'), read('changing'), read('missing')]);
    expect([changing?.by, again?.by, missing]).toEqual([by, by, undefined]);
  }
  await collection.drop();
});

test('a reader tells binary ids apart by their bytes', async () => {
  const collection = (await aCollection()) as unknown as Collection<{ _id: Buffer; by: number }>;
  const ids = [Buffer.from([0, 1]), Buffer.from([0xc3, 0x28]), Buffer.from([0xc3, 0x29])];
  await insertMissing(
    collection,
    ids.map((_id, by) => ({ _id, by })),
  );
  const read = createReader(collection, { by: 1 });
  const found = await Promise.all([...ids, Buffer.from([9])].map(read));
  expect(found.map((doc) => doc?.by)).toEqual([0, 1, 2, undefined]);
  await collection.drop();
});
