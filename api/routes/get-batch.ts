/** GET …/batchtransactions/{id}: where a batch stands, with the seed's fields and ours beside them. */
import type { RequestHandler } from 'express';
import { formatMoney } from '../../domain/money.ts';
import type { BatchDoc, DecisionDoc, OutboxDoc } from '../../store/documents.ts';
import type { ReadBatches } from '../../store/read-batches.ts';
import { countsOf, openTotals, reasonsOf, scalarsOf, totalsOf } from '../batch-counts.ts';
import type { ApiDeps } from '../deps.ts';
import { batchOf, readQuery, tenantOf } from '../request.ts';
import { shownBlock } from './payer-blocks.ts';
import { batchPath, shownRetry } from './post-retry.ts';
import { shownHold } from './retention.ts';

export function getBatch(deps: ApiDeps, read: ReadBatches): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const batch = await batchOf(deps, req, tenant);
    res.json(await batchStatus(deps, read, batch));
  };
}

async function batchStatus(deps: ApiDeps, read: ReadBatches, batch: BatchDoc) {
  const [tally, file, results, decision, outbox, subBatches, blocks, conflicts, formatted, retries] = await Promise.all(
    [
      read.tallyOf(batch),
      fileLink(deps, batch),
      resultLinks(deps, batch),
      deps.batches.decision(batch._id),
      deps.outbox.ofBatch(batch._id),
      read.subBatchCounts(batch._id),
      read.payerBlocks(batch),
      read.conflicts(batch),
      formattedLink(deps, batch),
      read.retries(batch),
    ],
  );
  const { total, successful, failed, pending } = countsOf(tally);
  const scalars = scalarsOf(tally);
  return {
    batch_id: batch._id,
    request_id: batch.requestId,
    notes: batch.notes,
    status: batch.status,
    mode: batch.modes.join(','),
    purpose: batch.purpose,
    total,
    successful,
    failed,
    file,
    created_at: Math.floor(batch.createdAt.getTime() / 1_000),
    totalAmount: scalars?.amounts.total ?? null,
    successfulAmount: scalars?.amounts.successful ?? null,
    failedAmount: scalars?.amounts.failed ?? null,
    pendingAmount: scalars?.amounts.pending ?? null,
    currency: scalars?.currency ?? null,
    pending,
    reasons: reasonsOf(tally),
    totals: totalsOf(tally),
    file_name: batch.fileName,
    checksums: { md5: batch.md5, sha256: batch.sha256 },
    completed_at: batch.closedAt ? Math.floor(batch.closedAt.getTime() / 1_000) : null,
    result_file: results.at(-1)?.url ?? null,
    results,
    formatted_file: formatted,
    problem: batch.problem ?? null,
    row_errors: `/api/v1/batches/${batch._id}/row-errors`,
    programme: await programmeOf(deps, batch),
    maker: batch.maker,
    approval: approvalOf(batch, decision, tally),
    seen_before: batch.seenBefore ?? null,
    retry_of: batch.retryOf
      ? { batch_id: batch.retryOf.batchId, k: Number(batch.retryOf.k), status_url: batchPath(batch.retryOf.batchId) }
      : null,
    retries: retries.map(({ status, ...retry }) => ({ ...shownRetry(retry), status })),
    sub_batches: subBatches,
    hold: batch.hold ?? null,
    legal_hold: shownHold(batch),
    erased_at: batch.erasedAt?.toISOString() ?? null,
    payer_blocks: blocks.map(shownBlock),
    conflicts: conflicts.map(({ row, had, got, text, at }) => ({ row, had, got, text, at: at.toISOString() })),
    callbacks: outbox.flatMap(shownCallback),
  };
}

/** Whose account pays it, and what it holds and has used of the budget. */
async function programmeOf({ c }: ApiDeps, { _id, programme }: BatchDoc) {
  if (!programme) return null;
  const hold = await c.budgetHolds.findOne({ _id });
  const budget = (hold?.lines ?? []).map(({ currency, period, held, consumed }) => ({
    currency,
    period,
    held: formatMoney({ minor: held, currency }),
    consumed: formatMoney({ minor: consumed, currency }),
  }));
  return { id: programme.id, institution_id: programme.institutionId, name: programme.name, budget };
}

/** Null once its files are erased, as for all links. */
export async function fileLink({ objects, linkSeconds }: ApiDeps, batch: BatchDoc): Promise<string | null> {
  if (batch.erasedAt) return null;
  return objects.linkTo(batch.originalKey ?? batch.requestKey, { fileName: batch.fileName, seconds: linkSeconds });
}

async function formattedLink(
  { objects, linkSeconds }: ApiDeps,
  { _id, formattedKey, erasedAt }: BatchDoc,
): Promise<string | null> {
  if (!formattedKey || erasedAt) return null;
  return objects.linkTo(formattedKey, { fileName: `${_id}-formatted.ndjson`, seconds: linkSeconds });
}

export async function resultLinks({ objects, linkSeconds }: ApiDeps, batch: BatchDoc) {
  if (batch.erasedAt) return [];
  const results = [...batch.results].sort((a, b) => Number(a.n) - Number(b.n));
  return Promise.all(
    results.map(async ({ n, key, reportKey, at }) => ({
      n: Number(n),
      url: await objects.linkTo(key, { fileName: resultNameOf(batch, Number(n)), seconds: linkSeconds }),
      ...(reportKey && {
        report_url: await objects.linkTo(reportKey, { fileName: reportNameOf(batch, Number(n)), seconds: linkSeconds }),
      }),
      created_at: Math.floor(at.getTime() / 1_000),
    })),
  );
}

/** `payroll.csv` has the results `payroll-result.csv`, `payroll-result-2.csv`, … */
export function resultNameOf({ fileName }: BatchDoc, n: number): string {
  return `${fileName.replace(/\.(csv|xml)$/i, '')}-result${n > 1 ? `-${n}` : ''}.csv`;
}

/** The same of its pain.002. */
export function reportNameOf(batch: BatchDoc, n: number): string {
  return resultNameOf(batch, n).replace(/csv$/, 'xml');
}

function approvalOf(batch: BatchDoc, decision: DecisionDoc | undefined, tally: BatchDoc['tally']) {
  if (!batch.switches.approval.enable) return null;
  const waiting = batch.status === 'awaiting_approval' && !decision;
  return {
    state: decision?.decision ?? (waiting ? 'awaited' : 'not_yet'),
    by: decision?.by ?? null,
    comment: decision?.comment ?? null,
    decided_at: decision?.at.toISOString() ?? null,
    /** What a decision must name as seen. */
    ...(waiting ? openTotals(tally) : {}),
  };
}

/** An outbox entry that is a webhook, as people see it. */
export function shownCallback({ entry, tries, dueAt, doneAt, givenUpAt, lastError }: OutboxDoc) {
  if (entry.kind !== 'webhook') return [];
  return [
    {
      event: entry.event,
      event_id: entry.eventId,
      state: doneAt ? 'delivered' : givenUpAt ? 'given_up' : 'pending',
      tries: Number(tries),
      delivered_at: doneAt?.toISOString() ?? null,
      next_try_at: doneAt || givenUpAt ? null : (dueAt?.toISOString() ?? null),
      last_error: lastError ?? null,
    },
  ];
}
