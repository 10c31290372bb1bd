/** Merges the outcomes back beside the client's own rows: one line per input row, in input order, cells byte for byte. */
import { rowOfKey } from '../../domain/ids.ts';
import { resultWordOf } from '../../domain/outcome.ts';
import { csvCell, openFile } from '../../platform/csv.ts';
import { type JobType, textVariable } from '../../platform/job.ts';
import type { BatchDoc, OutcomeDoc } from '../../store/documents.ts';
import { batchRange } from '../../store/row-keys.ts';
import type { WorkerDeps } from '../deps.ts';

export function mergeResults({ c, batches, objects, log }: WorkerDeps): JobType {
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
      // A repeat of this job after a crash writes the same key before anybody was told of it.
      await objects.put(resultKey, resultLines(batch, counted), { contentType: 'text/csv' });
      await batches.addResult(batchId, n, resultKey, counted.final);
      log.info('results merged', { batchId, n, final: counted.final });
      return { resultKey };
    },
  };

  async function* resultLines(batch: BatchDoc, counted: { final: number }): AsyncGenerator<string> {
    const source = await objects.get(batch.requestKey);
    try {
      const file = await openFile(source);
      const width = file.columns.length;
      yield `${file.headerRaw},status,error_code,error_description\n`;
      const outcomes = outcomesInOrder(batch);
      let next = await outcomes.next();
      for await (const records of file.records) {
        const lines: string[] = [];
        for (const { row, raw, cells } of records) {
          while (!next.done && rowOfKey(next.value._id) < row) next = await outcomes.next();
          const outcome = !next.done && rowOfKey(next.value._id) === row ? next.value : undefined;
          if (outcome) counted.final += 1;
          lines.push(`${raw}${','.repeat(Math.max(0, width - cells.length))},${addedCells(outcome)}\n`);
        }
        yield lines.join('');
      }
    } finally {
      source.destroy();
    }
  }

  function outcomesInOrder(batch: BatchDoc): AsyncIterator<OutcomeDoc> {
    return c.outcomes
      .find({ _id: batchRange(batch._id) }, { projection: { status: 1, code: 1, text: 1, railText: 1 } })
      .sort({ _id: 1 })
      .batchSize(5000)
      [Symbol.asyncIterator]();
  }
}

/** Status, error code and description: the hub's sentence with the rail's own words last. */
function addedCells(outcome: OutcomeDoc | undefined): string {
  const word = resultWordOf(outcome?.status);
  if (word !== 'FAILURE') return `${word},,`;
  const said = [outcome?.text, outcome?.railText].filter(Boolean).join(': ');
  return `${word},${outcome?.code ?? ''},${csvCell(said)}`;
}
