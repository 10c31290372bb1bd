/** Payments whose rail cannot say what came of them are marked by hand: one person proposes, another confirms, and only then it stands. */
import type { Actor } from '../domain/audit-chain.ts';
import { endToEndIdOf, parseSubBatchId, rowKeyBytes, type TenantId } from '../domain/ids.ts';
import { reasonCodes } from '../domain/outcome.ts';
import { messages } from '../domain/process.ts';
import { isDuplicateKey, type Mongo } from '../platform/mongo.ts';
import { appendAudit, type NewAuditEntry } from './audit.ts';
import type { Collections } from './collections.ts';
import type { OutcomeDoc, UnknownDoc } from './documents.ts';
import type { FoundPayment } from './find-payment.ts';
import type { HandMarkDoc } from './hand-mark-documents.ts';
import type { NewEntry, Outbox } from './outbox.ts';

export type Proposal = Pick<HandMarkDoc, 'outcome' | 'reference' | 'evidence' | 'reason' | 'by' | 'at'> & {
  readonly actor: Actor;
};
type Decision = NonNullable<HandMarkDoc['decided']>;
export type AskedDecision = Omit<Decision, 'state'> & { readonly actor: Actor };

export type Proposed =
  | { readonly kind: 'proposed'; readonly mark: HandMarkDoc }
  /** One waits already. */
  | { readonly kind: 'waits'; readonly mark: HandMarkDoc }
  | { readonly kind: 'notUnknown' };

export type Decided =
  | { readonly kind: 'decided' | 'stands'; readonly mark: HandMarkDoc }
  /** No proposal waits. */
  | { readonly kind: 'none' }
  /** The payment has got an outcome meanwhile. */
  | { readonly kind: 'settled' };

export type HandMarks = ReturnType<typeof createHandMarks>;

export function createHandMarks(mongo: Mongo, c: Collections, outbox: Pick<Outbox, 'add'>) {
  async function newest({ batchId, row }: Pick<FoundPayment, 'batchId' | 'row'>): Promise<HandMarkDoc | undefined> {
    const range = idRange(endToEndIdOf(batchId, row));
    return (await c.handMarks.find({ _id: range }).sort({ at: -1 }).limit(1).next()) ?? undefined;
  }

  return {
    of: newest,

    async propose(found: FoundPayment, { actor, ...proposal }: Proposal): Promise<Proposed> {
      const { payment, batchId, row, endToEndId } = found;
      const { tenantId, rail, currency, minor = 0n } = payment;
      const [unknown, outcome] = await Promise.all([
        c.unknowns.findOne({ _id: payment._id }),
        c.outcomes.findOne({ _id: payment._id }, { projection: { _id: 1 } }),
      ]);
      if (!unknown || outcome) return { kind: 'notUnknown' };
      const n = await c.handMarks.countDocuments({ _id: idRange(endToEndId) });
      const mark: HandMarkDoc = {
        _id: `${endToEndId}/${n + 1}`,
        ...{ tenantId, batchId, row, rail, currency, minor },
        ...proposal,
        isOpen: true,
      };
      try {
        await mongo.transaction(async (session) => {
          await c.handMarks.insertOne(mark, { session });
          await appendAudit(c, entryOf('payment.mark-propose', actor, mark), session);
        });
        return { kind: 'proposed', mark };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        const waiting = await newest(found);
        if (!waiting) throw error;
        return { kind: 'waits', mark: waiting };
      }
    },

    async refuse(found: FoundPayment, { actor, ...decision }: AskedDecision): Promise<Decided> {
      const decided: Decision = { ...decision, state: 'refused' };
      const mark = await newest(found);
      if (!mark) return { kind: 'none' };
      if (!mark.isOpen) return mark.decided?.state === 'refused' ? { kind: 'stands', mark } : { kind: 'none' };
      return mongo.transaction(async (session): Promise<Decided> => {
        const { modifiedCount } = await c.handMarks.updateOne(
          { _id: mark._id, isOpen: true },
          { $set: { isOpen: false, decided } },
          { session },
        );
        if (modifiedCount === 0) return { kind: 'none' };
        await appendAudit(c, entryOf('payment.mark-refuse', actor, mark, decided), session);
        return { kind: 'decided', mark: { ...mark, isOpen: false, decided } };
      });
    },

    /** The outcome, the end of the doubt and what wakes the payment's process are written with the decision, or nothing is. */
    async confirm(found: FoundPayment, { actor, ...decision }: AskedDecision): Promise<Decided> {
      const decided: Decision = { ...decision, state: 'confirmed' };
      const mark = await newest(found);
      if (!mark) return { kind: 'none' };
      if (!mark.isOpen) return mark.decided?.state === 'confirmed' ? { kind: 'stands', mark } : { kind: 'none' };
      try {
        return await mongo.transaction(async (session): Promise<Decided> => {
          const { modifiedCount } = await c.handMarks.updateOne(
            { _id: mark._id, isOpen: true },
            { $set: { isOpen: false, decided } },
            { session },
          );
          if (modifiedCount === 0) return { kind: 'none' };
          const unknown = await c.unknowns.findOneAndDelete({ _id: found.payment._id }, { session });
          if (await c.outcomes.findOne({ _id: found.payment._id }, { session, projection: { _id: 1 } })) {
            throw new Settled();
          }
          await c.outcomes.insertOne(outcomeOf(mark, decided, unknown), { session });
          await outbox.add(wakesOf(mark, found, unknown), session);
          await appendAudit(c, entryOf('payment.mark-confirm', actor, mark, decided), session);
          return { kind: 'decided', mark: { ...mark, isOpen: false, decided } };
        });
      } catch (error) {
        if (error instanceof Settled || isDuplicateKey(error)) return { kind: 'settled' };
        throw error;
      }
    },

    async list(
      filter: { readonly tenantId: TenantId; readonly state?: 'proposed' | 'confirmed' | 'refused' },
      after: { readonly at: Date; readonly id: string } | undefined,
      limit: number,
    ): Promise<HandMarkDoc[]> {
      const { tenantId, state } = filter;
      const query = {
        tenantId,
        ...(state === 'proposed' && { isOpen: true }),
        ...(state && state !== 'proposed' && { 'decided.state': state }),
        ...(after && { at: { $lte: after.at }, $or: [{ at: { $lt: after.at } }, { _id: { $gt: after.id } }] }),
      };
      return c.handMarks.find(query).sort({ at: -1, _id: 1 }).limit(limit).toArray();
    },
  };
}

