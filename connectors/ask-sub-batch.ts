/** Asks a BULK rail what came of the messages that have payments without an outcome. */
import type { JobType } from '../platform/job.ts';
import type { Attempt } from '../store/books.ts';
import type { RailDeps } from './deps.ts';
import type { FormattedPayment } from './payments.ts';
import type { Answer, Call } from './rail.ts';
import { blockPayer, createTelling, recordAnswers } from './record-answers.ts';
import { ageOf, type Standing, standings, subBatchState, subBatchStep } from './sub-batch-job.ts';

export function askSubBatch(deps: RailDeps): JobType {
  const { definition, rail, books, subBatches, now, log } = deps;
  const { timeoutMs } = definition.limits;
  return subBatchStep(deps, 'ask', async (sub, job) => {
    let open = 0;
    let unsent = 0;
    let soonestMs = Number.POSITIVE_INFINITY;
    for await (const chunk of standings(deps, sub, definition.limits.maxBatch)) {
      const waiting = chunk.filter(({ outcome }) => !outcome);
      unsent += waiting.filter(({ attempt }) => !attempt).length;
      open += waiting.length;
      for (const rows of byMessage(waiting)) {
        const ended = await askMessage(rows, job.signal);
        open -= ended.final;
        unsent += ended.unsent;
        soonestMs = Math.min(soonestMs, ended.againMs);
      }
    }
    await subBatches.count(sub._id);
    log.info('rail was asked', { subBatchId: sub._id, rail: definition.id, open, unsent });
    return subBatchState(open, unsent, ageOf(sub, now()), unsent > 0 ? 0 : soonestMs);
  });

  async function askMessage(rows: readonly Asked[], signal: AbortSignal): Promise<Ended> {
    const { attempt } = rows[0]!;
    const { messageId } = attempt;
    const proof = await books.proofOf(messageId, attempt.n);
    if (proof.unsent) return { final: 0, unsent: rows.length, againMs: 0 };
    const overAt = attempt.until.getTime() + timeoutMs;
    if (!proof.ended && now().getTime() < overAt) return { final: 0, unsent: 0, againMs: overAt - now().getTime() };
    if (!proof.ended && (await books.message(messageId)) === undefined) {
      return { final: 0, unsent: rows.length, againMs: 0 };
    }
    const { tenantId, batchId } = rows[0]!.payment;
    const telling = createTelling(deps, { tenantId, batchId, ref: messageId, attempt: attempt.n });
    const payments = rows.map(({ payment }) => payment);
    const answers = await ask(payments, { at: attempt.at, messageId }, { signal, tell: telling.tell });
    telling.doubt(answers);
    await recordAnswers(
      deps,
      rows.map((one, i) => ({ payment: one.payment, answer: answers[i]!, attempt: one.attempt })),
    );
    const doubtEndsAt = overAt + definition.neverReceivedAfterMs;
    const pastDoubt = now().getTime() > doubtEndsAt;
    const never = answers.flatMap(({ kind }, i) => (kind === 'neverReceived' && pastDoubt ? [rows[i]!] : []));
    const blocked = answers.flatMap((answer, i) => (answer.kind === 'payerBlocked' ? [{ ...rows[i]!, answer }] : []));
    const whole = never.length === rows.length ? 'neverReceived' : blocked.length === rows.length && 'payerBlocked';
    await telling.flush(whole || undefined);
    await deps.unknowns.forget(never.map(({ payment }) => payment));
    if (!whole) {
      await noteRows(never, 'neverReceived', 'the rail has no trace of this row');
      await noteRows(blocked, 'payerBlocked', 'the payer has no funds for this row');
    }
    // After the proof: whoever lifts the block finds rows that may be sent.
    if (blocked[0]) await blockPayer(deps, blocked[0].payment, blocked[0].answer.text);
    const final = answers.filter(({ kind }) => kind === 'completed' || kind === 'rejected').length;
    // A rail that has no trace of some is asked again as soon as that proves something.
    const doubted = !pastDoubt && answers.some(({ kind }) => kind === 'neverReceived');
    const againMs = doubted ? doubtEndsAt - now().getTime() : Number.POSITIVE_INFINITY;
    return { final, unsent: never.length + blocked.length, againMs };
  }

  async function ask(
    payments: readonly FormattedPayment[],
    sent: { at: Date; messageId: string },
    call: Call,
  ): Promise<readonly Answer[]> {
    if (rail.queryBatch) return rail.queryBatch(payments, sent, call);
    const answers: Answer[] = [];
    for (const payment of payments) answers.push(await rail.query(payment, sent, call));
    return answers;
  }

  /** The rail took other rows of the message and not these. */
  async function noteRows(rows: readonly Asked[], answer: Answer['kind'], summary: string): Promise<void> {
    await books.note(
      rows.map(({ payment, attempt }) => ({
        ref: payment.endToEndId,
        tenantId: payment.tenantId,
        batchId: payment.batchId,
        at: now(),
        direction: 'query-answer' as const,
        summary: `${summary} of message ${attempt.messageId}`,
        attempt: attempt.n,
        answer,
      })),
    );
  }
}

type Ended = { readonly final: number; readonly unsent: number; readonly againMs: number };

type Asked = Standing & { readonly attempt: Attempt & { readonly messageId: string } };

function byMessage(waiting: readonly Standing[]): Asked[][] {
  const groups = new Map<string, Asked[]>();
  for (const one of waiting) {
    const { attempt } = one;
    if (!attempt?.messageId) continue;
    const key = `${attempt.messageId}#${attempt.n}`;
    groups.set(key, [...(groups.get(key) ?? []), one as Asked]);
  }
  return [...groups.values()];
}
