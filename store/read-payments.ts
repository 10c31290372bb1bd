/** A batch's rows for operators, a page at a time in file order, by state, rail, reason and party. Each look at a bounded number of rows. */
import { type BatchId, rowKeyBytes, rowOfKey } from '../domain/ids.ts';
import { type PaymentState, paymentStateOf } from '../domain/payment-state.ts';
import type { Filter } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { BatchDoc, OutcomeDoc, PaymentDoc, UnknownDoc } from './documents.ts';
import { failedRows } from './indexes.ts';
import { attemptNumber, attemptRange, type Runs, rowRange, runsOf } from './row-keys.ts';
import { isHanded, readSubBatchPlaces, type SubBatchPlaces } from './sub-batch-places.ts';

export type RowFilter = {
  readonly state?: PaymentState;
  readonly rail?: string;
  readonly code?: number;
  /** The payee's whole identifier, or its end from four characters on. */
  readonly payee?: string;
  /** The client's own, or the rail's. */
  readonly reference?: string;
};

export type PaymentRow = {
  readonly row: number;
  readonly payment: PaymentDoc;
  readonly state: PaymentState;
  readonly outcome?: OutcomeDoc;
  readonly subBatchId?: string;
  /** How often it was claimed for sending. */
  readonly attempts: number;
  /** When it was claimed first. */
  readonly startedAt?: Date;
};

export type RowPage = {
  readonly rows: readonly PaymentRow[];
  /** The last row that was looked at. */
  readonly searchedTo: number;
  readonly isExhausted: boolean;
};

export type ReadPayments = ReturnType<typeof createReadPayments>;

/** Rows to a look, and to a request. */
const windowRows = 2_000;
const filteredWindowRows = 20_000;
/** Parties are sealed: rows are looked through here and not in the database. */
const openedWindowRows = 5_000;
const looksMax = 10;
const rowsEnd = 0xff_ff_ff_f0;

