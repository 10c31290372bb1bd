/** The closed loop over Apache Fineract: a message is taken out of the payer's account once, and each payee is paid from what was taken. */
import { uuidOf } from '../../domain/ids.ts';
import { formatMoney, parseMoney } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';
import type { Answer, Beneficiaries, BeneficiaryAnswer, Call, Rail } from '../rail.ts';
import { withoutIdentifiers } from '../said.ts';
import type { FineractClient, Line, Listed, Transfer, TransferSaid } from './client.ts';
import type { FineractAccounts } from './fineract-accounts.ts';

export type FineractOptions = {
  readonly client: FineractClient;
  /** Absent where accounts are made by others. */
  readonly accounts?: FineractAccounts;
  /** Payees paid at once. */
  readonly atOnce: number;
  /** After this long what is not on the payee's account will not come, and its money goes back. */
  readonly neverReceivedAfterMs: number;
  readonly now: () => Date;
  close(): Promise<void>;
};

type Taking =
  | { readonly kind: 'taken'; readonly generation: number }
  | { readonly kind: 'not'; readonly answer: Answer };

const dayMs = 86_400_000;
/** How far back a message that was sent before is looked for. */
const lookBackMs = 7 * dayMs;

export function openFineract({ client, accounts, atOnce, neverReceivedAfterMs, now, close }: FineractOptions): Rail {
  async function sendBatch(payments: readonly Payment[], messageId: string, call: Call): Promise<Answer[]> {
    const [first] = payments;
    if (!first) return [];
    if (call.notAfter && now() >= call.notAfter) {
      return payments.map(() => ({ kind: 'notSent', text: 'the lease was over before anything was taken' }));
    }
    call.tell({
      direction: 'request',
      at: now(),
      summary: `${payments.length} payments, taken from the payer at once`,
    });
    const taking = await take(payments, messageId, call);
    const answers =
      taking.kind === 'not'
        ? payments.map(() => taking.answer)
        : await inTurns(payments, (payment) => payOne(payment, messageId, taking.generation, call));
    call.tell({ direction: 'answer', at: now(), summary: countsOf(answers) });
    return answers;
  }

  /** The total leaves the payer's account once per message: a hold, and its withdrawal. */
  async function take(payments: readonly Payment[], messageId: string, call: Call): Promise<Taking> {
    for (let generation = 0; ; generation += 1) {
      const transfer = takingOf(payments, messageId, generation);
      const held = await client.transfer({ ...transfer, action: 'PREPARE' }, call);
      if (held.kind === 'already') {
        // Sent before: taken and given back, all of it; or taken, or held, and not paid to the end.
        const before = await wasGivenBack(payments, messageId, generation, call);
        if (before === 'unclear') return { kind: 'not', answer: unknown('the payer’s account could not be read') };
        if (before === 'givenBack') continue;
      } else if (held.kind !== 'done') return { kind: 'not', answer: payerAnswer(held) };
      const taken = await client.transfer({ ...transfer, action: 'CREATE' }, call);
      if (taken.kind === 'done' || taken.kind === 'already') return { kind: 'taken', generation };
      return { kind: 'not', answer: payerAnswer(taken) };
    }
  }

  async function wasGivenBack(
    payments: readonly Payment[],
    messageId: string,
    generation: number,
    call: Call,
  ): Promise<'givenBack' | 'open' | 'unclear'> {
    const window = { from: new Date(now().getTime() - lookBackMs), to: new Date(now().getTime() + dayMs) };
    const credits = await client.lines(payments[0]!.payer.id, 'credit', window, call.signal);
    if (credits.kind !== 'listed') return 'unclear';
    const isBack = (payment: Payment) => credits.lines.has(returnCode(payment, messageId, generation));
    return payments.every(isBack) ? 'givenBack' : 'open';
  }

  async function payOne(payment: Payment, messageId: string, generation: number, call: Call): Promise<Answer> {
    const said = await client.transfer(
      {
        action: 'CREATE',
        role: 'PAYEE',
        transactionCode: transactionCode(messageId),
        transferCode: payment.endToEndId,
        accountId: payment.payee.id,
        amount: formatMoney(payment.amount),
        currency: payment.amount.currency,
      },
      call,
    );
    switch (said.kind) {
      case 'done':
      case 'already':
        // A payee has no holds: what is there already was paid.
        return { kind: 'completed', reference: payment.endToEndId };
      case 'running':
        return { kind: 'accepted', text: said.text };
      case 'refused':
        return ifBack(await giveBack(payment, messageId, generation, call), refusalOf(said));
      case 'notSent':
        return ifBack(await giveBack(payment, messageId, generation, call), said);
      default:
        return unknown('text' in said ? said.text : 'Fineract did not say');
    }
  }

  /** What was taken for a payment that was not made goes back, once by its code; without proof of that the payment stays open. */
  async function giveBack(payment: Payment, messageId: string, generation: number, call: Call): Promise<boolean> {
    const said = await client.transfer(
      {
        action: 'CREATE',
        role: 'PAYEE',
        transactionCode: transactionCode(messageId),
        transferCode: returnCode(payment, messageId, generation),
        accountId: payment.payer.id,
        amount: formatMoney(payment.amount),
        currency: payment.amount.currency,
      },
      { signal: call.signal, notAfter: call.notAfter },
    );
    return said.kind === 'done' || said.kind === 'already';
  }

  async function queryBatch(
    payments: readonly Payment[],
    sent: { readonly at: Date; readonly messageId?: string },
    call: Call,
  ): Promise<Answer[]> {
    call.tell({ direction: 'query', at: now(), summary: `accounts asked about ${payments.length} payments` });
    const window = { from: new Date(sent.at.getTime() - dayMs), to: new Date(now().getTime() + dayMs) };
    const found = await inTurns(payments, async (payment) =>
      payeeAnswer(payment, await client.lines(payment.payee.id, 'credit', window, call.signal)),
    );
    const missing = payments.filter((_, i) => found[i]!.kind === 'neverReceived');
    const after =
      missing.length > 0 ? await settleMissing(missing, payments, sent, window, call) : new Map<string, Answer>();
    const answers = payments.map((payment, i) => after.get(payment.endToEndId) ?? found[i]!);
    call.tell({ direction: 'query-answer', at: now(), summary: countsOf(answers) });
    return answers;
  }

  /** Payments that are not on their payees' accounts: what was taken for them goes back once nothing can be under way any more. */
  async function settleMissing(
    missing: readonly Payment[],
    all: readonly Payment[],
    sent: { readonly at: Date; readonly messageId?: string },
    window: { readonly from: Date; readonly to: Date },
    call: Call,
  ): Promise<Map<string, Answer>> {
    const { messageId } = sent;
    const same = (answer: Answer) => new Map(missing.map(({ endToEndId }) => [endToEndId, answer]));
    if (messageId === undefined) return new Map();
    if (now().getTime() < sent.at.getTime() + neverReceivedAfterMs) return same(unknown('it may still come'));
    const debits = await client.lines(all[0]!.payer.id, 'debit', window, call.signal);
    if (debits.kind !== 'listed') return same(unknown('the payer’s account could not be read'));
    let generation = 0;
    while (debits.lines.has(takingOf(all, messageId, generation + 1).transferCode)) generation += 1;
    const transfer = takingOf(all, messageId, generation);
    if (!debits.lines.has(transfer.transferCode)) {
      const released = await client.transfer({ ...transfer, action: 'RELEASE' }, call);
      const isFree = released.kind === 'done' || released.kind === 'missing' || released.kind === 'refused';
      return isFree ? new Map() : same(unknown('the hold could not be released'));
    }
    const back = await inTurns(missing, async (payment): Promise<Answer> => {
      const isBack = await giveBack(payment, messageId, generation, call);
      return isBack ? neverReceived : unknown('what was taken could not be given back');
    });
    return new Map(missing.map(({ endToEndId }, i) => [endToEndId, back[i]!]));
  }

  /** Each account once, however many payments it gets. */
  function makeAccounts({ ensure }: FineractAccounts): Beneficiaries['make'] {
    return async (payments, { signal }) => {
      const firsts = new Map(payments.map((payment) => [payment.payee.id, payment]));
      const asked = [...firsts.values()];
      const said = await inTurns(asked, (payment) => ensure(payment, signal));
      const answers = new Map(asked.map((payment, at) => [payment.payee.id, said[at]!]));
      return payments.map((payment): BeneficiaryAnswer => {
        const answer = answers.get(payment.payee.id)!;
        return answer.kind === 'created' && firsts.get(payment.payee.id) !== payment ? { kind: 'there' } : answer;
      });
    };
  }

  async function inTurns<T>(payments: readonly Payment[], work: (payment: Payment) => Promise<T>): Promise<T[]> {
    const results = new Array<T>(payments.length);
    let next = 0;
    const worker = async () => {
      for (let at = next++; at < payments.length; at = next++) results[at] = await work(payments[at]!);
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, payments.length) }, worker));
    return results;
  }

  return {
    async lookup({ id }, { signal }) {
      const said = await client.account(id, signal);
      if (said === 'found') return { kind: 'found' };
      if (said === 'notFound') return { kind: 'notFound', railCode: '404', text: 'there is no account of this id' };
      return { kind: 'retry', text: 'Fineract did not say' };
    },
    ...(accounts && { beneficiaries: { mayMake: () => true, make: makeAccounts(accounts) } }),
    sendBatch,
    query: async (payment, sent, call) => (await queryBatch([payment], sent, call))[0]!,
    queryBatch,
    async health(signal) {
      return (await client.isThere(signal)) ? { ok: true, text: 'answers' } : { ok: false, text: 'does not answer' };
    },
    close,
  };
}

