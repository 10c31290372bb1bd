/** Pays many receivers from one wallet: the total is held once, rows are posted a few hundred at a time, what is left goes back. */
import { randomUUID } from 'node:crypto';
import type { Payment } from '../domain/payment.ts';
import { holdIdOf, receiverWalletId } from '../domain/wallet.ts';
import { insertMissing } from '../platform/mongo.ts';
import type { Ledger } from './ledger/ledger.ts';
import { journalId, type LedgerCollections, type NewJournalEntry, type Refusal } from './ledger/post.ts';
import type { WalletDoc } from './wallet-documents.ts';

export type WalletPayment = Pick<Payment, 'tenantId' | 'batchId' | 'endToEndId' | 'payer' | 'payee' | 'amount'>;

export type WalletAnswer =
  | { readonly kind: 'paid'; readonly entry: string }
  /** For good; nothing moved. */
  | { readonly kind: 'refused'; readonly whose: 'payer' | 'payee'; readonly why: Refusal | 'same' }
  /** Nothing moved; it may be asked for again once somebody has acted. */
  | { readonly kind: 'blocked'; readonly why: 'funds' | 'frozen' }
  /** Nothing moved, and nothing will of this sender's. */
  | { readonly kind: 'tooLate' }
  /** It is in the hands of somebody else now: ask. */
  | { readonly kind: 'unclear' };

export type WalletPayments = ReturnType<typeof createWalletPayments>;

/** Rows of one transaction: short enough that others get in between. */
const atOnce = 250;
/** A hold outlives its sender's lease by this much, and no longer. */
const holdGraceMs = 60_000;

export function createWalletPayments(c: LedgerCollections, ledger: Ledger, now: () => Date = () => new Date()) {
  /**
   * Pays `payments` of one payer and currency; an answer each, in their order. Each is paid once however often it is
   * asked for. After `notAfter` nothing is paid.
   */
  async function pay(
    payments: readonly WalletPayment[],
    messageId: string,
    notAfter: Date | undefined,
  ): Promise<WalletAnswer[]> {
    const [first] = payments;
    if (!first) return [];
    const { payer } = first;
    const { currency } = first.amount;
    if (payments.some((one) => one.payer.id !== payer.id || one.amount.currency !== currency)) {
      throw new RangeError('a message is of one payer and one currency');
    }
    const [wallets, paid] = await Promise.all([walletsOf(payments), paidOf(payments)]);
    const from = wallets.get(payer.id);
    const barred = barOf(from, first);
    if (barred) return payments.map((one) => paid.get(one.endToEndId) ?? barred);
    const answers = new Map<string, WalletAnswer>(paid);
    for (const one of payments) {
      const why = answers.has(one.endToEndId) ? undefined : refusalOf(wallets.get(payeeIdOf(one)), one);
      if (why) answers.set(one.endToEndId, { kind: 'refused', whose: 'payee', why });
    }
    const open = payments.filter(({ endToEndId }) => !answers.has(endToEndId));
    if (open.length > 0) await payOpen(open, messageId, from!, notAfter, answers);
    return payments.map(({ endToEndId }) => answers.get(endToEndId) ?? { kind: 'unclear' });
  }

  async function payOpen(
    open: readonly WalletPayment[],
    messageId: string,
    from: WalletDoc,
    notAfter: Date | undefined,
    answers: Map<string, WalletAnswer>,
  ): Promise<void> {
    const { tenantId, _id, currency } = from;
    const [cause, holder] = [causeOf(messageId), randomUUID()];
    const minor = open.reduce((sum, { amount }) => sum + amount.minor, 0n);
    const expiresAt = new Date((notAfter ?? now()).getTime() + holdGraceMs);
    const asked = { tenantId, cause, from: _id, minor, currency, holder, expiresAt, ref: messageId };
    const held = await ledger.hold(asked, notAfter);
    const all = (answer: WalletAnswer): void => {
      for (const { endToEndId } of open) answers.set(endToEndId, answer);
    };
    if (held.kind === 'fenced') return all({ kind: 'tooLate' });
    if (held.kind === 'refused') return all({ kind: 'blocked', why: held.why === 'funds' ? 'funds' : 'frozen' });
    const place = { tenantId, holdId: held.hold._id, holder };
    for (let at = 0; at < open.length; at += atOnce) {
      if (notAfter && now() >= notAfter) break;
      await payChunk(place, open.slice(at, at + atOnce), answers);
    }
    await ledger.endHold({ _id: held.hold._id, tenantId });
  }

  /** All of the chunk, but for payees that cannot take it any more. */
  async function payChunk(
    place: { readonly tenantId: string; readonly holdId: string; readonly holder: string },
    chunk: readonly WalletPayment[],
    answers: Map<string, WalletAnswer>,
  ): Promise<void> {
    const posted = await ledger.payFrom(
      place,
      chunk.map((one) => entryOf(one, place.holdId)),
    );
    if (posted.kind === 'fenced') return;
    if (posted.kind === 'posted') {
      for (const { endToEndId } of chunk) answers.set(endToEndId, { kind: 'paid', entry: paymentCause(endToEndId) });
      return;
    }
    const { wallet, why } = posted;
    if (wallet === place.holdId) throw new Error(`hold ${wallet} cannot pay what it was made for: ${why}`);
    const able = chunk.filter((one) => payeeIdOf(one) !== wallet);
    for (const one of chunk) {
      if (!able.includes(one)) answers.set(one.endToEndId, { kind: 'refused', whose: 'payee', why });
    }
    if (able.length > 0) await payChunk(place, able, answers);
  }

  /** Wallets of the payer and the payees, by id. */
  async function walletsOf(payments: readonly WalletPayment[]): Promise<Map<string, WalletDoc>> {
    const { tenantId, payer } = payments[0]!;
    const ids = [...new Set([payer.id, ...payments.map(payeeIdOf)])];
    const docs = await c.wallets.find({ _id: { $in: ids }, tenantId }).toArray();
    return new Map(docs.map((doc) => [doc._id, doc]));
  }

  async function paidOf(payments: readonly WalletPayment[]): Promise<Map<string, WalletAnswer>> {
    const { tenantId } = payments[0]!;
    const causes = payments.map(({ endToEndId }) => paymentCause(endToEndId));
    const ids = causes.map((cause) => journalId(tenantId, cause));
    const docs = await c.journal.find({ _id: { $in: ids } }, { projection: { _id: 1, ref: 1 } }).toArray();
    return new Map(docs.map(({ _id, ref }) => [ref ?? '', { kind: 'paid', entry: _id.slice(tenantId.length + 1) }]));
  }

  return {
    pay,

    /**
     * Which of them were paid, by endToEndId. With `messageId` also for good: its hold is ended, and nothing more is paid
     * from it by anybody whose lease is over.
     */
    async paid(payments: readonly WalletPayment[], messageId: string | undefined): Promise<Map<string, WalletAnswer>> {
      const [first] = payments;
      if (!first) return new Map();
      const { tenantId, payer, amount } = first;
      if (messageId !== undefined) {
        await ledger.fenceHold({ tenantId, cause: causeOf(messageId), from: payer.id, currency: amount.currency });
      }
      return paidOf(payments);
    },

    /** Opens the wallets of beneficiary accounts that have none in the payment's currency; answers which of the payments' this call opened. */
    async openReceivers(payments: readonly WalletPayment[]): Promise<boolean[]> {
      const wallets = new Map(
        payments
          .filter(({ payee }) => payee.type === 'accountId')
          .map((one) => [payeeIdOf(one), receiverOf(one, now())]),
      );
      const docs = [...wallets.values()];
      const there = new Set((await insertMissing(c.wallets, docs)).map((at) => docs[at]!._id));
      // Told once for each wallet, however many payments it gets.
      return payments.map((one) => wallets.delete(payeeIdOf(one)) && !there.has(payeeIdOf(one)));
    },

    /** Whether there is such a wallet that could be paid. */
    async isPayable(tenantId: string, walletId: string): Promise<boolean> {
      const doc = await c.wallets.findOne({ _id: walletId, tenantId });
      return doc !== null && isOfPeople(doc) && doc.status === 'open';
    },

    /** Throws where the ledger cannot be read. */
    async ping(): Promise<void> {
      await c.wallets.findOne({ _id: '' });
    },
  };
}

