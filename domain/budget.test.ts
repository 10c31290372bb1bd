import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BudgetUse, movesTo, openAmounts, standingOf } from './budget.ts';
import { addToTally, type Tally, withReturned } from './tally.ts';

const tallyOf = (...parts: readonly [bucket: Parameters<typeof addToTally>[2], n: number, minor: bigint][]): Tally =>
  parts.reduce((sum, [bucket, n, minor]) => addToTally(sum, 'USD', bucket, n, minor), {} as Tally);

test('what is held is what may be paid: neither bad rows, nor duplicates, nor payees that are not there', () => {
  const tally = tallyOf(['asked', 10, 1_000n], ['invalid', 1, 100n], ['duplicate', 1, 100n], ['notFound', 1, 50n]);
  expect([...openAmounts(addToTally(tally, 'XXX', 'asked', 2, 0n))]).toEqual([['USD', 750n]]);
  expect([...openAmounts(tallyOf(['asked', 1, 5n], ['invalid', 1, 5n]))]).toEqual([]);
});

test('money that was paid is consumed, what is open stays held, and what failed or came back is given back', () => {
  const held: BudgetUse = { held: 1_000n, consumed: 0n };
  const some = tallyOf(['asked', 10, 1_000n], ['completed', 5, 500n], ['rejected', 1, 100n], ['cancelled', 1, 100n]);
  const first = standingOf(some).uses.get('USD')!;
  expect(first).toEqual({ held: 300n, consumed: 500n });
  expect(movesTo(held, first)).toEqual([
    { kind: 'consumption', minor: 500n },
    { kind: 'release', minor: 200n },
  ]);
  expect(movesTo(first, first)).toEqual([]);
  const later = standingOf(withReturned(some, [{ currency: 'USD', n: 1, minor: 100n }]));
  expect(later.seen).toBeGreaterThan(standingOf(some).seen);
  expect(movesTo(first, later.uses.get('USD')!)).toEqual([{ kind: 'refund', minor: 100n }]);
});

test('a batch that paid more than it held is an error, not a loan', () => {
  expect(() => movesTo({ held: 10n, consumed: 0n }, { held: 0n, consumed: 11n })).toThrow(RangeError);
});

const aRow = fc.record({
  minor: fc.bigInt({ min: 1n, max: 1_000n }),
  fate: fc.constantFrom('completed', 'rejected', 'cancelled', 'open', 'returned'),
});

/** Every tally that a batch of these rows can have on its way, one outcome or return at a time. */
function talliesOf(
  rows: readonly { readonly minor: bigint; readonly fate: string }[],
  order: readonly number[],
): Tally[] {
  let tally = tallyOf(['asked', rows.length, rows.reduce((sum, { minor }) => sum + minor, 0n)]);
  const all = [tally];
  const step = (next: Tally) => {
    tally = next;
    all.push(tally);
  };
  const inOrder = rows.map((row, i) => ({ ...row, at: order[i] ?? 0 })).sort((a, b) => a.at - b.at);
  for (const { minor, fate } of inOrder) {
    if (fate === 'open') continue;
    const bucket = fate === 'returned' ? 'completed' : (fate as 'completed' | 'rejected' | 'cancelled');
    step(addToTally(tally, 'USD', bucket, 1, minor));
  }
  for (const { minor, fate } of inOrder) {
    if (fate === 'returned') step(withReturned(tally, [{ currency: 'USD', n: 1, minor }]));
  }
  return all;
}

test('whatever counts come in whatever order and however often, nothing falls below zero and the newest stands', () => {
  fc.assert(
    fc.property(
      fc.array(aRow, { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
      fc.array(fc.nat({ max: 30 }), { maxLength: 20 }),
      (rows, order, heard) => {
        const tallies = talliesOf(rows, order);
        const asked = openAmounts(tallies[0]!).get('USD')!;
        const budget = { available: 0n, held: asked, consumed: 0n, seen: 0 };
        for (const i of [...heard, tallies.length - 1]) {
          const { seen, uses } = standingOf(tallies[i % tallies.length]!);
          if (seen < budget.seen) continue;
          const to = uses.get('USD')!;
          for (const { kind, minor } of movesTo(budget, to)) if (kind !== 'consumption') budget.available += minor;
          Object.assign(budget, to, { seen });
          expect(budget.available + budget.held + budget.consumed).toBe(asked);
          expect([budget.available, budget.held, budget.consumed].every((minor) => minor >= 0n)).toBe(true);
        }
        const sum = (...fates: string[]) =>
          rows.filter(({ fate }) => fates.includes(fate)).reduce((total, { minor }) => total + minor, 0n);
        expect([budget.consumed, budget.held]).toEqual([sum('completed'), sum('open')]);
      },
    ),
  );
});
