import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addToTally, type Tally, withReturned } from '../../domain/tally.ts';
import { type ClientSession, connectMongo, type Mongo } from '../../platform/mongo.ts';
import { theHub } from '../audit.ts';
import { type Collections, collectionsOf, ensureIndexes } from '../collections.ts';
import { checkLedger } from '../ledger/check-ledger.ts';
import type { ProgrammeDoc } from '../programme-documents.ts';
import { batchProgrammeOf, createProgrammes, type ProgrammeSettings } from '../programmes.ts';
import { createBudgets } from './budgets.ts';
import { changeBudgets } from './change-budgets.ts';
import { readBudgets, readEntries } from './read-budgets.ts';

let mongo: Mongo;
let c: Collections;
beforeAll(async () => {
  mongo = await connectMongo((process.env.MONGODB_URI ?? '').replace('/tributary?', '/tributary_budget_tests?'));
  c = collectionsOf(mongo);
  await ensureIndexes(c);
});
afterAll(() => mongo.close());

const november = new Date('2026-11-28T12:00:00Z');
const settingsOf = (minor: bigint, like: Partial<ProgrammeSettings> = {}): ProgrammeSettings => ({
  institutionId: 'moh',
  name: 'Nurses',
  payer: { type: 'accountNumber', id: '1' },
  limits: [{ currency: 'USD', budget: { period: 'month', minor } }],
  effectiveFrom: '2026-01-01',
  ...like,
});

/** A programme with a budget of `minor` a month. */
async function aWorld(minor: bigint, like: Partial<ProgrammeSettings> = {}) {
  const tenantId = `budget-${randomUUID().slice(0, 13)}`;
  const programmes = createProgrammes(mongo, c, () => november);
  const set = (settings: ProgrammeSettings, from?: number) =>
    programmes.put(tenantId, 'nurses', settings, from, theHub, (before, after, session) =>
      changeBudgets(c, before, after, session, november),
    );
  const { programme } = (await set(settingsOf(minor, like))) as { programme: ProgrammeDoc };
  const aBatch = () => ({ _id: randomUUID(), tenantId, programme: batchProgrammeOf(programme) });
  const standing = async (at = november) => {
    const doc = (await programmes.get(tenantId, 'nurses'))!;
    const [now] = await readBudgets(c, doc, at);
    return now && [now.issued, now.available, now.held, now.consumed];
  };
  return { tenantId, programmes, programme, set, aBatch, standing };
}

const budgetsAt = (at = november, own = mongo) => createBudgets(own, c, () => at);
const dollars = (minor: bigint) => new Map([['USD', minor]]);
const counted = (asked: bigint, ...parts: readonly ['completed' | 'rejected' | 'cancelled', bigint][]): Tally =>
  parts.reduce((sum, [bucket, minor]) => addToTally(sum, 'USD', bucket, 1, minor), {
    USD: { asked: { n: 10, minor: asked } },
  } as Tally);

test('a batch holds its total once, its outcomes consume and release it once, and what came back is there again', async () => {
  const { aBatch, standing, tenantId, programme } = await aWorld(1_000n);
  const batch = aBatch();
  const budgets = budgetsAt();
  expect(await standing()).toEqual([1_000n, 1_000n, 0n, 0n]);
  for (const _ of [1, 2]) expect((await budgets.hold(batch, dollars(600n), 0)).kind).toBe('held');
  expect(await standing()).toEqual([1_000n, 400n, 600n, 0n]);
  const partly = counted(600n, ['completed', 100n], ['rejected', 200n]);
  for (const _ of [1, 2]) await budgets.settle(batch, partly);
  expect(await standing()).toEqual([1_000n, 600n, 300n, 100n]);
  const late = counted(600n, ['completed', 100n], ['rejected', 200n], ['completed', 300n]);
  await budgets.settle(batch, late);
  await budgets.settle(batch, partly);
  expect(await standing()).toEqual([1_000n, 600n, 0n, 400n]);
  const returned = withReturned(late, [{ currency: 'USD', n: 1, minor: 100n }]);
  for (const _ of [1, 2]) await budgets.settle(batch, returned);
  await budgets.settle(batch, late);
  expect(await standing()).toEqual([1_000n, 700n, 0n, 300n]);
  const entries = await readEntries(c, programme, { batchId: batch._id }, 50);
  expect(entries.map(({ kind }) => kind).sort()).toEqual([
    ...['consumption', 'consumption', 'hold', 'refund', 'release'],
  ]);
  expect(await checkLedger(c, tenantId)).toEqual([]);
});

