/** Tries a rail instance as it is configured: whether it is there, whether it knows a payee, and one small payment, told step by step. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Configured } from '../connectors/configured.ts';
import { openInstance } from '../connectors/open-instance.ts';
import type { Answer, Call, Exchange, Rail } from '../connectors/rail.ts';
import { endToEndIdOf, subBatchIdOf } from '../domain/ids.ts';
import { formatMoney, type Money } from '../domain/money.ts';
import type { Party, Payment } from '../domain/payment.ts';
import { type Log, masked } from '../platform/log.ts';

export type Trial = {
  readonly payer: Party;
  readonly payee: Party;
  readonly amount: Money;
  /** Optional columns, such as payee_name. */
  readonly extra: Readonly<Record<string, string>>;
  readonly callbackBaseUrl: string;
  readonly secret: string;
  readonly log: Log;
  /** Asked before money moves; false ends the trial there. */
  readonly mayPay: () => Promise<boolean>;
  readonly say: (line: string) => void;
  /** How long a payment that was accepted is asked about. */
  readonly patienceMs?: number;
  readonly askEveryMs?: number;
};

/** True where the payment was completed. Callbacks go to whoever listens at `callbackBaseUrl`; here the rail is asked. */
export async function checkRail(configured: Configured, trial: Trial): Promise<boolean> {
  const { instance, config } = configured;
  const { say } = trial;
  const { id, kind, type, limits, currencies, neverReceivedAfterMs } = instance;
  say(`${id}: an instance of ${kind}, type ${type}, at ${config.url ?? 'no address'}`);
  say(`  limits: ${limits.concurrency} at once, ${limits.ratePerSecond}/s, ${limits.maxBatch} in a message,`);
  say(`  ${limits.timeoutMs} ms a call; "no trace of it" is believed ${neverReceivedAfterMs} ms after`);
  const opened = openInstance(configured, { ...trial, now: () => new Date() });
  const { rail } = opened;
  try {
    if (opened.hours() > 0) say('  it is closed at this hour; the hub would wait, the check goes on');
    const { currency } = trial.amount;
    if (currencies && !currencies.includes(currency)) {
      say(`  ${currency} is not among its currencies (${currencies.join(', ')}): nothing is tried`);
      return false;
    }
    const health = await rail.health(AbortSignal.timeout(limits.timeoutMs));
    say(`health: ${health.ok ? 'well' : 'NOT WELL'}: ${health.text}`);
    if (!(await isKnown(rail, trial))) return false;
    const payment = paymentOf(id, trial);
    const { minor } = trial.amount;
    const what = `${formatMoney({ minor, currency })} ${currency} to ${masked(payment.payee.id)}`;
    say(`payment: ${what}, id ${payment.endToEndId}`);
    const refused = checkedRow(configured, trial);
    if (refused) say(`  the hub would refuse the row: ${refused}`);
    if (refused || !(await trial.mayPay())) return false;
    return await pay(rail, type, payment, trial);
  } finally {
    await rail.close();
  }
}

function checkedRow({ instance }: Configured, { payer, payee }: Trial): string | undefined {
  const refused = instance.checkRow?.({ payer, payee });
  return refused && `${refused.column}: ${refused.message}`;
}

async function isKnown(rail: Rail, { payee, extra, say }: Trial): Promise<boolean> {
  const expected = extra.payee_name ? { name: extra.payee_name } : {};
  const answer = await rail.lookup(payee, callOf(say), expected);
  const said = answer.kind === 'found' ? (answer.name ? 'with a name' : 'without a name') : answer.text;
  say(`look-up of ${payee.type} ${masked(payee.id)}: ${answer.kind}, ${said}`);
  return answer.kind === 'found';
}

async function pay(rail: Rail, type: 'BULK' | 'PAYMENT', payment: Payment, trial: Trial): Promise<boolean> {
  const { say, patienceMs = 60_000, askEveryMs = 1_000 } = trial;
  const at = new Date();
  const messageId = `${payment.subBatchId}-1`;
  let answer = type === 'BULK' ? await sendBatch(rail, payment, messageId, say) : await send(rail, payment, say);
  tell(answer, say);
  const endsAt = performance.now() + patienceMs;
  while ((answer.kind === 'accepted' || answer.kind === 'unknown') && performance.now() < endsAt) {
    await sleep(askEveryMs);
    answer = await query(rail, type, payment, { at, messageId }, say);
    tell(answer, say);
  }
  return answer.kind === 'completed';
}

async function send(rail: Rail, payment: Payment, say: Trial['say']): Promise<Answer> {
  const found = await rail.resolvePayee?.(payment, callOf(say));
  if (found && found.kind !== 'found') return { kind: 'notSent', text: `the payee is ${found.kind}: ${found.text}` };
  const quoted = await rail.quote?.(payment, callOf(say));
  if (quoted && quoted.kind !== 'quoted') return quoted;
  if (quoted) say(`quote: a fee of ${quoted.fee} ${quoted.currency}`);
  if (!rail.send) throw new TypeError('the rail is of type PAYMENT and has no send');
  return rail.send(payment, callOf(say));
}

async function sendBatch(rail: Rail, payment: Payment, messageId: string, say: Trial['say']): Promise<Answer> {
  if (!rail.sendBatch) throw new TypeError('the rail is of type BULK and has no sendBatch');
  const [answer] = await rail.sendBatch([payment], messageId, callOf(say));
  return answer!;
}

async function query(
  rail: Rail,
  type: 'BULK' | 'PAYMENT',
  payment: Payment,
  sent: { readonly at: Date; readonly messageId: string },
  say: Trial['say'],
): Promise<Answer> {
  if (type === 'PAYMENT' || !rail.queryBatch) return rail.query(payment, sent, callOf(say));
  const [answer] = await rail.queryBatch([payment], sent, callOf(say));
  return answer!;
}

function tell(answer: Answer, say: Trial['say']): void {
  const words = 'text' in answer && answer.text ? [answer.text] : [];
  if ('reference' in answer && answer.reference) words.push(`reference ${answer.reference}`);
  if ('railCode' in answer) words.push(`the rail's code ${answer.railCode}`);
  say(`=> ${[answer.kind, ...words].join(', ')}`);
}

/** Each exchange in a line, as the books would have it: no secrets, parties masked. */
function callOf(say: Trial['say']): Call {
  const arrows: Readonly<Record<Exchange['direction'], string>> = {
    ...{ request: '->', query: '->', answer: '<-', 'query-answer': '<-', callback: '<-' },
  };
  return {
    signal: new AbortController().signal,
    tell: ({ direction, summary }) => say(`  ${arrows[direction]} ${summary}`),
  };
}

function paymentOf(rail: string, { payer, payee, amount, extra }: Trial): Payment {
  const batchId = randomUUID();
  return {
    ...{ tenantId: 'rail-check', batchId, row: 1, endToEndId: endToEndIdOf(batchId, 1), rail, payer, payee, amount },
    ...{ subBatchId: subBatchIdOf(batchId, 1), note: 'Rail check', clientId: '1', requestId: batchId, extra },
  };
}
