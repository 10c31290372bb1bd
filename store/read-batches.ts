/** Reads batches and their rows for people and programs; writes nothing. Pages are ranges of row keys, never skips. */
import type { BatchId, TenantId } from '../domain/ids.ts';
import { rowOfKey } from '../domain/ids.ts';
import { type BatchStatus, detailWordOf, finalStatuses, type RowError } from '../domain/outcome.ts';
import type { Tally } from '../domain/tally.ts';
import type { Filter } from '../platform/mongo.ts';
import type { Batches } from './batches.ts';
import type { Collections } from './collections.ts';
import type { BatchDoc, OutcomeDoc, PaymentDoc, RetryDoc, SubBatchDoc } from './documents.ts';
import { retriesRange } from './retry-batch.ts';
import { type ReturnDoc, returnsOf } from './returns.ts';
import { attemptNumber, attemptRange, rowRange } from './row-keys.ts';

export type ReadBatches = ReturnType<typeof createReadBatches>;

export type BatchFilter = {
  readonly tenantId: TenantId;
  readonly batchId?: BatchId;
  readonly requestId?: string;
  readonly status?: BatchStatus;
  readonly institution?: string;
  readonly from?: Date;
  readonly to?: Date;
};
export type BatchSort = { readonly field: keyof BatchDoc; readonly ascending: boolean };
export type DetailWord = ReturnType<typeof detailWordOf>;

/** A row with what came of it. */
export type RowRead = {
  readonly row: number;
  readonly payment: PaymentDoc;
  readonly outcome?: OutcomeDoc;
  /** Its money came back. */
  readonly returned?: ReturnDoc;
  /** When its first attempt began. */
  readonly sentAt?: Date;
};

/** Rows looked at in one go while looking for those of one status. */
const stride = 2_000;

