/** Pays a sub-batch of a BULK rail: claims its rows, fixes messages of one payer and currency, sends each once, writes the outcomes. */
import type { JobType } from '../platform/job.ts';
import type { Job } from '../platform/zeebe.ts';
import type { SubBatchDoc } from '../store/documents.ts';
import { decodeRows } from '../store/row-keys.ts';
import { cancelUnsent } from './cancel-unsent.ts';
import type { RailDeps } from './deps.ts';
import type { Answer } from './rail.ts';
import { blockPayer, createTelling, recordAnswers } from './record-answers.ts';
import { ageOf, type Standing, standings, subBatchState, subBatchStep } from './sub-batch-job.ts';
import { closedWaitMs, isoMs } from './waiting.ts';

/** Rows that may be sent now, with the attempt that their claim will be. */
type Sendable = Standing & { readonly n: number };

const retryMs = 5_000;
/** Whoever resumes the payer wakes it; until then a look now and then is enough. */
const stopped = subBatchState(1, 1, Number.POSITIVE_INFINITY);

export function paySubBatch(deps: RailDeps): JobType {
  const { definition, rail, payerBlocks, railHolds, books, batches, subBatches, leaseMs, now, log } = deps;
  return subBatchStep(deps, 'pay', async (sub, job) => {
    if (await isStopped(sub)) return stopped;
    const messages = await createMessageIds(sub);
    const left = { open: 0, unsent: 0, blocked: 0 };
    for await (const chunk of standings(deps, sub, definition.limits.maxBatch)) {
      const [hold, railHold] = await Promise.all([batches.holdOf(sub.batchId), railHolds.of(sub.tenantId, sub.rail)]);
      if (hold === 'cancelled') await cancelChunk(chunk, left);
      else {
        const isHeld = hold === 'paused' || railHold !== undefined || deps.hours() > 0;
        await payChunk(sub, chunk, isHeld, messages, job, left);
      }
    }
    log.info('sub-batch paid', { subBatchId: sub._id, rail: definition.id, ...left });
    if (left.unsent === 0) await subBatches.sent(sub);
    else if (left.blocked === left.open) await subBatches.stop(sub);
    // What was not taken is tried again before long, whatever the age: the rail, the payer or the batch may be back.
    const { open, unsent } = left;
    if (unsent > 0 && deps.hours() > 0) return { open, unsent, waitFor: isoMs(closedWaitMs(deps.hours())) };
    return subBatchState(open, unsent, ageOf(sub, now()), unsent > 0 ? retryMs : undefined);
  });

  /** What waits for its payer is cancelled all the same when its batch is. */
  async function isStopped({ stoppedAt, batchId, tenantId, rail: railId }: SubBatchDoc): Promise<boolean> {
    if (!stoppedAt || (await batches.holdOf(batchId)) === 'cancelled') return false;
    return (await payerBlocks.payersOf(tenantId, railId)).size > 0;
  }

  async function payChunk(
    sub: SubBatchDoc,
    chunk: readonly Standing[],
    held: boolean,
    messages: MessageIds,
    job: Job,
    left: { open: number; unsent: number; blocked: number },
  ): Promise<void> {
    const open = chunk.filter(({ outcome }) => !outcome);
    const sendable = held ? [] : await sendableOf(open);
    left.open += open.length;
    if (held) left.unsent += open.filter(({ attempt }) => !attempt).length;
    for (const group of groups(sendable, messages)) {
      const [first] = group.rows;
      if (!first) continue;
      if (await payerBlocks.of(first.payment)) {
        left.unsent += group.rows.length;
        left.blocked += group.rows.length;
        continue;
      }
      const ended = await sendGroup(sub, group, messages, job);
      left.open -= ended.final;
      left.unsent += ended.unsent;
    }
  }

  /** Of a cancelled batch nothing is sent any more, also not what came back unsent. */
  async function cancelChunk(chunk: readonly Standing[], left: { open: number }): Promise<void> {
    const open = chunk.filter(({ outcome }) => !outcome);
    // Rows claimed for cancelling by somebody who died before the outcome.
    const begun = open.flatMap(({ payment, attempt }) =>
      attempt?.owner === 'cancel' ? [{ payment, n: attempt.n }] : [],
    );
    const cancelled = await cancelUnsent(deps, [...(await sendableOf(open)), ...begun]);
    left.open += open.length - cancelled.length;
  }

  /** Rows nobody has claimed, and rows whose latest attempt is proven not to have been taken. */
  async function sendableOf(open: readonly Standing[]): Promise<Sendable[]> {
    const proofs = new Map<string, boolean>();
    const sendable: Sendable[] = [];
    for (const standing of open) {
      const { attempt } = standing;
      if (!attempt) {
        sendable.push({ ...standing, n: 1 });
        continue;
      }
      if (attempt.owner === 'cancel' || attempt.owner === 'refuse' || !attempt.messageId) continue;
      const about = `${attempt.messageId}#${attempt.n}`;
      if (!proofs.has(about)) proofs.set(about, await isProvenUnsent(attempt.messageId, attempt.n, attempt.until));
      if (proofs.get(about) || (await isRowProven(standing))) sendable.push({ ...standing, n: attempt.n + 1 });
    }
    return sendable;
  }

  async function isProvenUnsent(messageId: string, n: number, until: Date): Promise<boolean> {
    if ((await books.proofOf(messageId, n)).unsent) return true;
    // A message is fixed before it is sent: claimed rows without one were never sent, once their claimer cannot send any more.
    const isOver = now().getTime() > until.getTime() + definition.limits.timeoutMs;
    return isOver && (await books.message(messageId)) === undefined;
  }

  /** Asked about a message, the rail may have known some of its rows and not others. */
  async function isRowProven({ payment, attempt }: Standing): Promise<boolean> {
    return attempt !== undefined && (await books.proofOf(payment.endToEndId, attempt.n)).unsent;
  }

  async function sendGroup(
    sub: SubBatchDoc,
    group: Group,
    messages: MessageIds,
    job: Job,
  ): Promise<{ final: number; unsent: number }> {
    if (!rail.sendBatch) throw new TypeError(`rail ${definition.id} is of type BULK and has no sendBatch`);
    const messageId = group.messageId ?? messages.next();
    const claims = group.rows.map(({ payment, n }) => ({ row: payment.row, n }));
    const owner = `${job.processInstanceKey}/${job.key}`;
    const claim = await books.claim(sub.tenantId, sub.batchId, claims, { owner, leaseMs, messageId });
    const ours = new Set(claim.rows);
    const rows = group.rows.filter(({ payment }) => ours.has(payment.row));
    if (rows.length === 0) return { final: 0, unsent: 0 };
    const isSame = group.messageId !== undefined && rows.length === group.rows.length;
    if (!isSame && !(await books.fixMessage(sub.tenantId, messageId, [...ours]))) return { final: 0, unsent: 0 };
    // Nobody may have slept past the lease between claiming and sending.
    if (now() >= claim.until || job.signal.aborted) return { final: 0, unsent: 0 };
    const payments = rows.map(({ payment }) => payment);
    const attempt = Math.max(...rows.map(({ n }) => n));
    const telling = createTelling(deps, {
      tenantId: sub.tenantId,
      batchId: sub.batchId,
      ref: messageId,
      attempt,
    });
    const call = { signal: job.signal, tell: telling.tell, notAfter: claim.until };
    const answers = await rail.sendBatch(payments, messageId, call);
    telling.doubt(answers);
    const { at } = claim;
    await recordAnswers(
      deps,
      rows.map(({ payment, n }, i) => ({ payment, answer: answers[i]!, attempt: { n, at } })),
      true,
    );
    await telling.flush(wordOf(answers));
    const blocked = answers.findIndex(({ kind }) => kind === 'payerBlocked');
    if (blocked >= 0)
      await blockPayer(deps, payments[blocked]!, (answers[blocked] as Extract<Answer, { kind: 'payerBlocked' }>).text);
    return {
      final: answers.filter(({ kind }) => kind === 'completed' || kind === 'rejected').length,
      unsent: answers.filter(({ kind }) => kind === 'notSent' || kind === 'payerBlocked').length,
    };
  }

  async function createMessageIds(sub: SubBatchDoc): Promise<MessageIds> {
    const used = await books.messagesOf(sub._id);
    const numbers = used.map(({ _id }) => Number(_id.slice(sub._id.length + 1, -1)));
    let last = Math.max(0, ...numbers);
    const rowsById = new Map(used.map((doc) => [doc._id.slice(0, -1), doc.rows ? decodeRows(doc.rows) : []]));
    return {
      next: () => {
        last += 1;
        return `${sub._id}-${last}`;
      },
      rowsOf: (messageId) => rowsById.get(messageId),
    };
  }
}

type MessageIds = { next(): string; rowsOf(messageId: string): readonly number[] | undefined };

type Group = { readonly messageId?: string; readonly rows: readonly Sendable[] };

/** A message has one payer and one currency. One that is to be sent again whole keeps its id. */
function groups(sendable: readonly Sendable[], messages: MessageIds): Group[] {
  const byKey = new Map<string, Sendable[]>();
  for (const one of sendable) {
    const { payment, attempt } = one;
    const key = attempt?.messageId ?? `${payment.payer.id}\u0000${payment.amount.currency}`;
    const group = byKey.get(key);
    if (group) group.push(one);
    else byKey.set(key, [one]);
  }
  return [...byKey].map(([key, rows]) => {
    const fixed = rows[0]?.attempt ? messages.rowsOf(key) : undefined;
    const isWhole = fixed !== undefined && fixed.length === rows.length;
    return isWhole ? { messageId: key, rows } : { rows };
  });
}

/** One word for the message in the books: a proof of "not sent" only when it holds for every row. */
function wordOf(answers: readonly Answer[]): Answer['kind'] {
  const kinds = new Set(answers.map(({ kind }) => kind));
  return kinds.size === 1 ? [...kinds][0]! : 'accepted';
}
