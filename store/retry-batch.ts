/** Failed rows of a closed batch are asked for again as a child batch: which rows, once, and the child that carries them. */
import type { Actor } from '../domain/audit-chain.ts';
import { type BatchId, childBatchIdOf } from '../domain/ids.ts';
import { finalStatuses, type ReasonCode } from '../domain/outcome.ts';
import { messages } from '../domain/process.ts';
import { isDuplicateKey, type Mongo } from '../platform/mongo.ts';
import { appendAudit } from './audit.ts';
import type { Collections } from './collections.ts';
import { commandId } from './command-batch.ts';
import type { BatchDoc, CommandDoc, RetryDoc } from './documents.ts';
import type { Outbox } from './outbox.ts';
import { failedRows } from './retryable-rows.ts';
import { encodeRows } from './row-keys.ts';
import { createTenantModels } from './tenant-models.ts';

export type AskedRetry = Pick<RetryDoc, 'by' | 'reason' | 'at' | 'codes' | 'requestKey'> & {
  readonly rowsMax: number;
  readonly actor: Actor;
};

export type Retried =
  | { readonly kind: 'begun'; readonly retry: RetryDoc }
  /** It was asked for before, under the same key. */
  | { readonly kind: 'replayed'; readonly retry: RetryDoc }
  /** The child before is not final, or was just begun by somebody else. */
  | { readonly kind: 'underWay'; readonly child: BatchId }
  | { readonly kind: 'notFinal' | 'nothing' };

export type RetryBatch = (parent: BatchDoc, asked: AskedRetry) => Promise<Retried>;

export function createRetryBatch(
  mongo: Mongo,
  c: Collections,
  outbox: Pick<Outbox, 'add'>,
  options: { readonly recountEvery: string },
): RetryBatch {
  return async (parent, asked) => {
    const replayed = asked.requestKey === undefined ? undefined : await retryOf(c, parent._id, asked.requestKey);
    if (replayed) return { kind: 'replayed', retry: replayed };
    if (!isFinal(parent)) return { kind: 'notFinal' };
    const earlier = await retriesOf(c, parent._id);
    const last = earlier.at(-1);
    if (last && !isFinal(await c.batches.findOne({ _id: last.child }))) return { kind: 'underWay', child: last.child };
    const rows: number[] = [];
    for await (const some of failedRows(c, parent, earlier, asked.codes)) {
      rows.push(...some.slice(0, asked.rowsMax - rows.length));
      if (rows.length === asked.rowsMax) break;
    }
    if (rows.length === 0) return { kind: 'nothing' };
    return begin(parent, asked, earlier.length + 1, rows);
  };

  /** Whoever inserts the retry's document has it; all that follows from it is written with it. */
  async function begin(parent: BatchDoc, asked: AskedRetry, k: number, rows: readonly number[]): Promise<Retried> {
    const { _id: parentId, tenantId, status, hold } = parent;
    const { by, reason, at, codes, requestKey, actor } = asked;
    const child = childBatchIdOf(parentId, k);
    const retry: RetryDoc = {
      _id: retryId(parentId, k),
      tenantId,
      k,
      child,
      by,
      reason,
      at,
      codes,
      requestKey,
      count: rows.length,
      rows: encodeRows(rows),
    };
    const command: CommandDoc = {
      _id: commandId(parentId, at),
      tenantId,
      batchId: parentId,
      command: 'retry',
      by,
      reason,
      at,
      status,
      hold,
      child,
    };
    const id = `retry/${child}`;
    const variables = { tenantId, batchId: child, recountEvery: options.recountEvery };
    try {
      await mongo.transaction(async (session) => {
        await c.retries.insertOne(retry, { session });
        await c.batches.insertOne(childOf(parent, retry), { session });
        await c.commands.insertOne(command, { session });
        const name = await createTenantModels(c).nameFor(
          'retry-batch',
          tenantId,
          messages.batchRetryRequested,
          session,
        );
        const entry = { kind: 'message', name, key: child, messageId: id, variables } as const;
        await outbox.add([{ id, tenantId, batchId: child, entry }], session);
        const told = {
          action: 'batch.retry',
          object: { kind: 'batch', id: parentId },
          before: { status },
          after: { child, k, rows: rows.length, codes },
        };
        await appendAudit(c, { tenantId, who: actor, at, why: reason, ...told }, session);
      });
      return { kind: 'begun', retry };
    } catch (error) {
      const mine = asked.requestKey === undefined ? undefined : await retryOf(c, parentId, asked.requestKey);
      if (isDuplicateKey(error) && mine) return { kind: 'replayed', retry: mine };
      if (isDuplicateKey(error)) return { kind: 'underWay', child };
      throw error;
    }
  }
}

/** The one that was asked for under this key. */
async function retryOf(
  c: Pick<Collections, 'retries'>,
  parent: BatchId,
  requestKey: string,
): Promise<RetryDoc | undefined> {
  return (await c.retries.findOne({ _id: retriesRange(parent), requestKey })) ?? undefined;
}

/** In their order. */
async function retriesOf(c: Pick<Collections, 'retries'>, parent: BatchId): Promise<RetryDoc[]> {
  return c.retries
    .find({ _id: retriesRange(parent) })
    .sort({ k: 1 })
    .toArray();
}

/** Filter on `_id` for a batch's retries. */
export function retriesRange(parent: BatchId): { $gte: string; $lt: string } {
  return { $gte: `${parent}/`, $lt: `${parent}0` };
}

export function retryId(parent: BatchId, k: number): string {
  return `${parent}/${k}`;
}

function isFinal(batch: BatchDoc | null): boolean {
  return batch?.closedAt !== undefined && finalStatuses.includes(batch.status);
}

/** The parent's switches, caller and labels; whoever retries is its maker, so that another person approves. */
function childOf(parent: BatchDoc, { k, child, by, at }: RetryDoc): BatchDoc {
  const { tenantId, requestId, fileName, institution, programme, purpose, notes, callbackUrl, switches } = parent;
  return {
    _id: child,
    tenantId,
    requestId,
    fileName: `${fileName.replace(/\.(csv|xml)$/i, '').slice(0, 200)}-retry-${k}.csv`,
    source: 'csv',
    requestKey: `${tenantId}/${child}/request.csv`,
    // Known once the file is made.
    md5: '',
    sha256: '',
    sizeBytes: 0,
    retryOf: { batchId: parent._id, k },
    institution,
    programme,
    purpose,
    notes,
    callbackUrl,
    maker: by,
    switches,
    status: 'queued',
    createdAt: at,
    modes: [],
    rails: [],
    tally: {},
    results: [],
  };
}

/** Codes of failures that may pass by themselves or by somebody's doing, with the same row. */
export const retryableCodes: readonly ReasonCode[] = [402, 404, 410, 422, 502];
