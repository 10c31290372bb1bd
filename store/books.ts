/** The append-only books of payments: what was asked, who may send it, what was said, what came of it. */
import { randomUUID } from 'node:crypto';
import { type BatchId, batchIdOfKey, endToEndIdOf, rowKeyBytes, rowOfKey, type TransactionId } from '../domain/ids.ts';
import { createGatherer } from '../platform/gatherer.ts';
import { insertMissing } from '../platform/mongo.ts';
import { createReader } from '../platform/read-by-id.ts';
import type { Collections } from './collections.ts';
import type { AttemptDoc, ConflictDoc, ExchangeDoc, OutcomeDoc, PaymentDoc } from './documents.ts';
import { attemptKey, attemptNumber, attemptRange, encodeRows, rowRange } from './row-keys.ts';

export type Attempt = AttemptDoc & { readonly n: number };
export type Claimer = { readonly owner: string; readonly leaseMs: number; readonly messageId?: string };

/** `ended`: its call is over. `unsent`: the rail never took it. */
type Proof = { readonly ended: boolean; readonly unsent: boolean };

const provesUnsent: ReadonlySet<string> = new Set(['notSent', 'neverReceived', 'payerBlocked']);

/** What was said about a payment of that batch, or that single payment; `ref`: its endToEndId, or the id of a message. */
export type NewExchange = Omit<ExchangeDoc, '_id'> & {
  readonly ref: string;
  readonly batchId: BatchId | TransactionId;
};

type Send = { readonly ref: string; readonly attempt: number };
type Place = { readonly batchId: BatchId; readonly row: number };
/** Ranges of keys to a query. */
const rangesMax = 100;

export type Books = ReturnType<typeof createBooks>;

