/** The SLCB rail: Sierra Leone Commercial Bank's G2P interface, which takes a whole sub-batch of one payer in one call. */
import { randomUUID } from 'node:crypto';
import { formatMoney, type Money } from '../../domain/money.ts';
import type { Party, Payment } from '../../domain/payment.ts';
import { masked } from '../../platform/log.ts';
import type { Answer, Call, Rail, RailDefinition, RailTools } from '../rail.ts';
import { authorizationCodeOf, privateKeyOf } from './authorization.ts';
import { createClient, type Said } from './client.ts';
import {
  all,
  balanceOf,
  type Judged,
  judgePaid,
  judgeReconciled,
  paid,
  refusals,
  type SaidMessage,
  saidMessageOf,
  slcbDate,
  transactionRequestOf,
  unknown,
} from './mapping.ts';
import { localConfig, simulateSlcb } from './simulator.ts';

const limits = { concurrency: 8, ratePerSecond: 50, maxBatch: 1_000, timeoutMs: 30_000 };

/** The bank's clock may differ from ours by this much, and a message may be booked a little after it was sent. */
const clockSkewMs = 5 * 60_000;

export const slcb: RailDefinition = {
  id: 'slcb',
  paymentModes: ['slcb'],
  type: 'BULK',
  limits,
  columns: [
    { name: 'payee_first_name', description: 'first name of the payee, for the bank' },
    { name: 'payee_last_name', description: 'last name of the payee, for the bank' },
  ],
  neverReceivedAfterMs: 60_000,
  formats: [],
  configKeys: {
    url: "the bank's address, such as https://bank.example:8443",
    username: 'the name to sign in with',
    password: 'the password to sign in with',
    institution_code: "the institution's code at the bank",
    private_key: "the institution's RSA private key, as PEM text or the path of a PEM file",
    currencies: "the currencies of the institution's accounts, such as SLE or SLE,USD: the interface itself names none",
  },
  checkRow({ payer, payee }) {
    if (!isAccount(payer)) return { column: 'payer_identifier', message: payerCure };
    if (!isPayable(payee)) return { column: 'payee_identifier', message: payeeCure };
    return undefined;
  },
  open: openSlcb,
  simulate: simulateSlcb,
  localConfig,
};

const payerCure = 'slcb pays from an account: write type accountNumber and 4 to 34 letters or digits';
const payeeCure =
  'slcb pays to an account or a phone number: write type accountNumber or msisdn and 4 to 34 letters or digits';

function isAccount({ type, id }: Party): boolean {
  return type.toLowerCase() === 'accountnumber' && /^[0-9A-Za-z]{4,34}$/.test(id);
}

/** The bank takes one text as the payee's account; the seed's own example gives it a phone number. */
function isPayable({ type, id }: Party): boolean {
  return /^(accountnumber|msisdn)$/.test(type.toLowerCase()) && /^\+?[0-9A-Za-z]{4,34}$/.test(id);
}

/** An answer to a reconciliation: lists, or why there are none. */
type Listed =
  | { readonly kind: 'listed'; readonly status: number; readonly messages: readonly SaidMessage[] }
  | { readonly kind: 'notListed'; readonly status?: number; readonly text: string };

