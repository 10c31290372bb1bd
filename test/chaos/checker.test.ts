import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type AskedRow,
  type Books,
  checkBooks,
  checkRetry,
  type Fate,
  type HubRow,
  pendingByPlan,
  type Wrong,
} from './checker.ts';

/** In good books here, whoever may be paid or cancelled is cancelled. */
const fates: readonly Fate[] = ['paid', 'refused', 'pending', 'either'];

const anAsked = fc.record({
  rail: fc.constantFrom('slcb', 'mojaloop', 'gsma', 'bank-file'),
  minor: fc.bigInt({ min: 1n, max: 10n ** 15n }),
  fate: fc.constantFrom(...fates),
});

/** Books of a batch in which everything agrees; at least one row is paid. */
const goodBooks = fc.array(anAsked, { minLength: 1, maxLength: 30 }).map((drawn): Books => {
  const asked = [{ rail: 'slcb', minor: 1250n, fate: 'paid' as Fate }, ...drawn].map(
    ({ rail, minor, fate }, at): AskedRow => {
      const amount = decimalOf(minor);
      const payee = `payee-${at + 1}`;
      return { row: at + 1, rail, payee, amount, currency: 'USD', fate, line: `${at + 1},${rail},${amount},USD` };
    },
  );
  return {
    batchId: 'b-1',
    asked,
    isClosed: true,
    hub: new Map(asked.map((one) => [one.row, hubRowOf(one)])),
    rails: asked.filter(({ fate }) => fate === 'paid').map((one) => ({ ...one, executed: 1 })),
    result: asked.map(({ line, fate }) => ({ own: line, status: wordOf(fate) })),
  };
});

/** Good books and one of their paid rows. */
const booksAndPaid = goodBooks.chain((books) =>
  fc.constantFrom(...books.asked.filter(({ fate }) => fate === 'paid')).map((paid) => ({ books, paid })),
);

test('books that agree are clean, and rows kept pending by plan are counted apart', () => {
  fc.assert(
    fc.property(goodBooks, (books) => {
      expect(checkBooks(books)).toEqual([]);
      expect(pendingByPlan(books)).toBe(books.asked.filter(({ fate }) => fate === 'pending').length);
    }),
  );
});

test('a payment that its rail does not have is lost', () => {
  says(['lost'], (books, { row }) => ({ ...books, rails: books.rails.filter((entry) => entry.row !== row) }));
});

test('a payment that is not in the book of payments is lost', () => {
  says(['lost'], (books, { row }) => inHub(books, row, ({ payment: _, ...rest }) => rest));
});

test('a line missing from the result, or the whole file, is lost', () => {
  says(['lost', 'told wrong'], (books, { row }) => ({ ...books, result: books.result?.toSpliced(row - 1, 1) }), true);
  says(['lost'], (books) => ({ ...books, result: undefined }));
});

test('a payment carried out twice, on one rail or on two, or that nobody asked for, is paid twice', () => {
  says(['paid twice'], (books, { row }) => atRail(books, row, (entry) => ({ ...entry, executed: 2 })));
  says(['paid twice', 'wrong amount'], (books, { row, payee, amount }) => ({
    ...books,
    rails: [...books.rails, { rail: 'another', row, executed: 1, amount, currency: 'USD', payee }],
  }));
  says(['paid twice'], (books, { amount, payee }) => ({
    ...books,
    rails: [...books.rails, { rail: 'gsma', row: 4_000, executed: 1, amount, currency: 'USD', payee }],
  }));
});

test('one minor unit more or less is a wrong amount, in the ledger, in the payment and in the outcome', () => {
  for (const by of [1n, -1n]) {
    says(['wrong amount'], (books, { row }) =>
      atRail(books, row, (entry) => ({ ...entry, amount: decimalOf(minorOf(entry.amount) + by) })),
    );
    says(['wrong amount'], (books, { row }) =>
      inHub(books, row, (hub) => ({ ...hub, payment: { ...hub.payment!, minor: hub.payment!.minor! + by } })),
    );
    says(['wrong amount'], (books, { row }) =>
      inHub(books, row, (hub) => ({ ...hub, outcome: { ...hub.outcome!, minor: hub.outcome!.minor + by } })),
    );
  }
});

