/** All that the books say of one payment, for whoever looks at its life. */
import { subBatchIdOf } from '../domain/ids.ts';
import { type PaymentState, paymentStateOf } from '../domain/payment-state.ts';
import type { Attempt } from './books.ts';
import type { Collections } from './collections.ts';
import type {
  ConflictDoc,
  DecisionDoc,
  ExchangeDoc,
  OutcomeDoc,
  PayerBlockDoc,
  SubBatchDoc,
  UnknownDoc,
} from './documents.ts';
import type { FoundPayment } from './find-payment.ts';
import { payerBlockId } from './payer-blocks.ts';
import { attemptNumber, attemptRange, rowRange } from './row-keys.ts';
import { isHanded, readSubBatchPlaces } from './sub-batch-places.ts';

export type PaymentLife = FoundPayment & {
  readonly state: PaymentState;
  readonly outcome?: OutcomeDoc;
  readonly unknown?: UnknownDoc;
  readonly subBatch?: Omit<SubBatchDoc, 'runs'>;
  readonly decision?: DecisionDoc;
  /** Claims to send, in their order. */
  readonly attempts: readonly Attempt[];
  /** The oldest first. */
  readonly exchanges: readonly ExchangeDoc[];
  readonly isCut: boolean;
  readonly conflicts: readonly ConflictDoc[];
  readonly payerBlock?: PayerBlockDoc;
  readonly processInstanceKey?: string;
};

/** Beyond it a life is cut: a rail that is asked every minute for a week says the same 10,000 times. */
const exchangesMax = 1_000;

export async function readPaymentLife(c: Collections, found: FoundPayment): Promise<PaymentLife> {
  const { payment, endToEndId, batchId, row, batch } = found;
  const range = { _id: rowRange(batchId, row, row) };
  const [outcome, unknown, attempts, conflicts, places, decision, payerBlock] = await Promise.all([
    c.outcomes.findOne(range),
    c.unknowns.findOne(range),
    attemptsOf(c, batchId, row),
    c.conflicts.find({ batchId, row }).sort({ at: 1 }).toArray(),
    readSubBatchPlaces(c, batchId),
    batch?.switches.approval.enable ? c.decisions.findOne({ _id: batchId }) : null,
    c.payerBlocks.findOne({ _id: payerBlockId(payment) }),
  ]);
  const n = Number(outcome?.sub ?? places.of(row)?.n ?? 0);
  const [subBatch, said, instance] = await Promise.all([
    n > 0 ? c.subBatches.findOne({ _id: subBatchIdOf(batchId, n) }, { projection: { runs: 0 } }) : null,
    exchangesOf(c, [endToEndId, ...attempts.flatMap(({ messageId }) => messageId ?? [])]),
    c.processInstances.findOne({ endToEndId }, { projection: { _id: 1 } }),
  ]);
  const isOut = subBatch ? isHanded(subBatch) : found.transfer !== undefined && !payerBlock;
  return {
    ...found,
    state: paymentStateOf({ outcome: outcome?.status, isUnknown: unknown !== null, isHanded: isOut }),
    ...(outcome && { outcome }),
    ...(unknown && !outcome && { unknown }),
    ...(subBatch && { subBatch }),
    ...(decision && { decision }),
    attempts,
    exchanges: said.slice(0, exchangesMax),
    isCut: said.length > exchangesMax,
    conflicts,
    ...(payerBlock && !outcome && { payerBlock }),
    processInstanceKey: instance?._id ?? instanceOf(attempts) ?? batch?.processInstanceKey,
  };
}

async function attemptsOf(c: Pick<Collections, 'attempts'>, batchId: string, row: number): Promise<Attempt[]> {
  const docs = await c.attempts
    .find({ _id: attemptRange(batchId, row, row) })
    .sort({ _id: 1 })
    .toArray();
  return docs.map((doc) => ({ ...doc, n: attemptNumber(doc._id) }));
}

/** What was said of the payment itself, and of the messages that it was in. */
async function exchangesOf(c: Pick<Collections, 'exchanges'>, refs: readonly string[]): Promise<ExchangeDoc[]> {
  const ranges = [...new Set(refs)].map((ref) => ({ _id: { $gte: `${ref}/`, $lt: `${ref}0` } }));
  const docs = await c.exchanges
    .find({ $or: ranges }, { projection: { rows: 0 } })
    .limit(exchangesMax + 1)
    .toArray();
  return docs.sort((a, b) => a.at.getTime() - b.at.getTime() || (a._id < b._id ? -1 : 1));
}

/** A sender names the instance that it works for. */
function instanceOf(attempts: readonly Attempt[]): string | undefined {
  const owners = attempts.map(({ owner }) => /^(\d{1,19})\//.exec(owner)?.[1]);
  return owners.findLast((key) => key !== undefined);
}
