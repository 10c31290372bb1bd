/** Makes the request file of a child batch from its parent's: the header and the chosen lines as the client wrote them. */
import { createHash } from 'node:crypto';
import { openFile } from '../../platform/csv.ts';
import { type JobType, textVariable } from '../../platform/job.ts';
import { startOf } from '../../store/accept-batch.ts';
import type { BatchDoc } from '../../store/documents.ts';
import { retryId } from '../../store/retry-batch.ts';
import { decodeRows } from '../../store/row-keys.ts';
import type { WorkerDeps } from '../deps.ts';

export function buildRetry({ c, batches, outbox, objects, log }: WorkerDeps): JobType {
  return {
    type: 'build-retry',
    variables: ['batchId', 'recountEvery'],
    jobsMax: 2,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const batch = await batches.get(batchId);
      if (!batch?.retryOf) throw new Error(`batch ${batchId} is not there, or is no retry`);
      // A repeat of this job writes the same bytes; nobody reads them before the batch has started.
      if (batch.sha256 === '') await batches.setFile(batchId, await writeFile(batch, batch.retryOf));
      await outbox.add([await startOf(c, batch, textVariable(job, 'recountEvery'))]);
      log.info('retry built', { batchId, parent: batch.retryOf.batchId, k: batch.retryOf.k });
      return undefined;
    },
  };

  async function writeFile(
    { requestKey }: BatchDoc,
    { batchId, k }: NonNullable<BatchDoc['retryOf']>,
  ): Promise<Pick<BatchDoc, 'md5' | 'sha256' | 'sizeBytes'>> {
    const retry = await c.retries.findOne({ _id: retryId(batchId, k) });
    const parent = await batches.get(batchId);
    if (!retry || !parent) throw new Error(`retry ${k} of batch ${batchId} is not there`);
    const [md5, sha256] = [createHash('md5'), createHash('sha256')];
    let sizeBytes = 0;
    async function* measured(): AsyncGenerator<Buffer> {
      for await (const text of chosenLines(parent!.requestKey, decodeRows(retry!.rows))) {
        const bytes = Buffer.from(text);
        md5.update(bytes);
        sha256.update(bytes);
        sizeBytes += bytes.length;
        yield bytes;
      }
    }
    await objects.put(requestKey, measured(), { contentType: 'text/csv; charset=utf-8' });
    return { md5: md5.digest('hex'), sha256: sha256.digest('hex'), sizeBytes };
  }

  /** `rows` are sorted. */
  async function* chosenLines(key: string, rows: readonly number[]): AsyncGenerator<string> {
    const source = await objects.get(key);
    let next = 0;
    try {
      const file = await openFile(source);
      yield `${file.headerRaw}\n`;
      for await (const records of file.records) {
        const lines: string[] = [];
        for (const { row, raw } of records) {
          if (row !== rows[next]) continue;
          next += 1;
          lines.push(`${raw}\n`);
        }
        if (lines.length > 0) yield lines.join('');
        if (next === rows.length) break;
      }
    } finally {
      source.destroy();
    }
    if (next < rows.length) throw new Error(`the parent's file ends before row ${rows[next]}`);
  }
}
