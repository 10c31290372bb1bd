/** Which rows may be asked for again, against a plain model of it, for any history of parent and children. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rowKeyBytes } from '../domain/ids.ts';
import type { ReasonCode, Stage } from '../domain/outcome.ts';
import { connectMongo, type Mongo } from '../platform/mongo.ts';
import { type Collections, collectionsOf, ensureIndexes } from './collections.ts';
import type { OutcomeDoc } from './documents.ts';
import { failedRows } from './retryable-rows.ts';
import { encodeRows } from './row-keys.ts';

let mongo: Mongo;
let c: Collections;
beforeAll(async () => {
  mongo = await connectMongo(process.env.MONGODB_URI!.replace(/(:\d+\/)[^?]*/, '$1tributary_store_tests'));
  c = collectionsOf(mongo, ['a secret of tests']);
  await ensureIndexes(c);
});
afterAll(() => mongo?.close());

/** What became of a row in one try. */
type Fate = 'paid' | 'pending' | 'bad' | 'twin' | 'notFound' | 'refused' | 'noFunds' | 'cancelled' | 'contradicted';
type Told = { readonly status: OutcomeDoc['status']; readonly stage: Stage; readonly code?: ReasonCode };

const told: Readonly<Record<Exclude<Fate, 'pending'>, Told>> = {
  paid: { status: 'completed', stage: 'rail' },
  bad: { status: 'rejected', stage: 'validation', code: 400 },
  twin: { status: 'rejected', stage: 'deduplication', code: 409 },
  notFound: { status: 'rejected', stage: 'lookup', code: 404 },
  refused: { status: 'rejected', stage: 'rail', code: 422 },
  noFunds: { status: 'rejected', stage: 'rail', code: 402 },
  cancelled: { status: 'cancelled', stage: 'cancel', code: 410 },
  contradicted: { status: 'rejected', stage: 'rail', code: 422 },
};
const again: readonly Fate[] = ['notFound', 'refused', 'noFunds'];
const fate = fc.constantFrom<Fate>('pending', ...(Object.keys(told) as Exclude<Fate, 'pending'>[]));

test('a row is retried exactly if its last try failed for good and may be mended, whatever came before', async () => {
  const history = fc.record({
    parent: fc.array(fate, { minLength: 1, maxLength: 40 }),
    // Each later try takes some of what may be retried: those whose place says so.
    tries: fc.array(fc.array(fc.tuple(fc.boolean(), fate), { minLength: 40, maxLength: 40 }), { maxLength: 3 }),
    stride: fc.integer({ min: 1, max: 15 }),
    codes: fc.option(fc.constantFrom<number[]>([402], [404, 422], [410]), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(history, async ({ parent, tries, stride, codes }) => {
      const parentId = await aBatch(parent);
      const last = new Map(parent.map((fate, at) => [at + 1, fate]));
      const mayFollow = new Set([...last].filter(([, fate]) => again.includes(fate)).map(([row]) => row));
      const earlier: { child: string; rows: Buffer }[] = [];
      for (const places of tries) {
        const rows = [...mayFollow].sort((a, b) => a - b).filter((row) => places[row - 1]![0]);
        const fates = rows.map((row) => places[row - 1]![1]);
        earlier.push({ child: await aBatch(fates), rows: encodeRows(rows) });
        rows.forEach((row, at) => {
          last.set(row, fates[at]!);
          if (![...again, 'cancelled'].includes(fates[at]!)) mayFollow.delete(row);
        });
      }
      const found: number[] = [];
      for await (const rows of failedRows(c, { _id: parentId, rows: parent.length }, earlier, codes, stride)) {
        found.push(...rows);
      }
      const codeOf = (row: number) => told[last.get(row) as 'paid'].code!;
      const wanted = [...mayFollow].filter((row) => codes === undefined || codes.includes(codeOf(row)));
      expect(found).toEqual(wanted.sort((a, b) => a - b));
    }),
    { numRuns: 60 },
  );
});

async function aBatch(fates: readonly Fate[]): Promise<string> {
  const batchId = randomUUID();
  const common = { tenantId: 'tenant', minor: 100n, currency: 'USD', at: new Date() };
  const outcomes = fates.flatMap((fate, at): OutcomeDoc[] => {
    return fate === 'pending' ? [] : [{ _id: rowKeyBytes(batchId, at + 1), sub: 1, ...common, ...told[fate] }];
  });
  const conflicts = fates.flatMap((fate, at) => {
    const row = at + 1;
    const _id = `${batchId}/${row}`;
    const doubt = {
      _id,
      tenantId: 'tenant',
      batchId,
      row,
      at: new Date(),
      had: 'rejected',
      got: 'completed',
      text: '',
    };
    return fate === 'contradicted' ? [doubt] : [];
  });
  if (outcomes.length > 0) await c.outcomes.insertMany(outcomes);
  if (conflicts.length > 0) await c.conflicts.insertMany(conflicts);
  return batchId;
}