test('more than there is, a currency without a budget, and a programme that pays no more are refused with the reason', async () => {
  const { aBatch, programmes, tenantId, standing } = await aWorld(500n);
  const over = await budgetsAt().hold(aBatch(), dollars(501n), 0);
  expect(over).toMatchObject({ kind: 'refused', why: { title: 'The budget has not enough' } });
  expect(over).toMatchObject({
    why: { detail: expect.stringContaining('5.01 USD, programme nurses has 5.00 USD left') },
  });
  const two = new Map([...dollars(100n), ['EUR', 1n] as const]);
  expect(await budgetsAt().hold(aBatch(), two, 0)).toMatchObject({ why: { title: 'The programme has no budget' } });
  expect(await standing(), 'nothing of it was held').toEqual([500n, 500n, 0n, 0n]);
  await programmes.close(tenantId, 'nurses', { by: 'ada', reason: 'over', at: november }, theHub);
  const closed = await budgetsAt().hold(aBatch(), dollars(1n), 0);
  expect(closed).toMatchObject({ kind: 'refused', why: { detail: expect.stringContaining('it was closed') } });
  expect(await checkLedger(c, tenantId)).toEqual([]);
});

test('of many who want the last money at once, as many get it as it is for', async () => {
  const { aBatch, standing, tenantId } = await aWorld(350n);
  const held = await Promise.all(Array.from({ length: 8 }, () => budgetsAt().hold(aBatch(), dollars(100n), 0)));
  expect(held.filter(({ kind }) => kind === 'held')).toHaveLength(3);
  expect(await standing()).toEqual([350n, 50n, 300n, 0n]);
  expect(await checkLedger(c, tenantId)).toEqual([]);
});

test('each period has its own money, and a batch of the last one settles there', async () => {
  const { aBatch, standing } = await aWorld(100n);
  const december = new Date('2026-12-01T00:00:00Z');
  const batch = aBatch();
  await budgetsAt().hold(batch, dollars(100n), 0);
  expect((await budgetsAt().hold(aBatch(), dollars(1n), 0)).kind).toBe('refused');
  expect((await budgetsAt(december).hold(aBatch(), dollars(60n), 0)).kind).toBe('held');
  await budgetsAt(december).settle(batch, counted(100n, ['rejected', 100n]));
  expect(await standing(december)).toEqual([100n, 40n, 60n, 0n]);
  expect(await standing()).toEqual([100n, 100n, 0n, 0n]);
});

test('a programme that is changed gives the present period the difference, and never less than is held and paid', async () => {
  const { set, aBatch, standing, tenantId } = await aWorld(100n);
  await budgetsAt().hold(aBatch(), dollars(70n), 0);
  expect((await set(settingsOf(150n), 1)).kind).toBe('changed');
  expect(await standing()).toEqual([150n, 80n, 70n, 0n]);
  await expect(set(settingsOf(69n), 2)).rejects.toMatchObject({ code: 'insufficient-funds' });
  expect((await set(settingsOf(70n), 2)).kind).toBe('changed');
  expect(await standing()).toEqual([70n, 0n, 70n, 0n]);
  const yearly = settingsOf(70n, { limits: [{ currency: 'USD', budget: { period: 'year', minor: 70n } }] });
  await expect(set(yearly, 3)).rejects.toMatchObject({ code: 'invalid-request' });
  expect(await checkLedger(c, tenantId)).toEqual([]);
});

