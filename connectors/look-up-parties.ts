/** Asks the rail once for each distinct payee of the batch; rows whose payee is not there are refused with the reason. */
import { createHash } from 'node:crypto';
import { rowOfKey } from '../domain/ids.ts';
import { reasonCodes } from '../domain/outcome.ts';
import type { Party } from '../domain/payment.ts';
import { type JobType, Later, textVariable } from '../platform/job.ts';
import { insertMissing } from '../platform/mongo.ts';
import type { OutcomeDoc, PaymentDoc } from '../store/documents.ts';
import type { LookupDoc } from '../store/lookup-documents.ts';
import { batchRange } from '../store/row-keys.ts';
import type { RailDeps } from './deps.ts';

const chunkRows = 500;

export function lookUpParties(deps: RailDeps): JobType {
  const { definition, rail, c, batches, books, now, log } = deps;
  return {
    type: `look-up-parties-${definition.id}`,
    variables: ['tenantId', 'batchId'],
    jobsMax: 4,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const isMadeLater = await madeLater(batchId);
      let notFound = 0;
      let chunk: PaymentDoc[] = [];
      const payments = c.payments
        .find({ _id: batchRange(batchId), rail: definition.id })
        .sort({ _id: 1 })
        .batchSize(1000);
      for await (const payment of payments) {
        chunk.push(payment);
        if (chunk.length < chunkRows) continue;
        notFound += await lookUpChunk(batchId, chunk, isMadeLater, job.signal);
        chunk = [];
      }
      notFound += await lookUpChunk(batchId, chunk, isMadeLater, job.signal);
      log.info('parties looked up', { batchId, rail: definition.id, notFound });
      return undefined;
    },
  };

  /** Whether a payee that is not there gets an account before it is paid. */
  async function madeLater(batchId: string): Promise<(payment: PaymentDoc) => boolean> {
    const { beneficiaries } = rail;
    // A batch of before there was such a switch has none.
    const isWanted = beneficiaries && (await batches.get(batchId))?.switches.staging?.createBeneficiary;
    return (payment) => Boolean(isWanted) && beneficiaries!.mayMake(partyOf(payment));
  }

  async function lookUpChunk(
    batchId: string,
    chunk: readonly PaymentDoc[],
    isMadeLater: (payment: PaymentDoc) => boolean,
    signal: AbortSignal,
  ): Promise<number> {
    const settled = await books.outcomesOf(
      batchId,
      chunk.map(({ _id }) => rowOfKey(_id)),
    );
    const open = chunk.filter((payment) => !settled.has(rowOfKey(payment._id)) && !isMadeLater(payment));
    const payees = new Map(open.map((payment) => [lookupId(batchId, payment), payment]));
    const known = await c.lookups.find({ _id: { $in: [...payees.keys()] } }).toArray();
    const answers = new Map(known.map((doc) => [doc._id, doc]));
    const missing = [...payees].filter(([id]) => !answers.has(id));
    let outage: string | undefined;
    await inParallel(missing, definition.limits.concurrency, async ([id, payment]) => {
      if (outage) return;
      const answer = await rail.lookup(partyOf(payment), { signal, tell: () => undefined }, expectedOf(payment));
      if (answer.kind === 'retry') {
        outage = answer.text;
        return;
      }
      const { tenantId } = payment;
      const said =
        answer.kind === 'found'
          ? { found: true, dfsp: answer.dfspId }
          : { found: false, code: answer.code, railCode: answer.railCode, text: answer.text };
      answers.set(id, { _id: id, tenantId, at: now(), ...said });
    });
    await insertMissing(
      c.lookups,
      missing.map(([id]) => answers.get(id)).filter((doc) => doc !== undefined),
    );
    if (outage) throw new Later(`the rail ${definition.id} could not be asked for parties: ${outage}`, 3_000);
    const refused = open
      .map((payment) => ({ payment, answer: answers.get(lookupId(batchId, payment)) }))
      .filter((one): one is { payment: PaymentDoc; answer: LookupDoc } => one.answer?.found === false)
      .map(({ payment, answer }) => refusalOf(payment, answer, now()));
    await books.settle(refused);
    return refused.length;
  }

  function lookupId(batchId: string, { payee, extra }: PaymentDoc): string {
    const hash = createHash('sha256')
      .update(
        `${payee.type}\u0000${payee.id}\u0000${payee.dfsp ?? ''}${extra?.payee_name ? `\u0000${extra.payee_name}` : ''}`,
      )
      .digest('base64url');
    return `${batchId}/${definition.id}/${hash.slice(0, 27)}`;
  }
}

function partyOf({ payee }: PaymentDoc): Party {
  return { type: payee.type, id: payee.id, dfspId: payee.dfsp };
}

/** A payee asked for under two names is asked for twice. */
function expectedOf({ extra }: PaymentDoc): { name?: string } {
  return extra?.payee_name ? { name: extra.payee_name } : {};
}

function refusalOf(payment: PaymentDoc, answer: LookupDoc, at: Date): OutcomeDoc {
  const { code = 404 } = answer;
  return {
    _id: payment._id,
    tenantId: payment.tenantId,
    sub: 0,
    status: 'rejected',
    stage: 'lookup',
    code,
    text: reasonCodes[code],
    railCode: answer.railCode,
    railText: answer.text,
    minor: payment.minor ?? 0n,
    currency: payment.currency,
    at,
  };
}

/** Runs `work` on all, so many at once; the first failure is thrown after those in hand have ended. */
async function inParallel<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lanes = Array.from({ length: Math.min(atOnce, queue.length) }, async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  });
  const ended = await Promise.allSettled(lanes);
  const failed = ended.find((lane) => lane.status === 'rejected');
  if (failed) throw failed.reason;
}
