/** Accepts a batch once: its document, the start of its process and its idempotency key, in one transaction. */
import { createHash } from 'node:crypto';
import type { Actor } from '../domain/audit-chain.ts';
import { type BulkTransferVariables, messages } from '../domain/process.ts';
import { durationMs, isoDuration } from '../domain/switches.ts';
import type { ClientSession, Mongo } from '../platform/mongo.ts';
import { isDuplicateKey } from '../platform/mongo.ts';
import { appendAudit, type NewAuditEntry } from './audit.ts';
import type { Collections } from './collections.ts';
import type { BatchDoc, IdempotencyDoc } from './documents.ts';
import { type NewEntry, outboxDoc } from './outbox.ts';
import { createTenantModels } from './tenant-models.ts';

export type NewBatch = Pick<
  BatchDoc,
  | '_id'
  | 'tenantId'
  | 'requestId'
  | 'fileName'
  | 'source'
  | 'requestKey'
  | 'originalKey'
  | 'md5'
  | 'sha256'
  | 'sizeBytes'
  | 'institution'
  | 'programme'
  | 'purpose'
  | 'notes'
  | 'callbackUrl'
  | 'declaredCount'
  | 'declaredTotal'
  | 'maker'
  | 'switches'
> & {
  /** Idempotency-Key as sent. */
  readonly idempotencyKey?: string;
  /** Whether the client gave requestId; one that we made cannot repeat. */
  readonly isRequestIdGiven: boolean;
  readonly actor: Actor;
};

export type Accepted =
  /** `replayed`: this very request came before; `batch` is the one that it made then. */
  | { readonly kind: 'accepted' | 'replayed'; readonly batch: BatchDoc }
  /** The key was used for other bytes, another type or another name. */
  | { readonly kind: 'keyReused' };

export type AcceptBatch = (batch: NewBatch) => Promise<Accepted>;

/** How long a key is remembered. */
const rememberedMs = 7 * 86_400_000;

