/** Accepts a single payment once: what was asked, the start of its process and its idempotency key, in one transaction. */
import { createHash } from 'node:crypto';
import type { Actor } from '../domain/audit-chain.ts';
import { endToEndIdOf, rowKeyBytes, soleRow, type TenantId, type TransactionId } from '../domain/ids.ts';
import { type ClientSession, isDuplicateKey, type Mongo } from '../platform/mongo.ts';
import { appendAudit } from './audit.ts';
import type { Collections } from './collections.ts';
import type { IdempotencyDoc, OutboxDoc, PaymentDoc, TransferDoc } from './documents.ts';
import { findableBy } from './find-payment.ts';
import { outboxDoc } from './outbox.ts';
import { createTenantModels } from './tenant-models.ts';

export type NewTransfer = {
  readonly transfer: Omit<TransferDoc, 'createdAt'>;
  readonly payment: Omit<PaymentDoc, '_id' | 'tenantId' | 'id' | 'requestId'>;
  /** Id of the registered rail that the payment's rail is an instance of. */
  readonly railKind: string;
  /** As the client wrote it; the same request says the same, whatever the tenant's default has become. */
  readonly askedMode?: string;
  readonly idempotencyKey?: string;
  /** How long the outbox leaves the start to the caller. */
  readonly startGraceMs: number;
  readonly actor: Actor;
};

export type AcceptedTransfer =
  | { readonly kind: 'accepted'; readonly transactionId: TransactionId; readonly start: StartEntry }
  /** This very request came before, and made that payment. */
  | { readonly kind: 'replayed'; readonly transactionId: TransactionId }
  /** The key came before with another request. */
  | { readonly kind: 'keyReused' };

/** The outbox entry that starts the payment's process. */
export type StartEntry = { readonly id: string } & Extract<OutboxDoc['entry'], { kind: 'start' }>;

export type AcceptTransfer = (asked: NewTransfer) => Promise<AcceptedTransfer>;

/** How long a key is remembered. */
const rememberedMs = 7 * 86_400_000;

export function createAcceptTransfer(mongo: Mongo, c: Collections, now: () => Date = () => new Date()): AcceptTransfer {
  const models = createTenantModels(c);

  return async (asked) => {
    const keys = keysOf(asked, new Date(now().getTime() + rememberedMs));
    const [earlier, start] = await Promise.all([earlierTransfer(keys), startOf(asked)]);
    if (earlier) return earlier;
    try {
      await mongo.transaction((session) => write(asked, keys, start, session));
      return { kind: 'accepted', transactionId: asked.transfer._id, start };
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // Somebody else took the key between our look and our insert.
      const first = await earlierTransfer(keys);
      if (first) return first;
      throw error;
    }
  };

  async function earlierTransfer([decisive]: readonly IdempotencyDoc[]): Promise<AcceptedTransfer | undefined> {
    if (!decisive) return undefined;
    const known = await c.idempotency.findOne({ _id: decisive._id });
    if (!known) return undefined;
    if (known.expireAt <= now()) {
      await c.idempotency.deleteOne({ _id: known._id, expireAt: known.expireAt });
      return undefined;
    }
    if (known.fingerprint !== decisive.fingerprint) return { kind: 'keyReused' };
    return { kind: 'replayed', transactionId: known.batchId };
  }

  async function startOf({ transfer, payment, railKind }: NewTransfer): Promise<StartEntry> {
    const { _id: transactionId, tenantId } = transfer;
    const { rail } = payment;
    const endToEndId = endToEndIdOf(transactionId, soleRow);
    const variables = { tenantId, batchId: transactionId, row: soleRow, rail, endToEndId };
    const process = await models.transferFor({ id: rail, kind: railKind }, tenantId);
    return { id: `start/${transactionId}`, kind: 'start', process, variables };
  }

  async function write(
    { transfer, payment, startGraceMs, actor }: NewTransfer,
    [decisive, beside]: readonly IdempotencyDoc[],
    { id, ...entry }: StartEntry,
    session: ClientSession,
  ): Promise<void> {
    const at = now();
    const { _id: batchId, tenantId, clientRefId = '', requestId = '' } = transfer;
    // Outside of the transaction, and while it does something else.
    const key = c.keyring.keyFor(batchId, tenantId);
    await Promise.all([key, decisive && c.idempotency.insertOne(decisive, { session })]);
    if (beside)
      await c.idempotency.updateOne({ _id: beside._id }, { $setOnInsert: rest(beside) }, { upsert: true, session });
    await c.transfers.insertOne({ ...transfer, createdAt: at }, { session });
    const e2e = findableBy(endToEndIdOf(batchId, soleRow));
    const row = { ...payment, _id: rowKeyBytes(batchId, soleRow), tenantId, id: clientRefId, requestId, e2e };
    await c.payments.insertOne(row, { session });
    const dueAt = new Date(at.getTime() + startGraceMs);
    await c.outbox.insertOne(outboxDoc({ id, tenantId, batchId, entry, dueAt }, at), { session });
    const { mode, rail, amount, currency } = payment;
    const after = { requestId: transfer.requestId, mode, rail, amount, currency };
    const told = { action: 'transfer.accept', object: { kind: 'transfer', id: batchId }, after };
    await appendAudit(c, { tenantId, at, who: actor, ...told }, session);
  }
}

function rest({ _id, ...others }: IdempotencyDoc): Omit<IdempotencyDoc, '_id'> {
  return others;
}

/**
 * The key that decides whether the request came before, then one that is written beside it, so that a repeat without
 * Idempotency-Key finds the payment too. Unlike a file's, a payment's correlation id stands for one payment: that is what clients of
 * Payment Hub EE count on.
 */
function keysOf(asked: NewTransfer, expireAt: Date): IdempotencyDoc[] {
  const { _id: batchId, tenantId, requestId } = asked.transfer;
  const fingerprint = fingerprintOf(asked);
  const names = [
    ...(asked.idempotencyKey === undefined ? [] : [`key/${asked.idempotencyKey}`]),
    ...(requestId === undefined ? [] : [`transfer/${requestId}`]),
  ];
  return names.map((name) => ({ _id: idOf(tenantId, name), tenantId, fingerprint, batchId, expireAt }));
}

function idOf(tenantId: TenantId, name: string): string {
  return `${tenantId}/${name}`;
}

/** What makes two requests the same: all that is asked for; neither the order of fields nor zeros behind an amount. */
function fingerprintOf({ transfer, payment, askedMode = '' }: NewTransfer): string {
  const { payer, payee, minor, currency, note } = payment;
  const asked = [payer, payee].map(({ type, id, dfsp = '' }) => [type, id, dfsp]);
  const { clientRefId = '', customData = [] } = transfer;
  const custom = customData.map(({ key, value }) => [key, value]);
  const said = ['transfer', askedMode, ...asked, String(minor), currency, note, clientRefId, custom];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}