/** `onConflict` hears of an answer that contradicts an outcome in the books: a person should look. */
export function createBooks(
  c: Collections,
  now: () => Date = () => new Date(),
  onConflict: (conflict: ConflictDoc) => void = () => undefined,
) {
  const readPayment = createReader(c.payments);
  const readOutcome = createReader(c.outcomes);
  const readAttempt = createGatherer(attemptsAt);
  const readProof = createGatherer(proofsOf, { max: 100 });

  return {
    async writePayments(payments: readonly PaymentDoc[]): Promise<void> {
      await insertMissing(c.payments, payments);
    },

    async payment(batchId: BatchId, row: number): Promise<PaymentDoc | undefined> {
      return readPayment(rowKeyBytes(batchId, row));
    },

    /** Outcomes of these rows, by row. */
    async outcomesOf(batchId: BatchId, rows: readonly number[]): Promise<Map<number, OutcomeDoc>> {
      if (rows.length === 0) return new Map();
      if (rows.length === 1) return mapOf(rows[0]!, await readOutcome(rowKeyBytes(batchId, rows[0]!)));
      const found = await c.outcomes.find({ _id: keysFilter(batchId, rows) }).toArray();
      return new Map(found.map((doc) => [rowOfKey(doc._id), doc]));
    },

    /** The latest attempt of each of these rows that has one. */
    async latestAttempts(batchId: BatchId, rows: readonly number[]): Promise<Map<number, Attempt>> {
      if (rows.length === 0) return new Map();
      if (rows.length === 1) return mapOf(rows[0]!, await readAttempt({ batchId, row: rows[0]! }));
      return attemptsOf(batchId, rows);
    },

    /** Claims attempt `n` of rows; answers the rows that are now ours. Whoever meets a duplicate key does not send. */
    async claim(
      tenantId: string,
      batchId: BatchId,
      claims: readonly { row: number; n: number }[],
      claimer: Claimer,
    ): Promise<{ rows: number[]; at: Date; until: Date }> {
      const at = now();
      const until = new Date(at.getTime() + claimer.leaseMs);
      const docs = claims.map(({ row, n }) => ({
        _id: attemptKey(rowKeyBytes(batchId, row), n),
        tenantId,
        owner: claimer.owner,
        at,
        until,
        messageId: claimer.messageId,
      }));
      const taken = new Set(await insertMissing(c.attempts, docs));
      return { rows: claims.filter((_, i) => !taken.has(i)).map(({ row }) => row), at, until };
    },

    /**
     * Writes outcomes, each once. One that is there already and says otherwise stays as it is; the new answer becomes a
     * conflict for a person. Answers the rows whose outcome this call wrote.
     */
    async settle(outcomes: readonly OutcomeDoc[]): Promise<number[]> {
      const there = await insertMissing(c.outcomes, outcomes);
      if (there.length > 0) await noteConflicts(there.map((i) => outcomes[i]!));
      const known = new Set(there);
      return outcomes.filter((_, i) => !known.has(i)).map((doc) => rowOfKey(doc._id));
    },

    /** Fixes a message's rows before it is sent; false where the id is taken. */
    async fixMessage(tenantId: string, messageId: string, rows: readonly number[]): Promise<boolean> {
      const doc: ExchangeDoc = {
        _id: `${messageId}/`,
        tenantId,
        at: now(),
        direction: 'message',
        summary: `message of ${rows.length} payments`,
        rows: encodeRows(rows),
      };
      return (await insertMissing(c.exchanges, [doc])).length === 0;
    },

    async message(messageId: string): Promise<ExchangeDoc | undefined> {
      return (await c.exchanges.findOne({ _id: `${messageId}/` })) ?? undefined;
    },

    /** How many message ids a sub-batch has used. */
    async messagesOf(subBatchId: string): Promise<ExchangeDoc[]> {
      return c.exchanges
        .find({ _id: { $gte: `${subBatchId}-`, $lt: `${subBatchId}.` }, direction: 'message' })
        .toArray();
    },

    /** Notes what was said. */
    async note(exchanges: readonly NewExchange[]): Promise<void> {
      if (exchanges.length === 0) return;
      const docs = exchanges.map(({ ref, ...doc }) => ({ ...doc, _id: `${ref}/${timeOrdered(doc.at)}` }));
      const there = await insertMissing(c.exchanges, docs);
      if (there.length > 0) throw new Error(`exchange ${docs[there[0]!]!._id} is there already`);
    },

    /** Notes what contradicts an outcome, for a person; the same contradiction once. */
    async noteConflict(conflict: Omit<ConflictDoc, '_id' | 'at'>): Promise<void> {
      const { batchId, row, got } = conflict;
      await addConflicts([{ _id: `${endToEndIdOf(batchId, row)}/${got}`, ...conflict, at: now() }]);
    },

    /** What is proven of one attempt: that its call ended, and that the rail never took it. */
    async proofOf(ref: string, attempt: number): Promise<Proof> {
      return readProof({ ref, attempt });
    },
  };

  /** One command for each batch among them. */
  async function attemptsAt(places: readonly Place[]): Promise<(Attempt | undefined)[]> {
    const rowsOf = new Map<BatchId, number[]>();
    for (const { batchId, row } of places) {
      const rows = rowsOf.get(batchId);
      if (rows) rows.push(row);
      else rowsOf.set(batchId, [row]);
    }
    const found = new Map(
      await Promise.all([...rowsOf].map(async ([id, rows]) => [id, await attemptsOf(id, rows)] as const)),
    );
    return places.map(({ batchId, row }) => found.get(batchId)?.get(row));
  }

  async function attemptsOf(batchId: BatchId, rows: readonly number[]): Promise<Map<number, Attempt>> {
    const wanted = new Set(rows);
    const latest = new Map<number, Attempt>();
    const ranges = spansOf(rows).map(([first, last]) => ({ _id: attemptRange(batchId, first, last) }));
    for (let i = 0; i < ranges.length; i += rangesMax) {
      for (const doc of await c.attempts.find({ $or: ranges.slice(i, i + rangesMax) }).toArray()) {
        const row = rowOfKey(doc._id);
        const n = attemptNumber(doc._id);
        if (wanted.has(row) && n > (latest.get(row)?.n ?? 0)) latest.set(row, { ...doc, n });
      }
    }
    return latest;
  }

  async function proofsOf(sends: readonly Send[]): Promise<Proof[]> {
    const ranges = sends.map(({ ref, attempt }) => ({ _id: { $gte: `${ref}/`, $lt: `${ref}0` }, attempt }));
    const said = await c.exchanges.find({ $or: ranges, answer: { $exists: true } }).toArray();
    return sends.map(({ ref, attempt }) => {
      const answers = said.filter((doc) => doc.attempt === attempt && doc._id.startsWith(`${ref}/`));
      return { ended: answers.length > 0, unsent: answers.some(({ answer }) => provesUnsent.has(answer ?? '')) };
    });
  }

  async function noteConflicts(later: readonly OutcomeDoc[]): Promise<void> {
    const had = await c.outcomes.find({ _id: { $in: later.map((doc) => doc._id) } }).toArray();
    const byRow = new Map(had.map((doc) => [doc._id.toString('hex'), doc]));
    const conflicts = later.flatMap((doc) => {
      const first = byRow.get(doc._id.toString('hex'));
      if (!first || first.status === doc.status) return [];
      // Refused and cancelled at the same time: nothing was sent either way, and no rail has said anything.
      if (first.stage !== 'rail' && doc.stage !== 'rail') return [];
      const batchId = batchIdOfKey(doc._id);
      const row = rowOfKey(doc._id);
      return [
        {
          _id: `${endToEndIdOf(batchId, row)}/${doc.status}`,
          tenantId: doc.tenantId,
          batchId,
          row,
          at: now(),
          had: first.status,
          got: doc.status,
          text: doc.railText ?? doc.text ?? '',
        },
      ];
    });
    await addConflicts(conflicts);
  }

  async function addConflicts(conflicts: readonly ConflictDoc[]): Promise<void> {
    const known = new Set(await insertMissing(c.conflicts, conflicts));
    conflicts.filter((_, i) => !known.has(i)).forEach(onConflict);
  }
}

function mapOf<T>(row: number, found: T | undefined): Map<number, T> {
  return new Map(found === undefined ? [] : [[row, found]]);
}

/** Keys as one range where the rows are dense, as a list where they are not. */
function keysFilter(batchId: BatchId, rows: readonly number[]): ReturnType<typeof rowRange> | { $in: Buffer[] } {
  const first = Math.min(...rows);
  const last = Math.max(...rows);
  if (last - first + 1 === rows.length) return rowRange(batchId, first, last);
  return { $in: rows.map((row) => rowKeyBytes(batchId, row)) };
}

/** Spans that cover the rows without reading much between them. */
function spansOf(rows: readonly number[]): [number, number][] {
  const spans: [number, number][] = [];
  for (const row of [...rows].sort((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last && row - last[1] <= 8) last[1] = row;
    else spans.push([row, row]);
  }
  return spans;
}

function timeOrdered(at: Date): string {
  return `${at.getTime().toString(36).padStart(9, '0')}-${randomUUID().slice(0, 8)}`;
}
