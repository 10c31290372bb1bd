import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowKeyBytes } from '../domain/ids.ts';
import { connectMongo, type Mongo } from '../platform/mongo.ts';
import { type Books, createBooks } from './books.ts';
import { collectionsOf } from './collections.ts';

let mongo: Mongo;
let books: Books;
beforeAll(async () => {
  mongo = await connectMongo(process.env.MONGODB_URI ?? '');
  books = createBooks(collectionsOf(mongo, ['a secret of tests']));
});
afterAll(() => mongo.close());

const tenantId = 'books-test';
const claimOf = (batchId: string, row: number, n: number, owner: string) =>
  books.claim(tenantId, batchId, [{ row, n }], { owner, leaseMs: 10_000 });

test('of all who claim one attempt at the same moment, one may send', async () => {
  const rows = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(rows, async (claimed) => {
      const batchId = randomUUID();
      const claims = await Promise.all(claimed.map((row, i) => claimOf(batchId, row, 1, `sender-${i}`)));
      const winners = claims.flatMap((claim, i) => claim.rows.map((row) => [row, `sender-${i}`] as const));
      const attempts = await books.latestAttempts(batchId, [1, 2, 3, 4, 5]);
      expect(new Map(winners)).toEqual(new Map([...attempts].map(([row, { owner }]) => [row, owner])));
      expect(winners.length).toBe(new Set(claimed).size);
    }),
    { numRuns: 40 },
  );
});

test('the latest attempt of a row is the same, asked for alone or among others, of one batch or several', async () => {
  const batchIds = [randomUUID(), randomUUID()] as const;
  const attempts = [
    [0, 1, 1],
    [0, 1, 2],
    [0, 3, 1],
    [0, 400, 1],
    [1, 1, 1],
    [1, 3, 300],
  ] as const;
  for (const [batch, row, n] of attempts) await claimOf(batchIds[batch], row, n, `${batch}/${row}/${n}`);
  const rows = [1, 2, 3, 400];
  const alone = await Promise.all(
    batchIds.flatMap((batchId) =>
      rows.map(async (row) => (await books.latestAttempts(batchId, [row])).get(row)?.owner),
    ),
  );
  const together = await Promise.all(batchIds.map((batchId) => books.latestAttempts(batchId, rows)));
  const expected = ['0/1/2', undefined, '0/3/1', '0/400/1', '1/1/1', undefined, '1/3/300', undefined];
  expect(alone).toEqual(expected);
  expect(together.flatMap((found) => rows.map((row) => found.get(row)?.owner))).toEqual(expected);
});

test('payments and outcomes asked for one by one are those of their own row', async () => {
  const [batchId, other] = [randomUUID(), randomUUID()];
  const outcomeOf = (row: number) => ({
    _id: rowKeyBytes(batchId, row),
    tenantId,
    sub: 1,
    status: 'completed' as const,
    stage: 'rail' as const,
    reference: `reference ${row}`,
    minor: 100n,
    currency: 'USD',
    at: new Date(),
  });
  expect(await Promise.all([3, 4, 3].map((row) => books.settle([outcomeOf(row)])))).toEqual([[3], [4], []]);
  const found = await Promise.all([3, 4, 5].map((row) => books.outcomesOf(batchId, [row])));
  expect(found.map((byRow, i) => byRow.get(3 + i)?.reference)).toEqual(['reference 3', 'reference 4', undefined]);
  expect((await books.outcomesOf(other, [3])).size).toBe(0);
  expect(await books.payment(other, 3)).toBeUndefined();
});

test('what proves one attempt proves no other, of the same payment or of one asked about at the same moment', async () => {
  const [ref, other] = [randomUUID(), randomUUID()];
  const answerOf = (about: string, attempt: number, answer?: string) => ({
    ref: about,
    batchId: about,
    tenantId,
    attempt,
    at: new Date(),
    direction: 'answer' as const,
    summary: 'an answer',
    ...(answer && { answer }),
  });
  await books.note([answerOf(ref, 1, 'notSent'), answerOf(ref, 2, 'pending'), answerOf(ref, 3)]);
  await books.note([answerOf(other, 1, 'completed')]);
  const asked = [
    [ref, 1],
    [ref, 2],
    [ref, 3],
    [other, 1],
    [other, 2],
  ] as const;
  const together = await Promise.all(asked.map(([about, attempt]) => books.proofOf(about, attempt)));
  const alone: unknown[] = [];
  for (const [about, attempt] of asked) alone.push(await books.proofOf(about, attempt));
  expect(together).toEqual([
    { ended: true, unsent: true },
    { ended: true, unsent: false },
    { ended: false, unsent: false },
    { ended: true, unsent: false },
    { ended: false, unsent: false },
  ]);
  expect(alone).toEqual(together);
});
