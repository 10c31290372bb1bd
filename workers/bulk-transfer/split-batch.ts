/** Cuts a batch into sub-batches, each of one rail, and of one institution where asked for; the same rows land in the same place on a repeat. */
import { subBatchIdOf } from '../../domain/ids.ts';
import type { Switches } from '../../domain/switches.ts';
import { addToTally, type Tally } from '../../domain/tally.ts';
import { type JobType, textVariable, Unrecoverable } from '../../platform/job.ts';
import { createLanes } from '../../platform/lanes.ts';
import { createObjectWriter, type ObjectWriter } from '../../platform/object-writer.ts';
import type { SubBatchDoc } from '../../store/documents.ts';
import { encodeRuns, runsOf } from '../../store/row-keys.ts';
import type { WorkerDeps } from '../deps.ts';
import { createOpenParts, type OpenPart } from './open-parts.ts';
import { orderKeyOf } from './order-payments.ts';
import { formatted, lineOf } from './payment-line.ts';
import { type Row, rowsInOrder, rowsOfBatch, wasRefused } from './rows-of-batch.ts';

/** Sub-batch files on their way to S3 while the next rows are read. */
const filesAtOnce = 4;

type Open = OpenPart & {
  readonly n: number;
  readonly rail: string;
  readonly institution?: string;
  readonly key: string;
  readonly rows: number[];
  asked: Tally;
  writer?: ObjectWriter;
};

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
      const open = createOpenParts<Open>();
      const lanes = createLanes(filesAtOnce);
      let n = 0;
      try {
        for await (const chunk of rowsFor(tenantId, batchId, switches)) await addChunk(chunk);
        for (const part of open.all()) await finish(part);
        await lanes.end();
      } catch (error) {
        for (const { writer } of open.all()) writer?.abort(error);
        throw error;
      }
      log.info('batch split', { batchId, subBatches: n });
      return { subBatchCount: n };

      async function addChunk(chunk: readonly Row[]): Promise<void> {
        for (const { row, payment, outcome } of chunk) {
          if (wasRefused(outcome) || payment.minor === undefined) continue;
          const into = partOf(payment);
          open.add(into, lineText(payment.rail, row, payment));
          into.rows.push(row);
          into.asked = addToTally(into.asked, payment.currency, 'asked', 1, payment.minor);
          if (into.rows.length >= rowsMax) await finish(into);
          for (let part = open.overfull(); part; part = open.overfull()) await finish(part);
        }
        for (const part of open.unwritten()) await write(part);
      }

      /** The sub-batch that a payment goes into: its rail's and, where asked for, its institution's. */
      function partOf({ rail, payee }: Row['payment']): Open {
        const institution = switches.splitting.byInstitution ? payee.dfsp : undefined;
        const name = `${rail}/${institution ?? ''}`;
        return open.get(name) ?? start(name, rail, institution);
      }

      function start(name: string, rail: string, institution: string | undefined): Open {
        n += 1;
        const key = `${tenantId}/${batchId}/sub-batches/${n}.ndjson`;
        const started: Open = { name, n, rail, institution, key, chars: 0, held: [], rows: [], asked: {} };
        open.start(started);
        return started;
      }

      async function write(part: Open): Promise<void> {
        part.writer ??= createObjectWriter(objects, part.key);
        const text = part.held.join('');
        part.held = [];
        await part.writer.write(text);
      }

      async function finish(done: Open): Promise<void> {
        open.take(done);
        await lanes.add(async () => {
          await write(done);
          await done.writer!.end();
          await subBatches.add([docOf(done)]);
        });
      }

      function docOf(done: Open): SubBatchDoc {
        const { rail, institution } = done;
        return {
          _id: subBatchIdOf(batchId, done.n),
          tenantId,
          batchId,
          n: done.n,
          rail,
          ...(institution !== undefined && { institution }),
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
