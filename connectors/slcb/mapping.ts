/** SLCB's words and ours: payments to its transaction request, its answers to ours, its codes to the hub's. */
import { formatMoney, parseMoney } from '../../domain/money.ts';
import type { ReasonCode } from '../../domain/outcome.ts';
import type { Payment } from '../../domain/payment.ts';
import { digitsOf, exactNumber, stringifyExact } from '../../platform/exact-json.ts';
import type { Answer } from '../rail.ts';

/** Published: 0 paid, 1 pending, anything else refused. */
export const paid = 0;
export const pending = 1;

/** Refusals beyond the published ones, as the simulator uses them; the bank's own list is to be filled in here. Others are 422. */
export const refusals = {
  payeeNotFound: 2,
  inactiveAccount: 3,
  aboveLimit: 4,
  noFunds: 5,
  badAuthorization: -1,
} as const;

const reasonOfCode: ReadonlyMap<number, ReasonCode> = new Map([[refusals.payeeNotFound, 404]]);

/** A payee of an answer, as far as it can be read. */
export type SaidPayee = {
  readonly row: number;
  readonly account: string;
  readonly amount: string;
  readonly batchId?: string;
  readonly code?: number;
  readonly text: string;
  readonly reference?: string;
};

export type SaidMessage = {
  readonly batchId?: string;
  /** Whose payments they are. */
  readonly account?: string;
  readonly code?: number;
  readonly text: string;
  /** Undefined where the answer has no list, which differs from an empty one. */
  readonly payees?: readonly SaidPayee[];
  /** Payees of the list that cannot be read: any of them may be ours. */
  readonly unreadable: number;
};

/** What an answer comes to, and what in it was not believed, for the books. */
export type Judged = { readonly answers: readonly Answer[]; readonly doubts: readonly string[] };