/** What the audit keeps of it: ids and amounts, and what people wrote. */
function entryOf(action: string, who: Actor, mark: HandMarkDoc, decided?: Decision): NewAuditEntry {
  const { _id, tenantId, batchId, row, outcome, minor, currency, evidence, by } = mark;
  return {
    tenantId,
    who,
    at: decided?.at ?? mark.at,
    why: decided?.reason ?? mark.reason,
    action,
    object: { kind: 'payment', id: _id.slice(0, _id.indexOf('/')) },
    after: { batchId, row, outcome, minor: String(minor), currency, evidence, proposedBy: by },
  };
}

/** The rail was faster than the second person. */
class Settled extends Error {
  override name = 'Settled';
}

function idRange(endToEndId: string): { $gte: string; $lt: string } {
  return { $gte: `${endToEndId}/`, $lt: `${endToEndId}0` };
}

function outcomeOf(mark: HandMarkDoc, decided: Decision, unknown: UnknownDoc | null): OutcomeDoc {
  const isPaid = mark.outcome === 'completed';
  return {
    _id: rowKeyBytes(mark.batchId, mark.row),
    tenantId: mark.tenantId,
    sub: unknown?.subBatchId ? parseSubBatchId(unknown.subBatchId).n : 0,
    status: mark.outcome,
    stage: 'manual',
    ...(!isPaid && { code: 422 as const }),
    text: isPaid ? `Marked paid by hand: ${mark.evidence}` : `${reasonCodes[422]}; marked by hand: ${mark.evidence}`,
    reference: mark.reference,
    minor: mark.minor,
    currency: mark.currency,
    at: decided.at,
    by: decided.by,
  };
}

/** Its process goes on, and its sub-batch is counted also where its process has ended. */
function wakesOf(
  { _id, tenantId, batchId, row }: HandMarkDoc,
  { transfer }: FoundPayment,
  unknown: UnknownDoc | null,
): NewEntry[] {
  const subBatchId = unknown?.subBatchId;
  const name = messages.railCalledBack;
  const keys = [endToEndIdOf(batchId, row), ...(subBatchId ? [subBatchId] : [])];
  const wakes = keys.map((key): NewEntry => {
    const messageId = `marked/${_id}/${key}`;
    return { id: messageId, tenantId, batchId, entry: { kind: 'message', name, key, messageId, variables: {} } };
  });
  if (transfer || !subBatchId) return wakes;
  return [...wakes, { id: `count/${_id}`, tenantId, batchId, entry: { kind: 'count', subBatchId } }];
}
