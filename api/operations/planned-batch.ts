/** A batch in the books as a test wants it: sub-batches of so many rows, and what came of each row. For tests. */
import { randomUUID } from 'node:crypto';
import { endToEndIdOf, rowKeyBytes, subBatchIdOf } from '../../domain/ids.ts';
import type { ReasonCode } from '../../domain/outcome.ts';
import { switchesOf } from '../../domain/switches.ts';
import { addToTally, bucketOf, type Tally } from '../../domain/tally.ts';
import type { Collections } from '../../store/collections.ts';
import type { BatchDoc, OutcomeDoc, PaymentDoc, SubBatchDoc } from '../../store/documents.ts';
import { findableBy } from '../../store/find-payment.ts';
import { attemptKey, encodeRuns } from '../../store/row-keys.ts';

/** `bad`: refused at validation, in no sub-batch. */
export type RowPlan = 'open' | 'done' | 'unknown' | 'bad' | `${ReasonCode}`;
export type SubBatchPlan = {
  readonly rail: string;
  readonly type?: SubBatchDoc['type'];
  readonly status?: SubBatchDoc['status'];
  readonly stopped?: boolean;
  readonly rows: readonly RowPlan[];
};
export type BatchPlan = {
  readonly tenantId: string;
  readonly bad?: number;
  readonly subBatches: readonly SubBatchPlan[];
  readonly doc?: Partial<BatchDoc>;
  readonly payee?: (row: number) => string;
};

const at = new Date(Date.UTC(2026, 2, 31, 12));
const minor = 10_000n;

/** Rows of the sub-batches come first, in their order, then the bad ones. Each asks for 100.00 USD. */
export async function plannedBatch(c: Collections, plan: BatchPlan): Promise<BatchDoc> {
  const _id = randomUUID();
  const { tenantId, bad = 0 } = plan;
  const all = [
    ...plan.subBatches.flatMap((sub, i) => sub.rows.map((what) => ({ what, n: i + 1, rail: sub.rail }))),
    ...Array.from({ length: bad }, () => ({ what: 'bad' as const, n: 0, rail: '' })),
  ].map((one, i) => ({ ...one, row: i + 1, key: rowKeyBytes(_id, i + 1) }));
  const payments = all.map(({ row, key, what, rail }): PaymentDoc => {
    const isBad = what === 'bad';
    return {
      _id: key,
      tenantId,
      id: `id-${row}`,
      requestId: `request-${row}`,
      mode: rail,
      rail,
      payer: { type: 'accountNumber', id: '003001003874120160' },
      payee: { type: 'msisdn', id: plan.payee?.(row) ?? `2771010${String(row).padStart(4, '0')}` },
      amount: isBad ? 'much' : '100',
      ...(!isBad && { minor }),
      currency: 'USD',
      note: '',
      e2e: findableBy(endToEndIdOf(_id, row)),
    };
  });
  const outcomes = all.flatMap(({ what, n, key, row }) => outcomeOf({ what, n, key, row, tenantId }));
  const unknowns = all.filter(({ what }) => what === 'unknown');
  const sent = all.filter(({ what, n }) => n > 0 && what !== 'open' && what !== '404');
  await c.payments.insertMany(payments);
  if (outcomes.length > 0) await c.outcomes.insertMany(outcomes);
  if (sent.length > 0) {
    await c.attempts.insertMany(
      sent.map(({ key }) => ({ _id: attemptKey(key, 1), tenantId, owner: '2251799813685249/7', at, until: at })),
    );
  }
  if (unknowns.length > 0) {
    await c.unknowns.insertMany(
      unknowns.map(({ key, n, rail }) => ({
        _id: key,
        tenantId,
        rail,
        subBatchId: subBatchIdOf(_id, n),
        minor,
        currency: 'USD',
        since: at,
        attempt: 1,
        why: 'no answer in time',
      })),
    );
  }
  const asked = all.reduce(
    (sum: Tally, { what }) =>
      what === 'bad' ? addToTally(sum, 'XXX', 'asked', 1, 0n) : addToTally(sum, 'USD', 'asked', 1, minor),
    {},
  );
  let first = 1;
  for (const [i, sub] of plan.subBatches.entries()) {
    await c.subBatches.insertOne(subBatchOf(_id, tenantId, i + 1, first, sub, outcomes));
    first += sub.rows.length;
  }
  const batch: BatchDoc = {
    _id,
    tenantId,
    requestId: `request-of-${_id.slice(0, 8)}`,
    fileName: 'payroll.csv',
    source: 'csv',
    requestKey: `${tenantId}/${_id}/request.csv`,
    md5: 'm',
    sha256: 's',
    sizeBytes: 1,
    purpose: 'salaries',
    notes: '',
    maker: 'mary',
    switches: switchesOf({}),
    status: 'processing',
    createdAt: at,
    startedAt: at,
    validatedAt: at,
    dispatchedAt: at,
    modes: [],
    rails: [...new Set(plan.subBatches.map(({ rail }) => rail))].sort(),
    rows: all.length,
    tally: asked,
    results: [],
    ...plan.doc,
  };
  await c.batches.insertOne(batch);
  return batch;
}

function outcomeOf(about: {
  readonly what: RowPlan;
  readonly n: number;
  readonly key: Buffer;
  readonly row: number;
  readonly tenantId: string;
}): OutcomeDoc[] {
  const { what, n, key, row, tenantId } = about;
  const base = { _id: key, tenantId, sub: n, minor, currency: 'USD', at };
  if (what === 'open' || what === 'unknown') return [];
  if (what === 'done') return [{ ...base, status: 'completed', stage: 'rail', reference: `FT-${row}` }];
  if (what === 'bad') {
    const errors = [{ row, column: 'amount', code: 'amount_malformed', message: 'write digits' }];
    const none = { minor: 0n, currency: 'XXX' };
    return [{ ...base, ...none, status: 'rejected', stage: 'validation', code: 400, text: 'write digits', errors }];
  }
  const code = Number(what) as ReasonCode;
  if (code === 410) return [{ ...base, status: 'cancelled', stage: 'cancel', code }];
  const said = { railCode: `rail-${code}`, railText: 'the rail said no' };
  return [{ ...base, status: 'rejected', stage: 'rail', code, ...said }];
}

function subBatchOf(
  batchId: string,
  tenantId: string,
  n: number,
  first: number,
  { rail, type = 'PAYMENT', status = 'dispatched', stopped, rows }: SubBatchPlan,
  outcomes: readonly OutcomeDoc[],
): SubBatchDoc {
  const own = outcomes.filter((doc) => doc.sub === n);
  const tally = own.reduce((sum: Tally, doc) => addToTally(sum, 'USD', bucketOf(doc.status, doc.stage), 1, minor), {});
  return {
    _id: subBatchIdOf(batchId, n),
    tenantId,
    batchId,
    n,
    rail,
    type,
    key: 'k',
    rows: rows.length,
    runs: encodeRuns([[first, first + rows.length - 1]]),
    asked: addToTally({}, 'USD', 'asked', rows.length, minor * BigInt(rows.length)),
    // As it was counted last: those under way are counted when somebody looks.
    tally: status === 'settled' ? tally : {},
    status,
    started: 0,
    createdAt: at,
    ...(status === 'dispatched' && { dispatchedAt: at }),
    ...(stopped && { stoppedAt: at }),
    ...(status === 'settled' && { dispatchedAt: at, settledAt: at }),
  };
}