test('another currency, another payee or another rail is a wrong amount; trailing zeros are the same one', () => {
  says(['wrong amount'], (books, { row }) => atRail(books, row, (entry) => ({ ...entry, currency: 'EUR' })));
  says(['wrong amount'], (books, { row }) => atRail(books, row, (entry) => ({ ...entry, payee: 'somebody else' })));
  says(['wrong amount'], (books, { row }) => atRail(books, row, (entry) => ({ ...entry, rail: 'another' })));
  says([], (books, { row }) => atRail(books, row, (entry) => ({ ...entry, amount: `${entry.amount}0` })));
});

test('a payment without an outcome, and a batch that did not close, are stuck', () => {
  says(['stuck', 'told wrong'], (books, { row }) => inHub(books, row, ({ outcome: _, ...rest }) => rest));
  says(['stuck'], (books) => ({ ...books, isClosed: false, result: undefined }));
});

test('a later, different answer of a rail is an unplanned conflict', () => {
  says(['unplanned conflict'], (books, { row }) =>
    inHub(books, row, (hub) => ({ ...hub, conflicts: ['completed, then rejected'] })),
  );
});

test('a line of the result that disagrees with the hub is told wrong', () => {
  for (const status of ['FAILURE', 'PENDING'] as const) {
    says(['told wrong'], (books, { row }) => inResult(books, row, { status }));
  }
  says(['told wrong'], (books, { row }) => inResult(books, row, { own: 'other cells' }));
});

test('a payment that is paid and called rejected is told wrong, and was not planned so', () => {
  says(['told wrong', 'against plan'], (books, { row }) =>
    inResult(
      inHub(books, row, (hub) => ({ ...hub, outcome: { ...hub.outcome!, status: 'rejected' } })),
      row,
      { status: 'FAILURE' },
    ),
  );
});

test('who may be paid or cancelled is one of them, and not both', () => {
  const mayBeEither = ({ row, ...rest }: AskedRow) => ({ ...rest, row, fate: 'either' as const });
  const cancelled = (books: Books, { row }: AskedRow) =>
    inResult(
      inHub(books, row, (hub) => ({ ...hub, outcome: { ...hub.outcome!, status: 'cancelled' } })),
      row,
      { status: 'FAILURE' },
    );
  const either = (books: Books) => ({ ...books, asked: books.asked.map(mayBeEither) });
  const unpaid = (books: Books, { row }: AskedRow) => ({
    ...books,
    rails: books.rails.filter((entry) => entry.row !== row),
  });
  fc.assert(
    fc.property(booksAndPaid, ({ books, paid }) => {
      const paidOnly = { ...books, asked: books.asked.map((one) => (one.row === paid.row ? mayBeEither(one) : one)) };
      expect(checkBooks(paidOnly)).toEqual([]);
      expect(checkBooks(cancelled(unpaid(paidOnly, paid), paid))).toEqual([]);
      expect(checkBooks(cancelled(paidOnly, paid)).map(({ wrong }) => wrong)).toEqual(['told wrong']);
      expect(checkBooks(either(books)).every(({ wrong }) => wrong === 'stuck')).toBe(true);
    }),
  );
});