const neverReceived: Answer = { kind: 'neverReceived', text: 'it is not on the payee’s account' };

function unknown(text: string): Extract<Answer, { kind: 'unknown' }> {
  return { kind: 'unknown', text };
}

function ifBack(isBack: boolean, answer: Answer): Answer {
  return isBack ? answer : unknown('what was taken could not be given back');
}

function transactionCode(messageId: string): string {
  return uuidOf(`fineract/${messageId}`);
}

function returnCode({ endToEndId }: Payment, messageId: string, generation: number): string {
  return uuidOf(`fineract/${messageId}/back/${generation}/${endToEndId}`);
}

/** `generation`: a message that was given back whole is taken anew when it is sent again. */
function takingOf(payments: readonly Payment[], messageId: string, generation: number): Omit<Transfer, 'action'> {
  const { payer, amount } = payments[0]!;
  const { currency } = amount;
  if (payments.some((one) => one.payer.id !== payer.id || one.amount.currency !== currency)) {
    throw new RangeError('a message is of one payer and one currency');
  }
  const minor = payments.reduce((sum, one) => sum + one.amount.minor, 0n);
  return {
    role: 'PAYER',
    transactionCode: transactionCode(messageId),
    transferCode: uuidOf(`fineract/${messageId}/take/${generation}`),
    accountId: payer.id,
    amount: formatMoney({ minor, currency }),
    currency,
  };
}

