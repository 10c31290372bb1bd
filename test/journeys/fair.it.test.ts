/** A tenant with very many payments, and one with ten: the ten go by while the others flow, on every rail type. */
import { expect, test } from 'vitest';
import { batchRange } from '../../store/row-keys.ts';
import { openHub } from '../hub.ts';
import { aRow, csvOf, type Mode } from '../rows.ts';
import { haveStackAlone } from '../turn.ts';

haveStackAlone();
const hub = openHub();

test('ten payments of a process each are final while most of another tenant’s 400 still flow', async () => {
  const [large, small] = [await hub.aTenant(), await hub.aTenant()];
  const largeId = await large.accepted(csvOf(rows('mojaloop', 400)));
  await large.until(largeId, ({ successful }) => successful > 0);
  const { batch_id: smallId, ...status } = await small.paid(csvOf(rows('mojaloop', 10)));
  expect(status).toMatchObject({ status: 'completed', successful: 10 });

  const sub = await hub.c.subBatches.findOne({ batchId: smallId });
  const doneBefore = await outcomesUntil(largeId, sub!.dispatchedAt!);
  const doneThen = await outcomesUntil(largeId, await lastOutcomeAt(smallId));
  expect(doneBefore, 'all of it was there before').toBeLessThan(300);
  expect(doneThen - doneBefore, 'what was there before did not all go first').toBeLessThan(150);
  expect(await large.final(largeId)).toMatchObject({ status: 'completed', successful: 400 });
}, 500_000);

test('ten payments of a rail that takes lists go by while three files of 5,000 rows flow', async () => {
  const [large, small] = [await hub.aTenant(), await hub.aTenant()];
  const file = csvOf(rows('slcb', 5_000));
  const largeIds = await Promise.all([1, 2, 3].map(() => large.accepted(file)));
  const { batch_id: smallId, ...status } = await small.paid(csvOf(rows('slcb', 10)));
  expect(status).toMatchObject({ status: 'completed', successful: 10 });
  for (const largeId of largeIds) expect(await large.final(largeId)).toMatchObject({ successful: 5_000 });
  const closed = await Promise.all([smallId, ...largeIds].map(closedAt));
  expect(Math.min(...closed), 'the small batch is closed first').toBe(closed[0]);
}, 500_000);

function rows(payment_mode: Mode, count: number) {
  return Array.from({ length: count }, () => aRow({ payment_mode }));
}

async function lastOutcomeAt(batchId: string): Promise<Date> {
  const [last] = await hub.c.outcomes
    .find({ _id: batchRange(batchId) })
    .sort({ at: -1 })
    .limit(1)
    .toArray();
  return last!.at;
}

async function outcomesUntil(batchId: string, at: Date): Promise<number> {
  return hub.c.outcomes.countDocuments({ _id: batchRange(batchId), at: { $lte: at } });
}

async function closedAt(batchId: string): Promise<number> {
  return (await hub.c.batches.findOne({ _id: batchId }))!.closedAt!.getTime();
}