test('a single payment is a batch of one: removed, doubled or changed by one minor unit, it is found', () => {
  const single = booksAndPaid.map(({ books, paid }) => {
    const row = { ...paid, row: 1 };
    const at1 = <T extends { row: number }>(one: T): T => ({ ...one, row: 1 });
    return {
      paid: row,
      books: {
        ...books,
        asked: [row],
        hub: new Map([[1, books.hub.get(paid.row)!]]),
        rails: books.rails.filter((entry) => entry.row === paid.row).map(at1),
        result: [books.result![paid.row - 1]!],
      },
    };
  });
  fc.assert(
    fc.property(single, ({ books, paid }) => {
      const wrongOf = (spoilt: Books) => checkBooks(spoilt).map(({ wrong }) => wrong);
      expect(wrongOf(books)).toEqual([]);
      expect(wrongOf({ ...books, rails: [] })).toEqual(['lost']);
      expect(wrongOf(atRail(books, 1, (entry) => ({ ...entry, executed: 2 })))).toEqual(['paid twice']);
      const more = (amount: string) => decimalOf(minorOf(amount) + 1n);
      expect(wrongOf(atRail(books, 1, (entry) => ({ ...entry, amount: more(paid.amount) })))).toEqual(['wrong amount']);
    }),
  );
});

test('a row that its batch and the child of its batch have both paid is paid twice; another row is told wrong', () => {
  fc.assert(
    fc.property(booksAndPaid, ({ books, paid }) => {
      const failed = { ...books, rails: books.rails.filter((entry) => entry.row !== paid.row) };
      const asked = [{ ...paid, row: 1, parentRow: paid.row }];
      const rails = books.rails.filter((entry) => entry.row === paid.row).map((entry) => ({ ...entry, row: 1 }));
      const child: Books = { ...books, batchId: 'b-2', asked, rails };
      expect(checkRetry(failed, child)).toEqual([]);
      expect(checkRetry(books, child)).toMatchObject([{ wrong: 'paid twice', batchId: 'b-2', row: 1 }]);
      const foreign = { ...child, asked: [{ ...asked[0]!, line: 'of another file' }] };
      expect(checkRetry(failed, foreign)).toMatchObject([{ wrong: 'told wrong' }]);
    }),
  );
});

/** Spoils one paid row of good books and expects exactly these wrongs; `isAtLeastOne`: some of them. */
function says(wrongs: readonly Wrong[], spoil: (books: Books, paid: AskedRow) => Books, isAtLeastOne = false): void {
  fc.assert(
    fc.property(booksAndPaid, ({ books, paid }) => {
      const found = [...new Set(checkBooks(spoil(books, paid)).map(({ wrong }) => wrong))];
      if (isAtLeastOne) expect(wrongs).toEqual(expect.arrayContaining(found));
      else expect(found.sort()).toEqual([...wrongs].sort());
      expect(found.length > 0).toBe(wrongs.length > 0);
    }),
  );
}

function inHub(books: Books, row: number, change: (hub: HubRow) => HubRow): Books {
  return { ...books, hub: new Map(books.hub).set(row, change(books.hub.get(row)!)) };
}

function atRail(books: Books, row: number, change: (entry: Books['rails'][number]) => Books['rails'][number]): Books {
  return { ...books, rails: books.rails.map((entry) => (entry.row === row ? change(entry) : entry)) };
}

function inResult(books: Books, row: number, change: Partial<NonNullable<Books['result']>[number]>): Books {
  return { ...books, result: books.result?.map((line, at) => (at === row - 1 ? { ...line, ...change } : line)) };
}

function hubRowOf({ rail, amount, fate }: AskedRow): HubRow {
  const minor = minorOf(amount);
  const payment = { rail, minor, currency: 'USD' };
  if (fate === 'pending') return { payment, conflicts: [] };
  return { payment, outcome: { status: fate === 'paid' ? 'completed' : 'rejected', minor }, conflicts: [] };
}

function wordOf(fate: Fate): 'SUCCESS' | 'FAILURE' | 'PENDING' {
  return ({ paid: 'SUCCESS', refused: 'FAILURE', pending: 'PENDING', either: 'FAILURE' } as const)[fate];
}

function minorOf(amount: string): bigint {
  return BigInt(amount.replace('.', ''));
}

function decimalOf(minor: bigint): string {
  const digits = minor.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