export function createReadPayments(c: Collections) {
  /** Up to `limit` rows after row `after`. */
  async function page(batch: BatchDoc, filter: RowFilter, after: number, limit: number): Promise<RowPage> {
    const end = batch.rows === undefined ? rowsEnd : Number(batch.rows);
    const places = await readSubBatchPlaces(c, batch._id);
    const found: PaymentRow[] = [];
    let at = after;
    for (let look = 0; look < looksMax && at < end; look += 1) {
      const some = await candidatesAfter(batch, filter, places, at, end, limit - found.length);
      const rows = await rowsOf(batch, filter, some.runs, places);
      for (const row of rows) {
        if (isWanted(row, filter)) found.push(row);
        if (found.length === limit) {
          return { rows: found, searchedTo: row.row, isExhausted: row.row >= end };
        }
      }
      at = some.upTo;
      if (rows.length === 0 && batch.rows === undefined) return { rows: found, searchedTo: at, isExhausted: true };
    }
    return { rows: found, searchedTo: Math.min(at, end), isExhausted: at >= end };
  }

  /** Rows that may be wanted, in order, and up to which row all of them are among these. */
  async function candidatesAfter(
    { _id: batchId }: BatchDoc,
    filter: RowFilter,
    places: SubBatchPlaces,
    after: number,
    end: number,
    limit: number,
  ): Promise<{ runs: Runs; upTo: number }> {
    const { state, code } = filter;
    const isSearch = filter.payee !== undefined || filter.reference !== undefined || filter.rail !== undefined;
    const isOpened = filter.payee !== undefined;
    const size = isOpened ? openedWindowRows : isSearch ? filteredWindowRows : windowRows;
    const ofKeys = (docs: readonly { readonly _id: Buffer }[]) => {
      const rows = docs.map(({ _id }) => rowOfKey(_id));
      return { runs: runsOf(rows), upTo: docs.length < size ? end : rows.at(-1)! };
    };
    const range = rowRange(batchId, after + 1, end);
    if (state === 'failed' || code !== undefined) {
      if (state !== undefined && state !== 'failed') return { runs: [], upTo: end };
      return ofKeys(await failuresIn(range, code, size));
    }
    if (state === 'unknown') {
      const projection = { _id: 1 } as const;
      return ofKeys(await c.unknowns.find({ _id: range }, { projection }).sort({ _id: 1 }).limit(size).toArray());
    }
    if (state === 'running' || (state === 'waiting' && !places.isUnsplit)) {
      return firstOf(places.open(state === 'running', after), size, end);
    }
    const last = Math.min(end, after + (isSearch || state !== undefined ? size : limit));
    return { runs: last > after ? [[after + 1, last]] : [], upTo: last };
  }

  /** Of the partial index of failures alone. */
  async function failuresIn(range: ReturnType<typeof rowRange>, code: number | undefined, limit: number) {
    const filter = {
      _id: range,
      status: { $in: ['rejected' as const, 'cancelled' as const] },
      ...(code !== undefined && { code: code as OutcomeDoc['code'] & number }),
    };
    return c.outcomes
      .find(filter as Filter<OutcomeDoc>, { projection: { _id: 1 } })
      .hint(failedRows)
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
  }

  async function rowsOf(
    { _id: batchId }: BatchDoc,
    filter: RowFilter,
    runs: Runs,
    places: SubBatchPlaces,
  ): Promise<PaymentRow[]> {
    if (runs.length === 0) return [];
    const some = await c.payments
      .find({ $and: [keysOf(batchId, runs), await asksFor(batchId, filter, runs)] } as Filter<PaymentDoc>)
      .sort({ _id: 1 })
      .toArray();
    const asked = some.filter(({ payee }) => isOf(payee, filter.payee));
    if (asked.length === 0) return [];
    const found = runsOf(asked.map(({ _id }) => rowOfKey(_id)));
    const keys = keysOf(batchId, found);
    const [outcomes, unknowns, attempts] = await Promise.all([
      c.outcomes.find(keys as Filter<OutcomeDoc>).toArray(),
      c.unknowns.find(keys as Filter<UnknownDoc>, { projection: { _id: 1 } }).toArray(),
      attemptsOf(batchId, found),
    ]);
    const outcomeOf = new Map(outcomes.map((doc) => [rowOfKey(doc._id), doc]));
    const unknown = new Set(unknowns.map(({ _id }) => rowOfKey(_id)));
    return asked.map((payment) => {
      const row = rowOfKey(payment._id);
      const outcome = outcomeOf.get(row);
      const sub = outcome ? undefined : places.of(row);
      const isOut = sub !== undefined && isHanded(sub);
      const state = paymentStateOf({ outcome: outcome?.status, isUnknown: unknown.has(row), isHanded: isOut });
      const n = Number(outcome?.sub ?? sub?.n ?? 0);
      const subBatchId = n > 0 ? `${batchId}-${n}` : undefined;
      const { count = 0, at } = attempts.get(row) ?? {};
      return { row, payment, state, outcome, subBatchId, attempts: count, startedAt: at };
    });
  }

  /** What the database itself looks for in what was asked for. */
  async function asksFor(batchId: BatchId, { rail, reference }: RowFilter, runs: Runs) {
    const byRail = reference === undefined ? [] : await rowsOfReference(batchId, reference, runs);
    return {
      ...(rail !== undefined && { rail }),
      ...(reference !== undefined && {
        $or: [
          { id: reference },
          { requestId: reference },
          ...(byRail.length > 0 ? [{ _id: { $in: byRail.map((row) => rowKeyBytes(batchId, row)) } }] : []),
        ],
      }),
    };
  }

  async function rowsOfReference(batchId: BatchId, reference: string, runs: Runs): Promise<number[]> {
    const filter = { $and: [keysOf(batchId, runs), { reference }] } as Filter<OutcomeDoc>;
    const docs = await c.outcomes
      .find(filter, { projection: { _id: 1 } })
      .limit(windowRows)
      .toArray();
    return docs.map(({ _id }) => rowOfKey(_id));
  }

  async function attemptsOf(batchId: BatchId, runs: Runs): Promise<Map<number, { count: number; at: Date }>> {
    const ranges = runs.map(([first, last]) => ({ _id: attemptRange(batchId, first, last) }));
    const attempts = new Map<number, { count: number; at: Date }>();
    const cursor = c.attempts.find(ranges.length === 1 ? ranges[0]! : { $or: ranges }, {
      projection: { at: 1, owner: 1 },
    });
    for await (const { _id, at, owner } of cursor) {
      if (owner === 'cancel' || owner === 'refuse') continue;
      const row = rowOfKey(_id);
      const had = attempts.get(row);
      const isFirst = !had || attemptNumber(_id) === 1;
      attempts.set(row, { count: Math.max(had?.count ?? 0, attemptNumber(_id)), at: isFirst ? at : had.at });
    }
    return attempts;
  }

  return { page };
}

function isWanted({ state, outcome }: PaymentRow, filter: RowFilter): boolean {
  if (filter.state !== undefined && state !== filter.state) return false;
  return filter.code === undefined || Number(outcome?.code ?? 422) === filter.code;
}

/** Rows that lie close together are read as one range, as few ranges as that makes. */
function keysOf(batchId: BatchId, runs: Runs): { _id: unknown } | { $or: { _id: unknown }[] } {
  const isSparse = runs.length > 50;
  if (isSparse && runs.every(([first, last]) => first === last)) {
    return { _id: { $in: runs.map(([row]) => rowKeyBytes(batchId, row)) } };
  }
  const ranges = runs.map(([first, last]) => ({ _id: rowRange(batchId, first, last) }));
  return ranges.length === 1 ? ranges[0]! : { $or: ranges };
}

/** Runs from the first on, of so many rows at most. */
function firstOf(runs: Runs, size: number, end: number): { runs: Runs; upTo: number } {
  const taken: [number, number][] = [];
  let left = size;
  for (const [first, last] of runs) {
    const until = Math.min(last, first + left - 1);
    taken.push([first, until]);
    left -= until - first + 1;
    if (left <= 0) return { runs: taken, upTo: until };
  }
  return { runs: taken, upTo: end };
}

/** By the whole identifier, or by its end from four characters on. */
function isOf({ id }: PaymentDoc['payee'], asked: string | undefined): boolean {
  return asked === undefined || id === asked || (asked.length > 3 && id.endsWith(asked));
}