export function createAcceptBatch(
  mongo: Mongo,
  c: Collections,
  options: { recountEvery: string; now?: () => Date },
): AcceptBatch {
  const now = options.now ?? (() => new Date());

  async function accept(asked: NewBatch): Promise<Accepted> {
    const keys = keysOf(asked, new Date(now().getTime() + rememberedMs));
    try {
      return await mongo.transaction(async (session) => {
        const earlier = await earlierBatch(asked, keys, session);
        if (earlier) return earlier;
        const batch = await insertBatch(asked, session);
        await rememberKeys(keys, session);
        await startProcess(batch, session);
        await appendAudit(c, acceptance(batch, asked.actor), session);
        const owned = [batch.requestKey, ...(batch.originalKey ? [batch.originalKey] : [])];
        await c.uploads.deleteMany({ _id: { $in: owned } }, { session });
        return { kind: 'accepted', batch };
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // Somebody else took the key between our look and our insert: look again, now outside of the transaction.
      const earlier = await earlierBatch(asked, keys);
      if (earlier) return earlier;
      throw error;
    }
  }

  async function earlierBatch(
    asked: NewBatch,
    { decisive }: Keys,
    session?: ClientSession,
  ): Promise<Accepted | undefined> {
    if (!decisive) return undefined;
    const known = await c.idempotency.findOne({ _id: decisive._id }, { session });
    if (!known) return undefined;
    if (known.expireAt <= now()) {
      await c.idempotency.deleteOne({ _id: known._id, expireAt: known.expireAt }, { session });
      return undefined;
    }
    if (known.fingerprint !== decisive.fingerprint) return { kind: 'keyReused' };
    const batch = await c.batches.findOne({ _id: known.batchId, tenantId: asked.tenantId }, { session });
    return batch ? { kind: 'replayed', batch } : undefined;
  }

  async function insertBatch(asked: NewBatch, session: ClientSession): Promise<BatchDoc> {
    const { idempotencyKey: _, isRequestIdGiven: __, actor: ___, ...facts } = asked;
    const before = await c.batches
      .find({ tenantId: asked.tenantId, sha256: asked.sha256 }, { session, projection: { _id: 1 } })
      .sort({ createdAt: -1 })
      .limit(1)
      .next();
    const batch: BatchDoc = {
      ...facts,
      ...(before ? { seenBefore: before._id } : {}),
      status: 'queued',
      createdAt: now(),
      modes: [],
      rails: [],
      tally: {},
      results: [],
    };
    await c.batches.insertOne(batch, { session });
    return batch;
  }

  async function rememberKeys({ decisive, beside }: Keys, session: ClientSession): Promise<void> {
    if (decisive) await c.idempotency.insertOne(decisive, { session });
    if (!beside) return;
    const { _id, ...rest } = beside;
    await c.idempotency.updateOne({ _id }, { $setOnInsert: rest }, { upsert: true, session });
  }

  async function startProcess(batch: BatchDoc, session: ClientSession): Promise<void> {
    const start = await startOf(c, batch, options.recountEvery, session);
    await c.outbox.insertOne(outboxDoc(start, now()), { session });
  }

  return accept;
}

/** What was asked for, as far as it is known before a line is read; the file's name may be a person's. */
function acceptance(batch: BatchDoc, who: Actor): NewAuditEntry {
  const { _id: id, tenantId, createdAt: at, requestId, source, sha256, sizeBytes, seenBefore, switches } = batch;
  const programme = batch.programme?.id;
  const hasCallback = Boolean(batch.callbackUrl);
  const after = { requestId, source, sha256, sizeBytes, seenBefore, switches, programme, hasCallback };
  return { tenantId, at, who, action: 'batch.accept', object: { kind: 'batch', id }, after };
}

/** What starts a batch's process, once however often it is added. */
export async function startOf(
  c: Pick<Collections, 'tenantModels' | 'models'>,
  batch: BatchDoc,
  recountEvery: string,
  session?: ClientSession,
): Promise<NewEntry> {
  const { _id: batchId, tenantId } = batch;
  const name = await createTenantModels(c).nameFor('bulk-transfer', tenantId, messages.bulkTransferRequested, session);
  const variables = variablesOf(batch, recountEvery);
  const entry = { kind: 'message', name, key: batchId, messageId: batchId, variables } as const;
  return { id: `start/${batchId}`, tenantId, batchId, entry };
}

function variablesOf(batch: BatchDoc, recountEvery: string): BulkTransferVariables {
  const { approval, settlement } = batch.switches;
  return {
    tenantId: batch.tenantId,
    batchId: batch._id,
    switches: batch.switches,
    approvalDeadline: isoDuration(approval.deadline),
    approvalReminder: isoDuration(`${Math.max(1, Math.ceil(durationMs(approval.deadline) / 2_000))}s`),
    settlementDeadline: isoDuration(settlement.deadline),
    recountEvery: isoDuration(recountEvery),
    hasCallback: batch.callbackUrl !== undefined,
  };
}

type Keys = {
  /** A request with it came before: this one is its replay. */
  readonly decisive?: IdempotencyDoc;
  /** Written so that a repeat without Idempotency-Key finds the batch too. */
  readonly beside?: IdempotencyDoc;
};

function keysOf(asked: NewBatch, expireAt: Date): Keys {
  const fingerprint = fingerprintOf(asked);
  const { tenantId, _id: batchId } = asked;
  const doc = (key: string): IdempotencyDoc => ({
    _id: `${tenantId}/${key}`,
    tenantId,
    fingerprint,
    batchId,
    expireAt,
  });
  const sameRequest = asked.isRequestIdGiven ? doc(`request/${asked.requestId}/${fingerprint}`) : undefined;
  if (asked.idempotencyKey === undefined) return { decisive: sameRequest };
  return { decisive: doc(`key/${asked.idempotencyKey}`), beside: sameRequest };
}

/** What makes two requests the same: bytes, type and file name, whose people the rows name, and who pays; a message has its name in itself. */
function fingerprintOf({ sha256, source, fileName, institution, programme }: NewBatch): string {
  const named = [...(source === 'pain.001' ? [] : [fileName]), ...(institution ? [institution] : [])];
  return createHash('sha256')
    .update(JSON.stringify([sha256, source, ...named, ...(programme ? [programme.id] : [])]))
    .digest('hex');
}
