/** Has a rail take a paid payment back: asks for it at most once per claim, asks what came of it before it asks again, writes the answer once. */
import { rowKeyBytes, soleRow } from '../domain/ids.ts';
import type { Payment } from '../domain/payment.ts';
import type { PaymentState } from '../domain/process.ts';
import { type JobType, Later, textVariable } from '../platform/job.ts';
import type { Job } from '../platform/zeebe.ts';
import type { Attempt } from '../store/books.ts';
import type { OutcomeDoc } from '../store/documents.ts';
import type { ReversalDoc } from '../store/route-documents.ts';
import type { RailDeps } from './deps.ts';
import { standingOf } from './payment-job.ts';
import { paymentOfDoc } from './payments.ts';
import type { Answer, Rail, Reversal } from './rail.ts';
import { createTelling, outcomeOf } from './record-answers.ts';
import { closedWaitMs, isoMs, spread, waitMs } from './waiting.ts';

/** A rail that takes nothing for so long, over a long weekend, is not waited for: it is proven not to have it, and a person may ask anew. */
const patienceMs = 96 * 3_600_000;

const final: PaymentState = { state: 'final', waitFor: 'PT0S' };

/** `payment` is the reversal as the books know it: row 1 of no batch, under its own id. `of` is what was paid. */
type Asked = {
  readonly payment: Payment;
  readonly of: Payment;
  readonly reversal: Reversal;
  readonly askedAt: Date;
  readonly rail: Required<Pick<Rail, 'reverse' | 'queryReversal'>>;
};

