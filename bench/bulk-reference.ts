/** The bare minimum for a batch file, without a hub: parse, insert into MongoDB, read back in order, write the result; the same servers. */
import { randomUUID } from 'node:crypto';
import { rowKeyBytes, rowOfKey } from '../domain/ids.ts';
import { type FileRecord, openFile } from '../platform/csv.ts';
import { createLanes } from '../platform/lanes.ts';
import type { Collection, Document } from '../platform/mongo.ts';
import { attemptKey, batchRange } from '../store/row-keys.ts';
import type { Hub } from './hub.ts';

type Row = Document & { _id: Buffer };
/** Writes under way at once, as in the hub's own validation. */
const writesAtOnce = 4;

/** Milliseconds from the first byte sent to S3 to the result file there. `books`: a claim and an outcome per row too, each inserted. */
export async function bareMinimum(hub: Hub, bytes: Buffer, { books }: { readonly books: boolean }): Promise<number> {
  const batchId = randomUUID();
  const payments: Collection<Row> = hub.mongo.collection('bench_payments');
  const attempts: Collection<Row> = hub.mongo.collection('bench_attempts');
  const outcomes: Collection<Row> = hub.mongo.collection('bench_outcomes');
  const insert = (into: Collection<Row>, rows: Row[]) => into.insertMany(rows, { ordered: false });
  const startedAt = performance.now();
  await hub.objects.put('bench/request.csv', pieces(bytes));
  const file = await openFile(await hub.objects.get('bench/request.csv'));
  const lanes = createLanes(writesAtOnce);
  for await (const records of file.records) {
    await lanes.add(async () => {
      await insert(
        payments,
        records.map((record) => paymentOf(batchId, record)),
      );
      if (!books) return;
      await insert(
        attempts,
        records.map(({ row }) => claimOf(batchId, row)),
      );
      await insert(
        outcomes,
        records.map(({ row }) => outcomeOf(batchId, row)),
      );
    });
  }
  await lanes.end();
  const source = books ? outcomes : payments;
  await hub.objects.put('bench/result.csv', resultLines(hub, source, batchId));
  const ms = performance.now() - startedAt;
  for (const collection of [payments, attempts, outcomes]) await collection.drop().catch(() => undefined);
  return ms;
}

async function* resultLines(hub: Hub, source: Collection<Row>, batchId: string): AsyncGenerator<string> {
  const file = await openFile(await hub.objects.get('bench/request.csv'));
  yield `${file.headerRaw},status,error_code,error_description\n`;
  const docs = source
    .find({ _id: batchRange(batchId) } as never, { projection: { status: 1 } })
    .sort({ _id: 1 })
    .batchSize(5_000)
    [Symbol.asyncIterator]();
  for await (const records of file.records) {
    const lines: string[] = [];
    for (const { row, raw } of records) {
      const doc = await docs.next();
      if (doc.done || rowOfKey(doc.value._id) !== row) throw new Error(`row ${row} did not come back`);
      lines.push(`${raw},SUCCESS,,\n`);
    }
    yield lines.join('');
  }
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

function paymentOf(batchId: string, { row, cells }: FileRecord): Row {
  const [id, requestId, mode, payerType, payer, payeeType, payee, amount, currency, note] = cells;
  return {
    _id: rowKeyBytes(batchId, row),
    tenantId: 'bench',
    id,
    requestId,
    mode,
    rail: mode,
    payer: { type: payerType, id: payer },
    payee: { type: payeeType, id: payee },
    amount,
    minor: BigInt(amount!.replace('.', '')),
    currency,
    note,
    status: 'completed',
  };
}

function claimOf(batchId: string, row: number): Row {
  const at = new Date();
  return { _id: attemptKey(rowKeyBytes(batchId, row), 1), tenantId: 'bench', owner: 'bench', at, until: at };
}

function outcomeOf(batchId: string, row: number): Row {
  const at = new Date();
  return {
    _id: rowKeyBytes(batchId, row),
    tenantId: 'bench',
    sub: 1,
    status: 'completed',
    stage: 'rail',
    minor: 1n,
    currency: 'USD',
    at,
  };
}
