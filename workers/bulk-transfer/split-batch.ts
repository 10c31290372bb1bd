/** Cuts a batch into sub-batches, each of one rail, in the order asked for; the same rows land in the same place on a repeat. */
import { subBatchIdOf } from '../../domain/ids.ts';
import type { Switches } from '../../domain/switches.ts';
import { addToTally, type Tally } from '../../domain/tally.ts';
import { type JobType, textVariable, Unrecoverable } from '../../platform/job.ts';
import { createLanes } from '../../platform/lanes.ts';
import { createObjectWriter, type ObjectWriter } from '../../platform/object-writer.ts';
import type { SubBatchDoc } from '../../store/documents.ts';
import { encodeRuns, runsOf } from '../../store/row-keys.ts';
import type { WorkerDeps } from '../deps.ts';
import { orderKeyOf } from './order-payments.ts';
import { formatted, lineOf } from './payment-line.ts';
import { type Row, rowsInOrder, rowsOfBatch, wasRefused } from './rows-of-batch.ts';

/** Sub-batch files on their way to S3 while the next rows are read. */
const filesAtOnce = 4;

type Open = { n: number; key: string; writer: ObjectWriter; rows: number[]; asked: Tally };

export function splitBatch(deps: WorkerDeps): JobType {
  const { c, books, subBatches, objects, rails, now, log } = deps;
  return {
    type: 'split-batch',
    variables: ['tenantId', 'batchId', 'switches'],
    jobsMax: 2,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const tenantId = textVariable(job, 'tenantId');
      const switches = job.variables.switches as Switches;
      const rowsMax = job.headers.whole === 'true' ? Number.POSITIVE_INFINITY : switches.splitting.subBatchSize;
      const open = new Map<string, Open>();
      const lanes = createLanes(filesAtOnce);
      let n = 0;
      try {
        for await (const chunk of rowsFor(tenantId, batchId, switches)) await addChunk(chunk);
        for (const rail of [...open.keys()]) await finish(rail);
        await lanes.end();
      } catch (error) {
        for (const { writer } of open.values()) writer.abort(error);
        throw error;
      }
      log.info('batch split', { batchId, subBatches: n });
      return { subBatchCount: n };

      async function addChunk(chunk: readonly Row[]): Promise<void> {
        const lines = new Map<string, string[]>();
        for (const { row, payment, outcome } of chunk) {
          if (wasRefused(outcome) || payment.minor === undefined) continue;
          const into = open.get(payment.rail) ?? start(payment.rail);
          const pending = lines.get(payment.rail) ?? [];
          lines.set(payment.rail, pending);
          pending.push(lineText(payment.rail, row, payment));
          into.rows.push(row);
          into.asked = addToTally(into.asked, payment.currency, 'asked', 1, payment.minor);
          if (into.rows.length < rowsMax) continue;
          await into.writer.write(pending.join(''));
          lines.delete(payment.rail);
          await finish(payment.rail);
        }
        for (const [rail, texts] of lines) await open.get(rail)!.writer.write(texts.join(''));
      }

      function start(rail: string): Open {
        n += 1;
        const key = `${tenantId}/${batchId}/sub-batches/${n}.ndjson`;
        const started: Open = { n, key, writer: createObjectWriter(objects, key), rows: [], asked: {} };
        open.set(rail, started);
        return started;
      }

      async function finish(rail: string): Promise<void> {
        const done = open.get(rail)!;
        open.delete(rail);
        await lanes.add(async () => {
          await done.writer.end();
          await subBatches.add([docOf(rail, done)]);
        });
      }

      function docOf(rail: string, done: Open): SubBatchDoc {
        return {
          _id: subBatchIdOf(batchId, done.n),
          tenantId,
          batchId,
          n: done.n,
          rail,
          type: railOf(rail).type,
          key: done.key,
          rows: done.rows.length,
          runs: encodeRuns(runsOf(done.rows)),
          asked: done.asked,
          tally: {},
          status: 'created',
          started: 0,
          createdAt: now(),
        };
      }

      function lineText(rail: string, row: number, payment: Row['payment']): string {
        const line = lineOf(batchId, row, payment);
        const { enable, standard } = switches.formatting;
        const asFormatted =
          enable && railOf(rail).formats.includes(standard) ? { formatted: formatted(line, standard) } : {};
        return `${JSON.stringify({ ...line, ...asFormatted })}\n`;
      }
    },
  };

  async function* rowsFor(tenantId: string, batchId: string, switches: Switches): AsyncGenerator<Row[]> {
    if (!switches.ordering.enable) return yield* rowsOfBatch(c, books, batchId);
    yield* rowsInOrder(c, books, batchId, await objects.get(orderKeyOf(tenantId, batchId)));
  }

  function railOf(id: string) {
    const rail = rails.byId(id);
    if (!rail) throw new Unrecoverable(`rail ${id} is not in the registry any more: add it again or cancel the batch`);
    return rail;
  }
}