export function createReadBatches(c: Collections, batches: Pick<Batches, 'tally'>, clock: () => number = Date.now) {
  const tallies = createTallies((batch) => batches.tally(batch), clock);

  async function rows(batch: BatchDoc, first: number, last: number): Promise<RowRead[]> {
    const { _id: batchId } = batch;
    const range = { _id: rowRange(batchId, first, last) };
    const [payments, outcomes, attempts, returns] = await Promise.all([
      c.payments.find(range).sort({ _id: 1 }).toArray(),
      c.outcomes.find(range).toArray(),
      c.attempts.find({ _id: attemptRange(batchId, first, last) }, { projection: { at: 1, owner: 1 } }).toArray(),
      returnsOf(c, batch, first, last),
    ]);
    const outcomeOf = new Map(outcomes.map((doc) => [rowOfKey(doc._id), doc]));
    const sentAt = new Map<number, Date>();
    for (const { _id, at, owner } of attempts) {
      if (attemptNumber(_id) === 1 && owner !== 'cancel') sentAt.set(rowOfKey(_id), at);
    }
    return payments.map((payment) => {
      const row = rowOfKey(payment._id);
      return { row, payment, outcome: outcomeOf.get(row), returned: returns.get(row), sentAt: sentAt.get(row) };
    });
  }

  return {
    /** Counts and amounts as they are now; for a batch under way, seconds old at most where counting takes long. */
    async tallyOf(batch: BatchDoc): Promise<Tally> {
      return finalStatuses.includes(batch.status) && batch.closedAt ? batch.tally : tallies(batch);
    },

    async list(filter: BatchFilter, sort: BatchSort, skip: number, limit: number) {
      const query = queryOf(filter);
      const direction = sort.ascending ? 1 : -1;
      const [total, found] = await Promise.all([
        c.batches.countDocuments(query),
        c.batches
          .find(query)
          .sort({ [sort.field]: direction, _id: 1 })
          .allowDiskUse()
          .skip(skip)
          .limit(limit)
          .toArray(),
      ]);
      return { total, batches: found };
    },

    /** Up to `limit` rows after row `after`, in file order; with `word`, only those that it describes. */
    async rowsAfter(batch: BatchDoc, after: number, limit: number, word?: DetailWord): Promise<RowRead[]> {
      const end = batch.rows === undefined ? 0xff_ff_ff_f0 : Number(batch.rows);
      if (word === undefined) return after >= end ? [] : rows(batch, after + 1, Math.min(end, after + limit));
      const found: RowRead[] = [];
      for (let at = after; at < end && found.length < limit; at += stride) {
        const some = await rows(batch, at + 1, Math.min(end, at + stride));
        if (some.length === 0 && batch.rows === undefined) break;
        found.push(
          ...some.filter(({ outcome, returned }) => detailWordOf(outcome?.status, returned !== undefined) === word),
        );
      }
      return found.slice(0, limit);
    },

    /** Errors of up to `limit` refused rows after row `after`. */
    async rowErrors(batch: BatchDoc, after: number, limit: number): Promise<{ errors: RowError[]; lastRow?: number }> {
      const docs = await c.outcomes
        .find(
          {
            _id: rowRange(batch._id, after + 1, 0xff_ff_ff_f0),
            stage: { $in: ['validation', 'lookup'] },
            errors: { $exists: true },
          },
          { projection: { errors: 1 } },
        )
        .sort({ _id: 1 })
        .limit(limit + 1)
        .toArray();
      const page = docs.slice(0, limit);
      const last = docs.length > limit ? page.at(-1) : undefined;
      return { errors: page.flatMap((doc) => doc.errors ?? []), lastRow: last ? rowOfKey(last._id) : undefined };
    },

    async subBatches(batchId: BatchId, after: number, limit: number): Promise<Omit<SubBatchDoc, 'runs'>[]> {
      return c.subBatches
        .find({ batchId, n: { $gt: after } }, { projection: { runs: 0 } })
        .sort({ n: 1 })
        .limit(limit)
        .toArray();
    },

    /** How many sub-batches are in which state. */
    async subBatchCounts(batchId: BatchId): Promise<Record<SubBatchDoc['status'], number>> {
      const counts = { created: 0, ready: 0, dispatched: 0, settled: 0 };
      const groups = c.subBatches.aggregate<{ _id: SubBatchDoc['status']; n: number }>([
        { $match: { batchId } },
        { $group: { _id: '$status', n: { $sum: 1 } } },
      ]);
      for await (const { _id, n } of groups) counts[_id] = Number(n);
      return counts;
    },

    /** The batches that send its failed rows again, in their order, each with where it stands. */
    async retries({ _id }: BatchDoc): Promise<(Omit<RetryDoc, 'rows'> & { status: BatchStatus })[]> {
      const found = await c.retries
        .find({ _id: retriesRange(_id) }, { projection: { rows: 0 } })
        .sort({ k: 1 })
        .toArray();
      if (found.length === 0) return [];
      const ids = found.map(({ child }) => child);
      const children = await c.batches.find({ _id: { $in: ids } }, { projection: { status: 1 } }).toArray();
      const statuses = new Map(children.map((child) => [child._id, child.status]));
      return found.map((retry) => ({ ...retry, status: statuses.get(retry.child) ?? 'queued' }));
    },

    /** Later answers of rails that contradict the books, for a person to look at. */
    async conflicts(batch: BatchDoc) {
      return c.conflicts.find({ batchId: batch._id }).sort({ at: 1 }).limit(100).toArray();
    },

    /** Payers without funds on the batch's rails: nothing of theirs is sent until somebody acts. */
    async payerBlocks(batch: BatchDoc) {
      if (batch.rails.length === 0) return [];
      return c.payerBlocks
        .find({ tenantId: batch.tenantId, rail: { $in: batch.rails } })
        .limit(100)
        .toArray();
    },
  };
}

function queryOf({ tenantId, batchId, requestId, status, institution, from, to }: BatchFilter): Filter<BatchDoc> {
  const createdAt = { ...(from ? { $gte: from } : {}), ...(to ? { $lt: to } : {}) };
  return {
    tenantId,
    ...(batchId === undefined ? {} : { _id: batchId }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(status === undefined ? {} : { status }),
    ...(institution === undefined ? {} : { institution }),
    ...(from || to ? { createdAt } : {}),
  };
}

/** Counting a large batch takes a while: an answer is kept for ten times as long as it took, and asked for once at a time. */
function createTallies(count: (batch: BatchDoc) => Promise<Tally>, clock: () => number) {
  const known = new Map<string, { readonly tally: Promise<Tally>; until: number }>();
  return (batch: BatchDoc): Promise<Tally> => {
    const key = `${batch._id}/${batch.status}`;
    const began = clock();
    const had = known.get(key);
    if (had && had.until > began) return had.tally;
    const entry = { tally: count(batch), until: Number.POSITIVE_INFINITY };
    known.set(key, entry);
    if (known.size > 1_000) known.delete(known.keys().next().value ?? '');
    entry.tally.then(
      () => {
        entry.until = clock() + Math.min(30_000, 10 * (clock() - began) - 100);
      },
      () => known.delete(key),
    );
    return entry.tally;
  };
}
