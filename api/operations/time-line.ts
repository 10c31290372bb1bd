/** The life of a payment as a time line: each thing that happened in one sentence, with what the rail said under it. */
import { reasonCodes } from '../../domain/outcome.ts';
import { masked } from '../../platform/log.ts';
import type { ExchangeDoc, OperatorCommandDoc, OutcomeDoc } from '../../store/documents.ts';
import type { HandMarkDoc } from '../../store/hand-mark-documents.ts';
import type { PaymentLife } from '../../store/payment-life.ts';
import { codeOf } from './batch-payments.ts';

export type Told = Readonly<Record<string, unknown>> & {
  readonly at: string;
  readonly kind: string;
  readonly title: string;
};

/** The oldest first. */
export function timeLineOf(
  life: PaymentLife,
  commands: readonly OperatorCommandDoc[],
  handMark: HandMarkDoc | undefined,
): Told[] {
  const all = [
    ...accepted(life),
    ...dispatched(life),
    ...claimed(life),
    ...exchanged(life.exchanges),
    ...settled(life.outcome),
    ...life.conflicts.map(({ at, had, got, text }) =>
      told(at, 'conflict', `The rail says ${got}, the books say ${had}`, { detail: text }),
    ),
    ...commands.map(({ at, command, by, reason }) =>
      told(at, 'command', commandTitles[command] ?? command, { by, reason }),
    ),
    ...marked(handMark),
  ];
  const order = (one: Told) => one.at;
  return all
    .map((one, place) => ({ one, place }))
    .sort((a, b) => (order(a.one) < order(b.one) ? -1 : order(a.one) > order(b.one) ? 1 : a.place - b.place))
    .map(({ one }) => one);
}

const commandTitles: Readonly<Record<string, string>> = {
  'ask-payment': 'The rail was to be asked again',
  'resolve-conflict': 'The conflict was looked into',
};

function accepted({ batch, transfer, decision, row }: PaymentLife): Told[] {
  if (transfer) return [told(transfer.createdAt, 'accepted', 'Accepted as a single payment')];
  if (!batch) return [];
  const what = `Accepted as row ${row} of ${batch.fileName}`;
  const decided = {
    approved: 'Approved',
    refused: 'Refused by the approver',
    expired: 'Nobody approved in time',
    cancelled: 'Cancelled before a decision',
  };
  return [
    told(batch.createdAt, 'accepted', what, { by: batch.maker }),
    ...(decision
      ? [told(decision.at, 'decided', decided[decision.decision], { by: decision.by, reason: decision.comment })]
      : []),
  ];
}

function dispatched({ subBatch }: PaymentLife): Told[] {
  if (!subBatch) return [];
  return [
    ...(subBatch.dispatchedAt ? [told(subBatch.dispatchedAt, 'dispatched', `Handed to ${subBatch.rail}`)] : []),
    ...(subBatch.stoppedAt ? [told(subBatch.stoppedAt, 'stopped', 'Stopped: what is left waits for a person')] : []),
  ];
}

const notSent: Readonly<Record<string, string>> = {
  cancel: 'Claimed so that nobody sends it: it was cancelled',
  refuse: 'Claimed so that nobody sends it: it was refused before',
};

function claimed({ attempts }: PaymentLife): Told[] {
  return attempts.map(({ at, n, owner, until, messageId }) =>
    told(at, 'claimed', notSent[owner] ?? 'Claimed for sending', {
      attempt: n,
      owner,
      until: until.toISOString(),
      message_id: messageId ?? null,
    }),
  );
}

const directions: Readonly<Record<ExchangeDoc['direction'], string>> = {
  message: 'Put into a message',
  request: 'Sent',
  answer: 'Answered',
  callback: 'Called back',
  query: 'Asked',
  'query-answer': 'Answered',
};

function exchanged(exchanges: readonly ExchangeDoc[]): Told[] {
  const asked = new Map<string, Date>();
  return exchanges.map((doc) => {
    const { _id, at, direction, summary, httpStatus, answer, attempt, body } = doc;
    const ref = _id.slice(0, _id.indexOf('/'));
    const before = asked.get(ref);
    const isAnswer = direction === 'answer' || direction === 'query-answer';
    if (!isAnswer) asked.set(ref, at);
    return told(at, 'exchange', `${directions[direction]}: ${summary}`, {
      direction,
      attempt: attempt === undefined ? null : Number(attempt),
      http_status: httpStatus === undefined ? null : Number(httpStatus),
      answer: answer ?? null,
      message_id: ref.length > 36 ? ref : null,
      body: body ?? null,
      ms: isAnswer && before ? at.getTime() - before.getTime() : null,
    });
  });
}

function settled(outcome: OutcomeDoc | undefined): Told[] {
  if (!outcome) return [];
  const { status, stage, at, text, railText, by } = outcome;
  const code = codeOf(outcome);
  const title =
    status === 'completed'
      ? 'Paid'
      : `Not paid: ${text ?? (code === null ? status : reasonCodes[code as keyof typeof reasonCodes])}`;
  const hand = stage === 'manual' ? ' (marked by hand)' : '';
  return [told(at, 'outcome', title + hand, { code, ...(railText && { detail: railText }), ...(by && { by }) })];
}

function marked(mark: HandMarkDoc | undefined): Told[] {
  if (!mark) return [];
  const { at, by, outcome, evidence, decided } = mark;
  const proposed = told(at, 'hand_mark', `Proposed to be marked ${outcome}`, {
    by,
    reason: mark.reason,
    detail: evidence,
  });
  if (!decided) return [proposed];
  const title = decided.state === 'confirmed' ? 'The proposal was confirmed' : 'The proposal was refused';
  return [proposed, told(decided.at, 'hand_mark', title, { by: decided.by, reason: decided.reason })];
}

function told(at: Date, kind: string, title: string, more: Readonly<Record<string, unknown>> = {}): Told {
  return { at: at.toISOString(), kind, title: withoutNumbers(title), ...more };
}

/** Summaries of rails quote what they were about. */
function withoutNumbers(text: string): string {
  return text.replace(/\+?\d{9,}/g, masked);
}
