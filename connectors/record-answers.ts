/** Writes what a rail answered: final answers become outcomes, once; everything is noted in the exchanges. */
import { parseSubBatchId, rowKeyBytes } from '../domain/ids.ts';
import type { OutcomeStatus, ReasonCode } from '../domain/outcome.ts';
import { reasonCodes } from '../domain/outcome.ts';
import type { Payment } from '../domain/payment.ts';
import { masked } from '../platform/log.ts';
import type { NewExchange } from '../store/books.ts';
import type { OutcomeDoc, UnknownDoc } from '../store/documents.ts';
import type { RailDeps } from './deps.ts';
import type { Answer, Exchange } from './rail.ts';
import { withoutIdentifiers } from './said.ts';

export type Answered = {
  readonly payment: Payment;
  readonly answer: Answer;
  /** The attempt that the answer is about. */
  readonly attempt: { readonly n: number; readonly at: Date };
};

/** Final answers become outcomes; answers that decide nothing of a payment that may have been sent are kept as doubts. */
export async function recordAnswers(
  deps: Pick<RailDeps, 'books' | 'unknowns' | 'now'>,
  answered: readonly Answered[],
  isFirst = false,
): Promise<void> {
  await recordFinals(deps, answered);
  const isDoubt = ({ answer: { kind } }: Answered) => kind === 'unknown' || kind === 'neverReceived';
  await deps.unknowns.note(answered.filter(isDoubt).map(doubtOf));
  // Nobody doubts a payment before its first call has ended.
  const known = answered.filter((one) => !isDoubt(one) && !(isFirst && one.attempt.n === 1));
  await deps.unknowns.forget(known.map(({ payment }) => payment));
}

function doubtOf({ payment, answer, attempt }: Answered): UnknownDoc {
  const { tenantId, batchId, row, rail, subBatchId, amount } = payment;
  return {
    _id: rowKeyBytes(batchId, row),
    tenantId,
    rail,
    subBatchId,
    ...amount,
    since: attempt.at,
    attempt: attempt.n,
    why: withoutIdentifiers('text' in answer ? (answer.text ?? '') : ''),
  };
}

async function recordFinals(
  { books, now }: Pick<RailDeps, 'books' | 'now'>,
  answered: readonly Pick<Answered, 'payment' | 'answer'>[],
): Promise<void> {
  const at = now();
  const outcomes = answered.flatMap(({ payment, answer }) => {
    if (answer.kind === 'completed')
      return [outcomeOf(payment, { status: 'completed', reference: answer.reference }, at)];
    if (answer.kind !== 'rejected') return [];
    const { code, railCode, text } = answer;
    return [outcomeOf(payment, { status: 'rejected', code, railCode, railText: text }, at)];
  });
  if (outcomes.length > 0) await books.settle(outcomes);
}

export function outcomeOf(
  payment: Payment,
  what: { status: OutcomeStatus; code?: ReasonCode; railCode?: string; railText?: string; reference?: string },
  at: Date,
): OutcomeDoc {
  return {
    _id: rowKeyBytes(payment.batchId, payment.row),
    tenantId: payment.tenantId,
    sub: payment.subBatchId ? parseSubBatchId(payment.subBatchId).n : 0,
    stage: 'rail',
    text: what.code === undefined ? undefined : reasonCodes[what.code],
    minor: payment.amount.minor,
    currency: payment.amount.currency,
    at,
    ...what,
  };
}

/** Collects what a rail tells during one call; `flush` writes it with the answer that was made of it. */
export function createTelling(
  { books, log, now }: Pick<RailDeps, 'books' | 'log' | 'now'>,
  about: { readonly tenantId: string; readonly batchId: string; readonly ref: string; readonly attempt?: number },
) {
  const told: Exchange[] = [];
  return {
    tell: (exchange: Exchange): void => void told.push(exchange),
    /** Answers that decide nothing are told to whoever looks at the log or the payment; the rail is asked. */
    doubt(answers: readonly Answer[]): void {
      const doubted = answers.filter((answer) => answer.kind === 'unknown');
      const [first] = doubted;
      if (!first) return;
      const { tenantId, ref, attempt } = about;
      log.warn('rail answer decided nothing', { tenantId, ref, attempt, payments: doubted.length, why: first.text });
      told.push({ direction: 'answer', at: now(), summary: `decided nothing: ${first.text}` });
    },
    /** `answer`: kind of the answer that ends the attempt's call; it is the proof that the call ended. */
    async flush(answer?: Answer['kind']): Promise<void> {
      const docs = told.map((exchange): NewExchange => ({ ...exchange, ...about }));
      if (answer) {
        const summary = `made of it: ${answer}`;
        docs.push({ ...about, at: now(), direction: 'answer', summary, answer });
      }
      await books.note(docs);
    },
  };
}

/** Stops a payer whose rail said that nothing of theirs will be taken. */
export async function blockPayer(
  { payerBlocks, log }: Pick<RailDeps, 'payerBlocks' | 'log'>,
  payment: Payment,
  text: string,
): Promise<void> {
  const { tenantId, rail, payer } = payment;
  const isNew = await payerBlocks.add(payment, text);
  if (isNew) log.error('payer was blocked by the rail', { tenantId, rail, payer: masked(payer.id), text });
}
