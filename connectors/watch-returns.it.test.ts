import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endToEndIdOf, rowKeyBytes, subBatchIdOf } from '../domain/ids.ts';
import { switchesOf } from '../domain/switches.ts';
import { countIn } from '../domain/tally.ts';
import { silentLog } from '../platform/log.ts';
import { connectMongo, type Mongo } from '../platform/mongo.ts';
import { createBatches } from '../store/batches.ts';
import { createBooks } from '../store/books.ts';
import { type Collections, collectionsOf, ensureIndexes } from '../store/collections.ts';
import type { BatchDoc, OutcomeDoc, PaymentDoc, SubBatchDoc } from '../store/documents.ts';
import { createMarks } from '../store/marks.ts';
import { createOutbox } from '../store/outbox.ts';
import { createReturns } from '../store/returns.ts';
import { encodeRuns, runsOf } from '../store/row-keys.ts';
import type { Returned } from './rail.ts';
import { readReturns } from './watch-returns.ts';

let mongo: Mongo;
let c: Collections;
beforeAll(async () => {
  const uri = process.env.MONGODB_URI!.replace(/^(mongodb[^/]*\/\/[^/]+)\/[^?]*/, '$1/tributary_returns_tests');
  mongo = await connectMongo(uri);
  c = collectionsOf(mongo, ['a secret of tests']);
  await ensureIndexes(c);
});
afterAll(() => mongo.close());

const at = new Date();
const later = new Date(at.getTime() + 5_000);
const none = new AbortController().signal;

test('a return is written once, the outcome stays, and the batch that was closed is told again', async () => {
  const { batch, deps, reported } = await aWorld(['completed', 'completed', 'rejected']);
  reported.push(aReturn(batch, 1), aReturn(batch, 3), aReturn(aBatch(), 1));
  expect(await readReturns(deps, none)).toEqual({ recorded: 1, undecided: 0, strange: 0 });
  expect(await readReturns(deps, none)).toEqual({ recorded: 0, undecided: 0, strange: 0 });
  expect(await c.returns.find({ tenantId: batch.tenantId }).toArray()).toMatchObject([
    { _id: { buffer: expect.anything() }, railCode: 'AC04', railText: 'account closed', currency: 'USD' },
  ]);
  const outcome = await c.outcomes.findOne({ _id: rowKeyBytes(batch._id, 1) });
  expect(outcome?.status).toBe('completed');
  const announced = (await deps.outbox.ofBatch(batch._id)).map(({ _id }) => _id);
  expect(announced).toEqual([`changed/${batch._id}/returned-1`]);
  const closed = await deps.batches.close(batch._id);
  expect(closed.imbalances).toEqual([]);
  const { tally } = (await c.batches.findOne({ _id: batch._id }))!;
  expect(['completed', 'returned', 'rejected'].map((bucket) => countIn(tally, bucket as 'returned'))).toEqual([
    1, 1, 1,
  ]);
});

test('a return whose payment has no outcome yet is read again until it has', async () => {
  const { batch, deps, reported, sinceAsked } = await aWorld(['completed', undefined]);
  reported.push(aReturn(batch, 2));
  expect(await readReturns(deps, none)).toMatchObject({ recorded: 0, undecided: 1 });
  await c.outcomes.insertOne(anOutcome(batch, 2, 'completed'));
  expect(await readReturns(deps, none)).toMatchObject({ recorded: 1, undecided: 0 });
  await readReturns(deps, none);
  expect(sinceAsked.map((since) => since <= later)).toEqual([true, true, true]);
  expect(sinceAsked[2]).toEqual(later);
});

test('a return that is not of its payment’s amount changes nothing and is for a person', async () => {
  const { batch, deps, reported } = await aWorld(['completed']);
  reported.push({ ...aReturn(batch, 1), doubt: () => 'it is booked with another amount' });
  expect(await readReturns(deps, none)).toMatchObject({ recorded: 0, strange: 1 });
  await readReturns(deps, none);
  expect(await c.returns.countDocuments({ tenantId: batch.tenantId })).toBe(0);
  expect(await c.conflicts.find({ batchId: batch._id }).toArray()).toMatchObject([
    { row: 1, had: 'completed', got: 'returned', text: 'it is booked with another amount' },
  ]);
});

test('a return that is noted while the batch is counted makes it count again', async () => {
  const { batch, deps } = await aWorld(['completed']);
  const racing = createBatches({
    ...c,
    batches: new Proxy(c.batches, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name !== 'findOne') return typeof value === 'function' ? value.bind(target) : value;
        return async (filter: object) => {
          const found = await target.findOne(filter);
          await deps.returns.record([aReturnDoc(batch, 1)]);
          return found;
        };
      },
    }),
  } as Collections);
  await expect(racing.close(batch._id)).rejects.toThrow('came back while the batch was counted');
});