/** Their `yyyy-MM-dd'T'HH:mm:ssXXX` in UTC. */
export function slcbDate(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** The body of /api/transactionRequest; all payments are of one payer and currency. */
export function transactionRequestOf(
  payments: readonly Payment[],
  message: {
    readonly id: string;
    readonly at: Date;
    readonly institutionCode: string;
    readonly authorizationCode: string;
  },
): string {
  const { payer, note, amount } = payments[0]!;
  const minor = payments.reduce((sum, payment) => sum + payment.amount.minor, 0n);
  return stringifyExact({
    id: message.id,
    batchID: message.id,
    accountType: 0,
    authorizationCode: message.authorizationCode,
    institutionCode: message.institutionCode,
    purpose: note,
    requestDate: slcbDate(message.at),
    sourceAccount: payer.id,
    totalAmountToBePaid: exactNumber(formatMoney({ minor, currency: amount.currency })),
    payees: payments.map(payeeOf),
  });
}

function payeeOf({ row, payee, amount, note, extra }: Payment): unknown {
  return {
    id: row,
    account: payee.id,
    accountType: 0,
    amount: exactNumber(formatMoney(amount)),
    externalTransactionId: row,
    firstName: extra.payee_first_name ?? '',
    lastName: extra.payee_last_name ?? '',
    purpose: note,
  };
}

/** Reads an answer's body, whatever it is; undefined where it is no message of the bank. */
export function saidMessageOf(body: unknown): SaidMessage | undefined {
  if (!isRecord(body)) return undefined;
  const status = isRecord(body.status) ? body.status : body;
  const listed = Array.isArray(body.payees) ? body.payees : undefined;
  const payees = listed?.flatMap((payee) => saidPayeeOf(payee) ?? []);
  const code = typeof status.code === 'number' ? status.code : undefined;
  if (code === undefined && payees === undefined) return undefined;
  const unreadable = (listed?.length ?? 0) - (payees?.length ?? 0);
  const account = textOf(body.sourceAccount);
  return { batchId: textOf(body.batchID), account, code, text: textOf(status.description) ?? '', payees, unreadable };
}

function saidPayeeOf(value: unknown): SaidPayee | undefined {
  if (!isRecord(value) || typeof value.externalTransactionId !== 'number') return undefined;
  const status = isRecord(value.status) ? value.status : {};
  return {
    row: value.externalTransactionId,
    account: textOf(value.account) ?? '',
    amount: digitsOf(value.amount) ?? '',
    batchId: textOf(value.batchID),
    code: typeof status.code === 'number' ? status.code : undefined,
    text: textOf(value.statusMessage) ?? textOf(status.description) ?? '',
    reference: textOf(value.transactionId),
  };
}

/** The answer to a transaction request, matched by our ids only: message and row. What is missing or differs is not believed. */
export function judgePaid(said: SaidMessage, payments: readonly Payment[], messageId: string): Judged {
  const { payees = [], unreadable, batchId, account } = said;
  if (account !== undefined && account !== payments[0]?.payer.id) {
    return all(payments, unknown('the bank answered about another account'));
  }
  if (batchId === undefined && payees.length + unreadable === 0) return judgeWhole(said, payments);
  if (batchId !== messageId) return all(payments, unknown('the bank answered about another message'));
  if (payees.length + unreadable === 0) return judgeWhole(said, payments);
  const byRow = byRowOf(payees);
  return judgeEach(payments, (payment) => {
    const [found, second] = byRow.get(payment.row) ?? [];
    if (!found) return unknown(`row ${payment.row} is missing in the answer`);
    if (second) return unknown(`row ${payment.row} is in the answer twice`);
    return judgePayee(found, payment);
  });
}

/** A status for the whole message and no payee: nothing of it was taken, unless the bank says otherwise. */
function judgeWhole({ code, text }: SaidMessage, payments: readonly Payment[]): Judged {
  if (code === pending) return all(payments, { kind: 'accepted', text });
  if (code === undefined || code === paid) return all(payments, unknown('the bank answered without payees'));
  // Nothing will be taken until somebody mends the key: the rows are not to blame.
  if (code === refusals.badAuthorization) return all(payments, { kind: 'payerBlocked', railCode: String(code), text });
  return all(payments, refusalOf(code, text));
}

export type Balance =
  | { readonly kind: 'held'; readonly minor: bigint }
  /** The bank does not let us see it. */
  | { readonly kind: 'refused'; readonly code: number; readonly text: string }
  | { readonly kind: 'unreadable' };

/** Of accountBalance; an overdrawn account holds nothing. */
export function balanceOf(body: unknown, currency: string): Balance {
  const { amount, status } = isRecord(body) ? body : {};
  const said = saidMessageOf({ status });
  if (said?.code !== undefined && said.code !== paid) return { kind: 'refused', code: said.code, text: said.text };
  const digits = digitsOf(amount) ?? '';
  if (/^-\d/.test(digits)) return { kind: 'held', minor: 0n };
  try {
    return { kind: 'held', minor: parseMoney(digits, currency).minor };
  } catch {
    return { kind: 'unreadable' };
  }
}

/** What a reconciliation says of payments that were sent; `isOurs` tells the message ids that may have carried them. */
export function judgeReconciled(
  said: readonly SaidMessage[],
  payments: readonly Payment[],
  isOurs: (batchId: string) => boolean,
): Judged {
  const rows = new Set(payments.map(({ row }) => row));
  const listed = said.flatMap(({ batchId, payees = [] }) =>
    payees.filter(({ row }) => rows.has(row)).map((payee) => ({ ...payee, batchId: payee.batchId ?? batchId })),
  );
  const byRow = byRowOf(listed.filter(({ batchId }) => batchId === undefined || isOurs(batchId)));
  const isWhole = said.every(({ payees, unreadable }) => payees !== undefined && unreadable === 0);
  return judgeEach(payments, (payment) => {
    const found = byRow.get(payment.row) ?? [];
    if (found.length === 0 && !isWhole) return unknown('the bank lists payments that cannot be read');
    if (found.length === 0) return { kind: 'neverReceived', text: 'the bank does not list it' };
    if (found.some(({ batchId }) => batchId === undefined)) {
      return unknown(`row ${payment.row} is listed without a message id: it may be another batch's`);
    }
    return strongest(found.map((payee) => judgePayee(payee, payment)));
  });
}

function byRowOf(payees: readonly SaidPayee[]): ReadonlyMap<number, readonly SaidPayee[]> {
  const byRow = new Map<number, SaidPayee[]>();
  for (const payee of payees) {
    const listed = byRow.get(payee.row);
    if (listed) listed.push(payee);
    else byRow.set(payee.row, [payee]);
  }
  return byRow;
}

/** Listed more than once: that money moved outweighs all else, then doubt, then that it may still. */
function strongest(answers: readonly Answer[]): Answer {
  const order: readonly Answer['kind'][] = ['completed', 'unknown', 'accepted', 'payerBlocked', 'rejected'];
  return answers.reduce((a, b) => (order.indexOf(b.kind) < order.indexOf(a.kind) ? b : a));
}

function judgePayee(said: SaidPayee, { row, payee, amount }: Payment): Answer {
  if (said.account !== payee.id) return unknown(`row ${row} is answered with another account`);
  if (!isSameAmount(said.amount, amount)) return unknown(`row ${row} is answered with another amount`);
  if (said.code === undefined) return unknown(`row ${row} is answered without a status`);
  if (said.code === paid) return { kind: 'completed', reference: said.reference };
  if (said.code === pending) return { kind: 'accepted', reference: said.reference, text: said.text };
  return refusalOf(said.code, said.text);
}

function refusalOf(code: number, text: string): Answer {
  if (code === refusals.noFunds) return { kind: 'payerBlocked', railCode: String(code), text };
  return { kind: 'rejected', code: reasonOfCode.get(code) ?? 422, railCode: String(code), text };
}

function isSameAmount(digits: string, amount: Payment['amount']): boolean {
  try {
    return parseMoney(digits, amount.currency).minor === amount.minor;
  } catch {
    return false;
  }
}

/** The same answer to every payment. */
export function all(payments: readonly Payment[], answer: Answer): Judged {
  return { answers: payments.map(() => answer), doubts: answer.kind === 'unknown' ? [answer.text] : [] };
}

export function unknown(text: string): Answer & { kind: 'unknown' } {
  return { kind: 'unknown', text };
}

function judgeEach(payments: readonly Payment[], judge: (payment: Payment) => Answer): Judged {
  const answers = payments.map(judge);
  return { answers, doubts: answers.flatMap((answer) => (answer.kind === 'unknown' ? [answer.text] : [])) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