export function paymentCause(endToEndId: string): string {
  return `payment/${endToEndId}`;
}

/** The hold that a message is paid from. */
export function messageHoldId(tenantId: string, messageId: string): string {
  return holdIdOf(tenantId, causeOf(messageId));
}

function causeOf(messageId: string): string {
  return `message/${messageId}`;
}

function payeeIdOf({ tenantId, payee, amount }: WalletPayment): string {
  return payee.type === 'accountId' ? receiverWalletId(tenantId, payee.id, amount.currency) : payee.id;
}

function receiverOf(payment: WalletPayment, createdAt: Date): WalletDoc {
  const { tenantId, payee, amount } = payment;
  const own = { tenantId, owner: payee.id, currency: amount.currency, kind: 'receiver', allowNegative: false } as const;
  return { _id: payeeIdOf(payment), ...own, status: 'open', minor: 0n, seq: 0, createdAt };
}

function entryOf({ endToEndId, amount, ...payment }: WalletPayment, holdId: string): NewJournalEntry {
  const lines = [
    { wallet: holdId, minor: -amount.minor },
    { wallet: payeeIdOf({ endToEndId, amount, ...payment }), minor: amount.minor },
  ];
  return { cause: paymentCause(endToEndId), kind: 'payment', currency: amount.currency, lines, ref: endToEndId };
}

function isOfPeople({ kind }: WalletDoc): boolean {
  return kind === 'float' || kind === 'receiver';
}

/** Why nothing is paid from this wallet. A hold pays for the batch that it was made for, and for no other. */
function barOf(payer: WalletDoc | undefined, { batchId, amount }: WalletPayment): WalletAnswer | undefined {
  const refused = (why: Refusal): WalletAnswer => ({ kind: 'refused', whose: 'payer', why });
  if (!payer || payer.kind === 'asset') return refused('missing');
  if (payer.kind === 'hold' && payer.hold?.holder !== batchId) return refused('missing');
  if (payer.currency !== amount.currency) return refused('currency');
  if (payer.status === 'closed') return refused('closed');
  return payer.status === 'frozen' ? { kind: 'blocked', why: 'frozen' } : undefined;
}

function refusalOf(payee: WalletDoc | undefined, { payer, amount }: WalletPayment): Refusal | 'same' | undefined {
  if (!payee || !isOfPeople(payee)) return 'missing';
  if (payee._id === payer.id) return 'same';
  if (payee.currency !== amount.currency) return 'currency';
  return payee.status === 'open' ? undefined : payee.status;
}