test('an adjustment is made once by its key, and takes nothing that is held', async () => {
  const { programme, aBatch, standing, tenantId } = await aWorld(100n);
  const said = { programme, currency: 'USD', actor: theHub, by: 'olga', reason: 'second instalment' };
  const adjust = (minor: bigint, key: string) => budgetsAt().adjust({ ...said, minor, key });
  expect((await adjust(50n, 'a')).kind).toBe('adjusted');
  expect((await adjust(50n, 'a')).kind).toBe('replayed');
  expect((await adjust(51n, 'a')).kind).toBe('keyReused');
  await budgetsAt().hold(aBatch(), dollars(120n), 0);
  expect((await adjust(-31n, 'b')).kind).toBe('refused');
  expect((await adjust(-30n, 'b')).kind).toBe('adjusted');
  expect(await standing()).toEqual([120n, 0n, 120n, 0n]);
  expect((await budgetsAt().adjust({ ...said, currency: 'EUR', minor: 1n, key: 'c' })).kind).toBe('noBudget');
  expect(await checkLedger(c, tenantId)).toEqual([]);
});

/** Where a caller dies: nowhere, before its transaction is committed, or after it and before it hears. */
type Death = 'none' | 'before' | 'after';

function dying(death: Death): Mongo {
  const transaction = async <T>(work: (session: ClientSession) => Promise<T>): Promise<T> => {
    const result = await mongo.transaction(async (session) => {
      const done = await work(session);
      if (death === 'before' && session.inTransaction()) throw new Error('died before the commit');
      return done;
    });
    if (death === 'after') throw new Error('died after the commit');
    return result;
  };
  return { ...mongo, transaction };
}

const aStep = fc.record({
  actor: fc.integer({ min: 0, max: 2 }),
  batch: fc.integer({ min: 0, max: 3 }),
  does: fc.constantFrom('hold', 'hold', 'settle', 'settle', 'settle', 'add', 'take', 'change'),
  n: fc.integer({ min: 0, max: 3 }),
  death: fc.constantFrom<Death>('none', 'none', 'none', 'before', 'after'),
});

/** What each batch counts, as its outcomes come: partly, all, and once money came back. */
const stages: readonly Tally[] = [
  counted(190n),
  counted(190n, ['completed', 60n], ['rejected', 40n]),
  counted(190n, ['completed', 60n], ['rejected', 40n], ['cancelled', 10n], ['completed', 40n]),
];
const tallies = [...stages, withReturned(stages[2]!, [{ currency: 'USD', n: 1, minor: 60n }])];

test('whatever is held, settled, changed and dies side by side, held, consumed and available are what was issued, and none is below zero', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { minLength: 8, maxLength: 24 }), async (steps) => {
      const world = await aWorld(400n);
      const { tenantId, programme } = world;
      const batches = [0, 1, 2, 3].map(world.aBatch);
      const take = async ({ batch: i, does, n, death }: (typeof steps)[number]) => {
        const budgets = budgetsAt(november, dying(death));
        const batch = batches[i]!;
        const said = { programme, currency: 'USD', actor: theHub, by: 'olga', reason: 'r', key: `${does}${n}` };
        if (does === 'hold') await budgets.hold(batch, dollars(190n), 0);
        if (does === 'settle') await budgets.settle(batch, tallies[n]!);
        if (does === 'add') await budgets.adjust({ ...said, minor: 50n });
        if (does === 'take') await budgets.adjust({ ...said, minor: -70n });
        const minor = 300n + BigInt(n) * 50n;
        const { version } = (await world.programmes.get(tenantId, 'nurses'))!;
        if (does === 'change') await world.set(settingsOf(minor), version).catch(unlessShort);
      };
      await Promise.all(
        [0, 1, 2].map(async (actor) => {
          for (const step of steps.filter((each) => each.actor === actor)) await take(step).catch(died);
        }),
      );
      // Whoever died is followed by somebody who does it to the end.
      for (const batch of batches) await budgetsAt().settle(batch, tallies[3]!);
      expect(await checkLedger(c, tenantId)).toEqual([]);
      const [issued, available, held, consumed] = (await world.standing())!;
      const holds = await c.budgetHolds.countDocuments({ tenantId });
      expect(available! + held! + consumed!).toBe(issued!);
      expect([held, consumed]).toEqual([BigInt(holds) * 40n, BigInt(holds) * 40n]);
    }),
    { numRuns: 8 },
  );
});

function died(error: Error): void {
  if (!/^died/.test(error.message)) throw error;
}

function unlessShort(error: Error & { code?: string }): void {
  if (error.code !== 'insufficient-funds') throw error;
}
