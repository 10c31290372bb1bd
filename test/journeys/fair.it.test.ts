/** A tenant with very many payments, and one with ten: the ten go by while the others flow, on every rail type. */
import { expect, test } from 'vitest';
import { batchRange } from '../../store/row-keys.ts';
import { openHub } from '../hub.ts';
import { aRow, csvOf, type Mode } from '../rows.ts';
import { haveStackAlone } from '../turn.ts';

haveStackAlone();
const hub = openHub();

test('ten payments of a process each are final while most of another tenant’s 600 still flow', async () => {
  const [large, small] = [await hub.aTenant(), await hub.aTenant()];
  const largeId = await large.accepted(csvOf(rows('mojaloop', 600)));
  await large.until(largeId, ({ successful }) => successful >= 30);
  const doneBefore = await outcomesUntil(largeId, new Date());
  const { batch_id: smallId, ...status } = await small.paid(csvOf(rows('mojaloop', 10)));
  expect(status).toMatchObject({ status: 'completed', successful: 10 });

  const doneMeanwhile = (await outcomesUntil(largeId, await lastOutcomeAt(smallId))) - doneBefore;
  expect(doneMeanwhile, 'the large batch flowed meanwhile').toBeGreaterThan(0);
  expect(doneMeanwhile, 'its payments did not all go first').toBeLessThan(300);
  expect(await large.final(largeId)).toMatchObject({ status: 'completed', successful: 600 });
});

test('ten payments of a rail that takes lists go by while three files of 15,000 rows flow', async () => {
  const [large, small] = [await hub.aTenant(), await hub.aTenant()];
  const file = csvOf(rows('slcb', 15_000));
  const largeIds = await Promise.all([1, 2, 3].map(() => large.accepted(file)));
  const { batch_id: smallId, ...status } = await small.paid(csvOf(rows('slcb', 10)));
  expect(status).toMatchObject({ status: 'completed', successful: 10 });
  for (const largeId of largeIds) expect(await large.final(largeId)).toMatchObject({ successful: 15_000 });
  const closed = await Promise.all([smallId, ...largeIds].map(closedAt));
  expect(Math.min(...closed), 'the small batch is closed first').toBe(closed[0]);
});

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
