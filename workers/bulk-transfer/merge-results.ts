/** Merges the outcomes back beside the client's own rows: one line per input row, in input order, cells byte for byte. */
import { rowOfKey } from '../../domain/ids.ts';
import { reasonCodes, resultWordOf } from '../../domain/outcome.ts';
import { csvCell, type FileRecord, openFile } from '../../platform/csv.ts';
import { type JobType, textVariable } from '../../platform/job.ts';
import type { BatchDoc, OutcomeDoc } from '../../store/documents.ts';
import { returnsOf } from '../../store/returns.ts';
import { rowRange } from '../../store/row-keys.ts';
import type { WorkerDeps } from '../deps.ts';
import { createStanding, type Standing, standingOf, statusReport } from './status-report.ts';

/** What the result file tells of an outcome. */
type Told = Pick<OutcomeDoc, 'status' | 'code' | 'text' | 'railText'>;
const toldFields = { status: 1, code: 1, text: 1, railText: 1 } as const;

export function mergeResults({ c, batches, objects, log, now }: WorkerDeps): JobType {
  return {
    type: 'merge-results',
    variables: ['tenantId', 'batchId'],
    jobsMax: 2,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const batch = await batches.get(batchId);
      if (!batch) throw new Error(`batch ${batchId} is not there`);
      const n = batch.results.length + 1;
      const resultKey = `${batch.tenantId}/${batchId}/${n === 1 ? 'result' : `result-${n}`}.csv`;
      const counted = { final: 0 };
      const standing = batch.originalKey === undefined ? undefined : createStanding(Number(batch.rows ?? 0));
      // A repeat of this job after a crash writes the same key before anybody was told of it.
      await objects.put(resultKey, resultLines(batch, counted, standing), { contentType: 'text/csv' });
      const reportKey = standing && (await putReport(batch, n, standing));
      await batches.addResult(batchId, { n, key: resultKey, final: counted.final, ...(reportKey && { reportKey }) });
      log.info('results merged', { batchId, n, final: counted.final });
      return { resultKey };
    },
  };

  /** A message of ISO 20022 is answered by one. */
  async function putReport(batch: BatchDoc, n: number, standing: Standing): Promise<string> {
    const key = `${batch.tenantId}/${batch._id}/${n === 1 ? 'result' : `result-${n}`}.xml`;
    const source = await objects.get(batch.originalKey!);
    try {
      const report = statusReport(c, batch, source, { n, standing, at: now() });
      await objects.put(key, report, { contentType: 'application/xml' });
    } finally {
      source.destroy();
    }
    return key;
  }

  async function* resultLines(
    batch: BatchDoc,
    counted: { final: number },
    standing?: Standing,
  ): AsyncGenerator<string> {
    const source = await objects.get(batch.requestKey);
    try {
      const file = await openFile(source);
      const width = file.columns.length;
      yield `${file.headerRaw},status,error_code,error_description\n`;
      for await (const records of file.records) {
        const outcomes = await outcomesOf(batch._id, records);
        const returns = await toldReturns(batch, records);
        const lines = records.map(({ row, raw, cells }) => {
          const outcome = outcomes.get(row);
          if (outcome) counted.final += 1;
          const returned = returns.get(row);
          if (returned) counted.final += 1;
          standing?.note(row, standingOf(outcome?.status, returned !== undefined));
          return `${raw}${','.repeat(Math.max(0, width - cells.length))},${addedCells(returned ?? outcome)}\n`;
        });
        yield lines.join('');
      }
    } finally {
      source.destroy();
    }
  }

  /** Of the rows of one chunk, which lie side by side in the book. */
  async function outcomesOf(batchId: string, records: readonly FileRecord[]): Promise<Map<number, Told>> {
    const range = rowRange(batchId, records[0]!.row, records.at(-1)!.row);
    const told = await c.outcomes.find({ _id: range }, { projection: toldFields, batchSize: records.length }).toArray();
    return new Map(told.map((outcome) => [rowOfKey(outcome._id), outcome]));
  }

  /** Completed rows whose money came back: what is told of them instead. */
  async function toldReturns(batch: BatchDoc, records: readonly FileRecord[]): Promise<Map<number, Told>> {
    const returns = await returnsOf(c, batch, records[0]!.row, records.at(-1)!.row);
    const told = (railText: string) => ({ status: 'rejected', code: 424, text: reasonCodes[424], railText }) as const;
    return new Map([...returns].map(([row, { railCode, railText }]) => [row, told(`${railCode} ${railText}`)]));
  }
}

/** Status, error code and description: the hub's sentence with the rail's own words last. */
function addedCells(outcome: Told | undefined): string {
  const word = resultWordOf(outcome?.status);
  if (word !== 'FAILURE') return `${word},,`;
  const said = [outcome?.text, outcome?.railText].filter(Boolean).join(': ');
  return `${word},${outcome?.code ?? ''},${csvCell(said)}`;
}
