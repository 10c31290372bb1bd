/** GET /api/v1/batches/{id}/failures: why rows failed, by reason and rail, with what they would have moved. */
import type { RequestHandler } from 'express';
import { formatMoney } from '../../domain/money.ts';
import { reasonCodes } from '../../domain/outcome.ts';
import { noCurrency } from '../../domain/tally.ts';
import { createReadFailures, failuresCountedMax } from '../../store/failures.ts';
import { retryableCodes } from '../../store/retry-batch.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, readQuery, tenantOf } from '../request.ts';

export function getFailures(deps: ApiDeps): RequestHandler {
  const read = createReadFailures(deps.c);
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const batch = await batchOf(deps, req, tenant);
    const failures = await read(batch);
    res.json({
      failures: failures.map(({ code, stage, rail, railCode, text, rows, totals }) => ({
        code,
        title: reasonCodes[code],
        stage,
        rail: rail ?? null,
        rail_code: railCode ?? null,
        text: text ?? null,
        rows,
        totals: shownTotals(totals),
        retryable: retryableCodes.includes(code) && ['lookup', 'rail'].includes(stage),
      })),
      counted_max: failuresCountedMax,
    });
  };
}

/** Rows whose amount or currency cannot be read have none. */
export function shownTotals(totals: ReadonlyMap<string, bigint>): Record<string, string> {
  const known = [...totals].filter(([currency]) => currency !== noCurrency).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(known.map(([currency, minor]) => [currency, formatMoney({ minor, currency })]));
}