function openSlcb({ http, config, now }: RailTools): Rail {
  const key = privateKeyOf(config.private_key!);
  const currencies = new Set(config.currencies!.split(',').map((currency) => currency.trim()));
  const reconciliationPath = config.reconciliation_path ?? '/api/reconciliation';
  const { username, password } = config as { username: string; password: string };
  const timeoutMs = Number(config.timeout_ms ?? limits.timeoutMs);
  const windowSeconds = windowSecondsOf(config.window_hours);
  const checksBalance = isOn(config.balance_check);
  const client = createClient({ http, username, password, timeoutMs, now });

  async function sendBatch(payments: readonly Payment[], messageId: string, call: Call): Promise<readonly Answer[]> {
    const [first] = payments;
    if (!first) return [];
    assertOneMessage(payments, first);
    const { currency } = first.amount;
    if (!currencies.has(currency)) {
      const text = `the institution has no account in ${currency}`;
      return payments.map(() => ({ kind: 'rejected', code: 422, railCode: 'currency', text }));
    }
    const short = checksBalance ? await shortOf(payments, call) : undefined;
    if (short) return payments.map(() => short);
    const authorizationCode = authorizationCodeOf(key, randomUUID());
    const message = { id: messageId, at: now(), institutionCode: config.institution_code!, authorizationCode };
    call.tell({ direction: 'request', at: message.at, summary: requestSummary(payments) });
    const body = transactionRequestOf(payments, message);
    const { signal, notAfter } = call;
    const said = await client.post('/api/transactionRequest', body, { idempotent: false, signal, notAfter });
    const judged = judgeSent(said, payments, messageId);
    call.tell({ direction: 'answer', at: now(), ...told(said, judged) });
    return judged.answers;
  }

  /** Why this message had better not be sent: the account holds less than it pays, or cannot be read. */
  async function shortOf(payments: readonly Payment[], call: Call): Promise<Answer | undefined> {
    const { payer, amount } = payments[0]!;
    const minor = payments.reduce((sum, payment) => sum + payment.amount.minor, 0n);
    call.tell({ direction: 'query', at: now(), summary: `balance of ${masked(payer.id)}` });
    const body = JSON.stringify({ account: payer.id, authorizationCode: authorizationCodeOf(key, randomUUID()) });
    const said = await client.post('/api/accountBalance', body, { idempotent: true, signal: call.signal });
    const answer = judgeBalance(said, { minor, currency: amount.currency });
    const summary = answer ? `balance: ${answer.text}` : 'the balance is enough';
    call.tell({
      direction: 'query-answer',
      at: now(),
      summary,
      ...(said.status !== undefined && { httpStatus: said.status }),
    });
    return answer;
  }

  async function ask(
    payments: readonly Payment[],
    sent: { readonly at: Date; readonly isOurs: (batchId: string) => boolean },
    call: Call,
  ): Promise<readonly Answer[]> {
    const [first] = payments;
    if (!first) return [];
    assertOneMessage(payments, first);
    const from = Math.floor((sent.at.getTime() - clockSkewMs) / 1_000);
    const to = Math.ceil((now().getTime() + clockSkewMs) / 1_000);
    call.tell({ direction: 'query', at: now(), summary: `reconciliation of ${payments.length} payments` });
    const listed = await listWindows(first.payer.id, from, to, call.signal);
    const judged =
      listed.kind === 'listed'
        ? judgeReconciled(listed.messages, payments, sent.isOurs)
        : all(payments, unknown(listed.text));
    call.tell({ direction: 'query-answer', at: now(), ...told(listed, judged) });
    return judged.answers;
  }

  /** In windows no longer than the bank takes; all of them, since what is in none was never received. */
  async function listWindows(account: string, from: number, to: number, signal: AbortSignal): Promise<Listed> {
    const messages: SaidMessage[] = [];
    for (let start = from; start <= to; start += windowSeconds) {
      const listed = await listWindow(account, start, Math.min(to, start + windowSeconds - 1), signal);
      if (listed.kind === 'notListed') return listed;
      messages.push(...listed.messages);
    }
    return { kind: 'listed', status: 200, messages };
  }

  /** What the bank lists for the account from one second to another, both included; a list beyond the client's bound is asked for in halves. */
  async function listWindow(account: string, from: number, to: number, signal: AbortSignal): Promise<Listed> {
    const authorizationCode = authorizationCodeOf(key, randomUUID());
    const [first, last] = [from, to].map((seconds) => slcbDate(new Date(seconds * 1_000)));
    const window = JSON.stringify({ from: first, to: last, authorizationCode, bban: account });
    const said = await client.post(reconciliationPath, window, { idempotent: true, signal });
    if (said.kind !== 'unclear' || !said.isTooLarge || from === to) return listedOf(said, account);
    const middle = Math.floor((from + to) / 2);
    const earlier = await listWindow(account, from, middle, signal);
    if (earlier.kind === 'notListed') return earlier;
    const later = await listWindow(account, middle + 1, to, signal);
    return later.kind === 'notListed' ? later : { ...later, messages: [...earlier.messages, ...later.messages] };
  }

  return {
    /** The interface has no look-up: an account that could be one is taken for one, without a name. */
    async lookup(party) {
      if (isPayable(party)) return { kind: 'found' };
      return { kind: 'notFound', railCode: 'account', text: payeeCure };
    },
    sendBatch,
    async query(payment, { at, messageId }, call) {
      const isOurs = (batchId: string) => (messageId ? batchId === messageId : batchId.startsWith(payment.batchId));
      const [answer] = await ask([payment], { at, isOurs }, call);
      return answer!;
    },
    queryBatch: (payments, { at, messageId }, call) =>
      ask(payments, { at, isOurs: (batchId) => batchId === messageId }, call),
    async health() {
      const token = await client.signIn();
      return token.kind === 'token' ? { ok: true, text: 'signed in' } : { ok: false, text: token.text };
    },
    close: () => http.close(),
  };
}

