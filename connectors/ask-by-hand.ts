/** Asks the rail about payments that a person wants to know about now, whatever their processes do, and also where these have ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import { batchIdOfKey, rowOfKey, subBatchIdOf } from '../domain/ids.ts';
import { messages } from '../domain/process.ts';
import { onBehalfOf } from '../platform/share.ts';
import type { Zeebe } from '../platform/zeebe.ts';
import type { Asks } from '../store/asks.ts';
import type { AskDoc } from '../store/documents.ts';
import { readSubBatchPlaces } from '../store/sub-batch-places.ts';
import type { RailDeps } from './deps.ts';
import { standingOf } from './payment-job.ts';
import { paymentOfDoc } from './payments.ts';
import { createTelling, recordAnswers } from './record-answers.ts';

export type AskByHandDeps = RailDeps & {
  readonly asks: Asks;
  readonly zeebe: Pick<Zeebe, 'publish'>;
};

/** Pause between looks that find nothing. */
const lookMs = 2_000;
const askedAtOnce = 8;
/** After so many times nobody listens; the person sees that nothing came of it and may ask again. */
const triesMax = 5;
const againMs = 5_000;

/** Runs until the signal fires. */
export async function askByHand(deps: AskByHandDeps, signal: AbortSignal): Promise<void> {
  const { asks, definition, leaseMs, log } = deps;
  while (!signal.aborted) {
    const taken = await asks
      .take(definition.id, askedAtOnce, leaseMs + definition.limits.timeoutMs)
      .catch((error: unknown) => {
        log.warn('payments to ask about could not be read', { rail: definition.id, error });
        return [];
      });
    await Promise.all(taken.map((ask) => onBehalfOf(ask.tenantId, () => askOne(deps, ask, signal))));
    if (taken.length < askedAtOnce) await sleep(lookMs, undefined, { signal }).catch(() => undefined);
  }
}

async function askOne(deps: AskByHandDeps, ask: AskDoc, signal: AbortSignal): Promise<void> {
  const { asks, log, now } = deps;
  const place = { batchId: batchIdOfKey(ask._id), row: rowOfKey(ask._id) };
  try {
    const waitMs = await askAbout(deps, place, signal);
    if (waitMs === undefined || ask.tries >= triesMax) await asks.done(ask);
    else await asks.later(ask, new Date(now().getTime() + waitMs));
  } catch (error) {
    log.warn('rail could not be asked by hand', { ...place, rail: ask.rail, tries: ask.tries, error });
    if (ask.tries >= triesMax) await asks.done(ask).catch(() => undefined);
  }
}

/** Undefined once it was asked, or where there is nothing to ask about; else how long to wait before it makes sense. */
async function askAbout(
  deps: AskByHandDeps,
  place: { readonly batchId: string; readonly row: number },
  signal: AbortSignal,
): Promise<number | undefined> {
  const { books, definition, rail, outage, zeebe, now } = deps;
  const { batchId, row } = place;
  const [doc, { outcome, attempt }] = await Promise.all([books.payment(batchId, row), standingOf(deps, place)]);
  const isSent = attempt && attempt.owner !== 'cancel' && attempt.owner !== 'refuse';
  if (!doc || !isSent) return undefined;
  if (outcome && outcome.stage !== 'manual') return undefined;
  if (outage.pauseMs('job') > 0) return againMs;
  const overAt = attempt.until.getTime() + definition.limits.timeoutMs;
  const payment = paymentOfDoc(doc, batchId, await subBatchOf(deps, batchId, row, outcome?.sub));
  const proof = await books.proofOf(attempt.messageId ?? payment.endToEndId, attempt.n);
  if (proof.unsent) return undefined;
  // A rail may misanswer questions about a call that is still under way.
  if (!proof.ended && now().getTime() < overAt) return overAt - now().getTime();
  const telling = createTelling(deps, {
    tenantId: doc.tenantId,
    batchId: payment.batchId,
    ref: payment.endToEndId,
    attempt: attempt.n,
  });
  const sent = { at: attempt.at, ...(attempt.messageId !== undefined && { messageId: attempt.messageId }) };
  const answer = await rail.query(payment, sent, { signal, tell: telling.tell });
  telling.doubt([answer]);
  await recordAnswers(deps, [{ payment, answer, attempt }]);
  await telling.flush();
  if (answer.kind !== 'completed' && answer.kind !== 'rejected') return undefined;
  // What its process would find out later it finds out now.
  const key = payment.subBatchId && definition.type === 'BULK' ? payment.subBatchId : payment.endToEndId;
  const messageId = `asked/${payment.endToEndId}/${attempt.n}/${answer.kind}`;
  await zeebe.publish({ name: messages.railCalledBack, key, messageId, variables: {}, ttlMs: 60_000 });
  if (payment.subBatchId) await deps.subBatches.count(payment.subBatchId);
  return undefined;
}

async function subBatchOf(
  { c }: RailDeps,
  batchId: string,
  row: number,
  sub: number | undefined,
): Promise<string | undefined> {
  const n = Number(sub ?? (await readSubBatchPlaces(c, batchId)).of(row)?.n ?? 0);
  return n > 0 ? subBatchIdOf(batchId, n) : undefined;
}