export function reversePayment(deps: RailDeps): JobType {
  const { definition, books, c, leaseMs, now } = deps;
  const { timeoutMs } = definition.limits;

  return {
    type: `reverse-${definition.id}`,
    variables: ['tenantId', 'reversalId'],
    jobsMax: 8,
    async handle(job): Promise<PaymentState> {
      const id = textVariable(job, 'reversalId');
      const [doc, standing] = await Promise.all([
        c.reversals.findOne({ _id: id }),
        standingOf(deps, { batchId: id, row: soleRow }),
      ]);
      if (!doc) throw new Error(`reversal ${id} is not there`);
      if (standing.outcome) return final;
      const asked = await askedOf(doc);
      const { attempt } = standing;
      if (typeof asked === 'string') {
        if (attempt) throw new Error(`reversal ${id} may be under way and cannot be asked about: ${asked}`);
        return end(impossible(doc, asked));
      }
      const proof = attempt && (await books.proofOf(id, attempt.n));
      if (attempt && !proof?.unsent) return ask(asked, attempt, proof?.ended === true, job);
      return send(asked, (attempt?.n ?? 0) + 1, job);
    },
  };

  /** Or why the rail cannot be asked at all. */
  async function askedOf(doc: ReversalDoc): Promise<Asked | string> {
    const { _id: reversalId, batchId, row, reference, at } = doc;
    const { reverse, queryReversal } = deps.rail;
    if (!reverse || !queryReversal) return `${definition.id} takes no payment back`;
    if (reference === undefined) return `${definition.id} gave the payment no reference to take it back by`;
    const paid = await books.payment(batchId, row);
    if (!paid) throw new Error(`payment ${batchId}/${row} is not in the books`);
    if (paid.isErased) return 'the personal data of the payment were erased';
    const of = paymentOfDoc(paid, batchId, undefined);
    const payment = { ...of, batchId: reversalId, row: soleRow, endToEndId: reversalId };
    return { payment, of, reversal: { reference, reversalId }, askedAt: at, rail: { reverse, queryReversal } };
  }

  async function send(asked: Asked, n: number, job: Job): Promise<PaymentState> {
    const { payment, of, reversal, rail, askedAt } = asked;
    if (now().getTime() - askedAt.getTime() > patienceMs) {
      const text = `${definition.id} took no request to take it back for too long: nothing was reversed`;
      return end(outcomeOf(payment, { status: 'rejected', code: 422, railText: text }, now()));
    }
    await checkMayAsk(payment);
    const owner = `${job.processInstanceKey}/${job.key}`;
    const claim = await books.claim(payment.tenantId, payment.batchId, [{ row: soleRow, n }], { owner, leaseMs });
    if (claim.rows.length === 0) return { state: 'pending', waitFor: 'PT1S' };
    if (now() >= claim.until) throw new Later('the claim ran out before the rail was asked', 1_000);
    const telling = tellingOf(asked, n);
    const answer = await rail.reverse(of, reversal, { signal: job.signal, tell: telling.tell, notAfter: claim.until });
    telling.doubt([answer]);
    return record(payment, answer, async () => {
      await telling.flush(answer.kind);
      if (answer.kind === 'notSent') {
        return { state: 'unsent', waitFor: isoMs(answer.retryAfterMs ?? waitMs(now().getTime() - askedAt.getTime())) };
      }
      return { state: 'pending', waitFor: 'PT1S' };
    });
  }

  async function ask(asked: Asked, attempt: Attempt, hasEnded: boolean, job: Job): Promise<PaymentState> {
    const { payment, of, reversal, rail } = asked;
    const overAt = attempt.until.getTime() + timeoutMs;
    // A rail may misanswer questions about a call that is still under way.
    if (!hasEnded && now().getTime() < overAt) return { state: 'pending', waitFor: isoMs(overAt - now().getTime()) };
    checkIsThere();
    const telling = tellingOf(asked, attempt.n);
    const answer = await rail.queryReversal(of, reversal, { signal: job.signal, tell: telling.tell });
    telling.doubt([answer]);
    return record(payment, answer, async () => {
      // "No trace of it" proves nothing while a request may still be on its way.
      const isProof = answer.kind === 'neverReceived' && now().getTime() > overAt + definition.neverReceivedAfterMs;
      await telling.flush(isProof ? answer.kind : undefined);
      if (isProof) return { state: 'unsent', waitFor: 'PT1S' };
      return { state: 'pending', waitFor: isoMs(waitMs(now().getTime() - attempt.at.getTime())) };
    });
  }

  /** A final answer ends it; a payee who is without funds, or blocked, gives nothing back. */
  async function record(
    payment: Payment,
    answer: Answer,
    otherwise: () => Promise<PaymentState>,
  ): Promise<PaymentState> {
    if (answer.kind === 'completed') {
      return end(outcomeOf(payment, { status: 'completed', reference: answer.reference }, now()));
    }
    if (answer.kind !== 'rejected' && answer.kind !== 'payerBlocked') return otherwise();
    const { railCode, text: railText } = answer;
    const code = answer.kind === 'rejected' ? answer.code : 422;
    return end(outcomeOf(payment, { status: 'rejected', code, railCode, railText }, now()));
  }

  async function end(outcome: OutcomeDoc): Promise<PaymentState> {
    await books.settle([outcome]);
    return final;
  }

  async function checkMayAsk({ tenantId }: Payment): Promise<void> {
    if (await deps.railHolds.of(tenantId, definition.id)) throw new Later('the rail is paused', spread(15_000));
    const closedMs = deps.hours();
    if (closedMs > 0) throw new Later('the rail is closed at this hour', spread(closedWaitMs(closedMs)));
    checkIsThere();
  }

  function checkIsThere(): void {
    const awayMs = deps.outage.pauseMs('job');
    if (awayMs > 0) throw new Later('calls to the rail are cut off', spread(awayMs));
  }

  /** What was said is kept with the payment, and goes when its personal data go. */
  function tellingOf({ of, reversal }: Asked, attempt: number) {
    return createTelling(deps, { tenantId: of.tenantId, batchId: of.batchId, ref: reversal.reversalId, attempt });
  }

  /** Nobody was asked, and nobody will be. */
  function impossible({ _id, tenantId, minor, currency }: ReversalDoc, text: string): OutcomeDoc {
    const what = { tenantId, sub: 0, status: 'cancelled', stage: 'rail', minor, currency } as const;
    return { ...what, _id: rowKeyBytes(_id, soleRow), text, at: now() };
  }
}