/** Nothing was paid to anybody yet. */
function payerAnswer(said: Exclude<TransferSaid, { kind: 'done' | 'already' }>): Answer {
  if (said.kind === 'notSent') return said;
  if (said.kind !== 'refused') return unknown('text' in said ? said.text : 'the hold is not there');
  const { code, status, text } = said;
  if (status === 404) return { kind: 'rejected', code: 422, railCode: code, text: withoutIdentifiers(text) };
  return { kind: 'payerBlocked', railCode: code, text: withoutIdentifiers(text) };
}

function refusalOf({ code, status, text }: Extract<TransferSaid, { kind: 'refused' }>): Answer {
  return { kind: 'rejected', code: status === 404 ? 404 : 422, railCode: code, text: withoutIdentifiers(text) };
}

function payeeAnswer({ endToEndId, amount }: Payment, listed: Listed): Answer {
  if (listed.kind === 'unclear') return unknown(listed.text);
  const line = listed.kind === 'listed' ? listed.lines.get(endToEndId) : undefined;
  if (!line) return neverReceived;
  return isSame(line, amount)
    ? { kind: 'completed', reference: endToEndId }
    : unknown('another amount is booked under its code');
}

function isSame(line: Line, amount: Payment['amount']): boolean {
  try {
    return line.currency === amount.currency && parseMoney(line.amount, line.currency).minor === amount.minor;
  } catch {
    return false;
  }
}

function countsOf(answers: readonly Answer[]): string {
  const counts: Record<string, number> = {};
  for (const { kind } of answers) counts[kind] = (counts[kind] ?? 0) + 1;
  return JSON.stringify(counts);
}