function windowSecondsOf(hours = '24'): number {
  const value = Number(hours);
  if (Number.isInteger(value) && value >= 1 && value <= 744) return value * 3_600;
  throw new RangeError('window_hours is no whole number from 1 to 744');
}

function isOn(word = 'off'): boolean {
  if (word === 'on' || word === 'off') return word === 'on';
  throw new RangeError('balance_check is neither on nor off');
}

function assertOneMessage(payments: readonly Payment[], { payer, amount }: Payment): void {
  if (payments.length > limits.maxBatch)
    throw new RangeError(`a message of slcb holds at most ${limits.maxBatch} payments`);
  if (payments.some((payment) => payment.payer.id !== payer.id || payment.amount.currency !== amount.currency)) {
    throw new RangeError('a message of slcb is of one payer and one currency');
  }
}

/** A list of another account's payments says nothing about ours, least of all that they were never received. */
function listedOf(said: Said, account: string): Listed {
  if (said.kind !== 'said') return { kind: 'notListed', status: said.status, text: said.text };
  const messages = (Array.isArray(said.body) ? said.body : [said.body]).map(saidMessageOf);
  const isList = messages.every((message) => message?.payees !== undefined && (message.code ?? paid) === paid);
  if (messages.some((message) => (message?.account ?? account) !== account)) {
    return { kind: 'notListed', status: said.status, text: 'the bank answered about another account' };
  }
  if (said.status === 200 && isList) return { kind: 'listed', status: 200, messages: messages as SaidMessage[] };
  return { kind: 'notListed', status: said.status, text: `the bank answered ${said.status} and no list` };
}

function judgeSent(said: Said, payments: readonly Payment[], messageId: string): Judged {
  if (said.kind === 'unclear') return all(payments, unknown(said.text));
  if (said.kind === 'notSent') {
    const later = said.retryAfterMs === undefined ? {} : { retryAfterMs: said.retryAfterMs };
    return all(payments, { kind: 'notSent', text: said.text, ...later });
  }
  const message = saidMessageOf(said.body);
  if (!message) return all(payments, unknown('the bank answered nonsense'));
  if (said.status === 200) return judgePaid(message, payments, messageId);
  const railCode = String(message.code ?? said.status);
  return all(payments, { kind: 'rejected', code: 422, railCode, text: message.text });
}

/** Nothing where the account holds enough. A balance that cannot be read stops nobody for good: nothing was sent. */
function judgeBalance(said: Said, needed: Money): (Answer & { readonly text: string }) | undefined {
  if (said.kind !== 'said') {
    const later = said.kind === 'notSent' && said.retryAfterMs !== undefined ? { retryAfterMs: said.retryAfterMs } : {};
    return { kind: 'notSent', text: `the balance could not be read: ${said.text}`, ...later };
  }
  const held = balanceOf(said.body, needed.currency);
  if (said.status !== 200 || held.kind === 'unreadable') {
    return { kind: 'notSent', text: `the balance could not be read: the bank answered ${said.status}` };
  }
  if (held.kind === 'refused') return { kind: 'payerBlocked', railCode: String(held.code), text: held.text };
  if (held.minor >= needed.minor) return undefined;
  const [has, needs] = [held.minor, needed.minor].map((minor) => formatMoney({ minor, currency: needed.currency }));
  const text = `the account holds ${has} ${needed.currency}, this message pays ${needs}`;
  return { kind: 'payerBlocked', railCode: String(refusals.noFunds), text };
}

function requestSummary(payments: readonly Payment[]): string {
  const { payer, amount } = payments[0]!;
  const minor = payments.reduce((sum, payment) => sum + payment.amount.minor, 0n);
  const total = formatMoney({ minor, currency: amount.currency });
  return `transactionRequest of ${payments.length} payments, ${total} ${amount.currency}, from ${masked(payer.id)}`;
}

/** Counts of answers, and the first doubts: an extract that stays small for a thousand payments. */
function told(
  { status }: { readonly status?: number },
  { answers, doubts }: Judged,
): { summary: string; httpStatus?: number; body?: unknown } {
  const counts: Record<string, number> = {};
  for (const { kind } of answers) counts[kind] = (counts[kind] ?? 0) + 1;
  return {
    summary: JSON.stringify(counts),
    ...(status !== undefined && { httpStatus: status }),
    ...(doubts.length > 0 && { body: { notBelieved: doubts.length, first: doubts.slice(0, 10) } }),
  };
}
