/** GET /api/v1/batches/{id}/result: the merged result file, or the status report beside it, streamed through. */
import type { RequestHandler } from 'express';
import { Problem } from '../../domain/problem.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, readQuery, tenantOf } from '../request.ts';
import { sendFile } from '../send-file.ts';
import { reportNameOf, resultNameOf } from './get-batch.ts';
import { erasedProblem } from './retention.ts';

export function getResult(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['n', 'format']);
    const format = query.word('format', ['csv', 'pain.002'] as const) ?? 'csv';
    const n = query.text('n') === undefined ? undefined : query.whole('n', 1, 1, 1_000_000);
    query.done();
    const batch = await batchOf(deps, req, tenant);
    if (batch.erasedAt) throw erasedProblem(batch.erasedAt);
    const results = [...batch.results].sort((a, b) => Number(a.n) - Number(b.n));
    const result = n === undefined ? results.at(-1) : results.find((file) => Number(file.n) === n);
    if (!result && results.length > 0) {
      throw new Problem(
        'not-found',
        `the batch has no result ${n}; it has ${results.map((file) => file.n).join(', ')}`,
      );
    }
    if (!result) {
      throw new Problem('result-not-ready', `the batch is ${batch.status} and has no result file: ask for its status`);
    }
    if (format === 'csv') {
      await sendFile(deps, res, { key: result.key, fileName: resultNameOf(batch, Number(result.n)) });
      return;
    }
    if (result.reportKey === undefined) {
      throw new Problem('not-found', 'the batch did not come as pain.001: it has no pain.002, ask without format');
    }
    await sendFile(deps, res, { key: result.reportKey, fileName: reportNameOf(batch, Number(result.n)) });
  };
}