test('one process reads at a time; one that died is followed by another', async () => {
  const id = `test/${randomUUID()}`;
  let now = at;
  const marks = createMarks(c, () => now);
  const mine = (await marks.take(id, 1_000))!;
  expect(await marks.take(id, 1_000)).toBeUndefined();
  now = new Date(at.getTime() + 1_000);
  const others = (await marks.take(id, 1_000))!;
  await marks.give(id, mine, later);
  expect((await c.marks.findOne({ _id: id }))?.readTo).toEqual(new Date(0));
  await marks.give(id, others, later);
  expect((await marks.take(id, 1_000))?.readTo).toEqual(later);
});

async function aWorld(statuses: readonly (OutcomeDoc['status'] | undefined)[]) {
  const batch = aBatch();
  const rows = statuses.map((_, i) => i + 1);
  const rail = `rail-${randomUUID().slice(0, 8)}`;
  const asked = { USD: { asked: { n: rows.length, minor: BigInt(rows.length) * 100n } } };
  await c.batches.insertOne({ ...batch, tally: asked, rows: rows.length });
  await c.payments.insertMany(rows.map((row) => aPaymentDoc(batch, row, rail)));
  await c.subBatches.insertOne(aSubBatch(batch, rows, rail));
  const outcomes = statuses.flatMap((status, i) => (status ? [anOutcome(batch, i + 1, status)] : []));
  await c.outcomes.insertMany(outcomes);
  const outbox = createOutbox(c, { leaseMs: 1_000 });
  const reported: Returned[] = [];
  const sinceAsked: Date[] = [];
  const deps = {
    definition: { id: rail, limits: { concurrency: 1, ratePerSecond: 1, maxBatch: 1, timeoutMs: 1_000 } },
    rail: () => ({
      async returns(since: Date) {
        sinceAsked.push(since);
        return { returns: reported, readTo: later };
      },
    }),
    c,
    books: createBooks(c),
    batches: createBatches(c),
    outbox,
    returns: createReturns(c, outbox),
    marks: createMarks(c),
    log: silentLog,
    now: () => new Date(),
    withinMs: 86_400_000,
  };
  return { batch, deps, reported, sinceAsked };
}

function aReturn({ _id }: BatchDoc, row: number): Returned {
  const said = { railCode: 'AC04', text: 'account closed', doubt: () => undefined };
  return { endToEndId: endToEndIdOf(_id, row), reportedAt: at, ...said };
}

function aReturnDoc({ _id, tenantId }: BatchDoc, row: number) {
  const said = { railCode: 'AC04', railText: 'account closed', reportedAt: at, at };
  return { _id: rowKeyBytes(_id, row), tenantId, minor: 100n, currency: 'USD', ...said };
}

function aBatch(): BatchDoc {
  const _id = randomUUID();
  return {
    _id,
    tenantId: `t-${_id.slice(0, 8)}`,
    requestId: 'r',
    fileName: 'f.csv',
    source: 'csv',
    requestKey: 'k',
    md5: '',
    sha256: _id,
    sizeBytes: 1,
    purpose: '',
    notes: '',
    maker: 'm',
    switches: switchesOf({}),
    status: 'completed',
    createdAt: at,
    closedAt: at,
    modes: [],
    rails: [],
    tally: {},
    results: [],
  };
}

function aPaymentDoc({ _id, tenantId }: BatchDoc, row: number, rail: string): PaymentDoc {
  const party = { type: 'accountNumber', id: '1234' };
  const asked = { id: String(row), requestId: '', mode: rail, rail, payer: party, payee: party, note: '' };
  return { _id: rowKeyBytes(_id, row), tenantId, ...asked, amount: '1.00', minor: 100n, currency: 'USD' };
}

function anOutcome({ _id, tenantId }: BatchDoc, row: number, status: OutcomeDoc['status']): OutcomeDoc {
  const what = { sub: 1, status, stage: 'rail' as const, minor: 100n, currency: 'USD', at };
  return { _id: rowKeyBytes(_id, row), tenantId, ...what };
}

function aSubBatch({ _id, tenantId }: BatchDoc, rows: readonly number[], rail: string): SubBatchDoc {
  const counts = { rows: rows.length, runs: encodeRuns(runsOf(rows)), asked: {}, tally: {}, started: 0 };
  const what = { n: 1, rail, type: 'BULK' as const, key: 'k', status: 'settled' as const };
  return { _id: subBatchIdOf(_id, 1), tenantId, batchId: _id, ...what, ...counts, createdAt: at, dispatchedAt: at };
}
