/** The simulated bank: reads a pain.001, carries it out in its ledger and reports, so that being killed in between forgets nothing. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { childOf, readXmlRecords, type XmlNode } from '../../platform/xml.ts';
import { isAboveLimit, isPayerWithoutFunds, type Magic, magicNow } from '../magic.ts';
import type { Booked, Booking, SimulatorLedger } from '../simulator-ledger.ts';
import { endToEndIdOfIso } from './mapping.ts';
import { pain001Namespace } from './pain001.ts';
import type { Folders } from './simulator-folders.ts';
import { camt054Of, type Kept, pain002Of, type Refusal, type Reported } from './simulator-reports.ts';

export type AskedPayment = {
  readonly id: string;
  readonly payee: string;
  readonly amount: string;
  readonly currency: string;
};

export type AskedFile = {
  readonly messageId: string;
  readonly payer: string;
  readonly payments: readonly AskedPayment[];
  /** What is wrong with its totals. */
  readonly refusal?: Refusal;
};

export type Bank = {
  /** Carries out a file that lies in the outgoing folder, once, and reports. */
  carryOut(name: string): Promise<void>;
  /** Reports what became of a late payment, or that a paid one came back. */
  advise(entry: Booked<Kept>): Promise<void>;
  /** The payee's bank sends a payment back. */
  giveBack(entry: Booked<Kept>): Promise<void>;
  /** What a bank that was killed had begun. */
  resume(): Promise<void>;
};

export type BankOptions = {
  readonly ledger: SimulatorLedger<Kept>;
  readonly folders: Folders;
  readonly lateMs: number;
  readonly now: () => Date;
};

export function createBank({ ledger, folders, lateMs, now }: BankOptions): Bank {
  async function carryOut(name: string): Promise<void> {
    const file = await readPain001(await folders.read('out', name));
    const refusal = file.refusal ?? fundsRefusal(file.payer);
    const bookings = refusal ? [] : file.payments.map((payment) => booked(file, payment));
    await ledger.flushed();
    await folders.write('in', `pain002-${file.messageId}.xml`, pain002Of(file.messageId, now(), bookings, refusal));
    await folders.take(name);
  }

  /** As it was booked from this file before, where a bank that was killed had come so far. */
  function booked(file: AskedFile, payment: AskedPayment): Reported {
    const known = ledger.find(payment.id);
    if (known?.data.messageId === file.messageId) return known;
    const booking = bookingOf(file, payment);
    ledger.book(booking);
    return booking;
  }

  function fundsRefusal(payer: string): Refusal | undefined {
    if (!isPayerWithoutFunds(payer) || ledger.isFunded(payer)) return undefined;
    return { reason: 'AM04', text: 'Insufficient funds' };
  }

  function bookingOf({ messageId, payer }: AskedFile, { id, payee, amount, currency }: AskedPayment): Booking<Kept> {
    const at = now().getTime();
    const magic = magicNow(payee, ledger.sightsOf);
    const refusal = refusalOf(magic, amount);
    const isLate = magic === 'late' && !refusal;
    const isOpen = isLate || (magic === 'pending' && !refusal);
    return {
      id,
      executes: !refusal && !isOpen,
      state: refusal ? 'rejected' : isOpen ? 'pending' : 'completed',
      amount,
      currency,
      payer,
      payee,
      data: {
        messageId,
        at,
        reference: `BF${randomBytes(8).toString('hex')}`,
        status: refusal ? 'RJCT' : isLate ? 'ACSP' : isOpen ? 'PDNG' : 'ACSC',
        ...refusal,
        ...(isLate && { isLate }),
      },
      ...(isLate && { due: { at: at + lateMs, state: 'completed' as const } }),
    };
  }

  async function advise(entry: Booked<Kept>): Promise<void> {
    const returned = entry.data.isReturned ? { reason: 'AC04', text: 'Account closed' } : undefined;
    await folders.write('in', adviceName(entry), camt054Of(entry, now(), returned));
  }

  return {
    carryOut,
    advise,
    async giveBack({ executed: _, ...entry }) {
      ledger.book({ ...entry, executes: false, data: { ...entry.data, isReturned: true } });
      await ledger.flushed();
      await advise(ledger.find(entry.id)!);
    },
    async resume() {
      for (const name of folders.waiting()) await carryOut(name);
      for (const entry of ledger.all()) {
        const { isLate, isReturned } = entry.data;
        const isDone = entry.state === 'completed' && (isLate || isReturned);
        if (isDone && !folders.has('in', adviceName(entry))) await advise(entry);
      }
    },
  };
}

function adviceName({ id, data }: Booked<Kept>): string {
  return `camt054-${id}${data.isReturned ? '-return' : ''}.xml`;
}

function refusalOf(magic: Magic | undefined, amount: string): Refusal | undefined {
  if (magic === 'notFound') return { reason: 'AC01', text: 'Account not found' };
  if (magic === 'refused') return { reason: 'AC06', text: 'Inactive Account' };
  if (isAboveLimit(amount)) return { reason: 'AM02', text: 'Amount above limit' };
  return undefined;
}

/** Throws SyntaxError on what is no pain.001 with one payer. */
export async function readPain001(text: string): Promise<AskedFile> {
  const root = (_: string, namespace: string) => {
    if (namespace !== pain001Namespace) throw new SyntaxError('it is no pain.001.001.09');
  };
  const payments: AskedPayment[] = [];
  let group: XmlNode | undefined;
  let instruction: XmlNode | undefined;
  const names = new Set(['GrpHdr', 'CdtTrfTxInf', 'PmtInf']);
  for await (const { node } of readXmlRecords(Readable.from([text]), names, root)) {
    if (node.name === 'GrpHdr') group = node;
    else if (node.name === 'PmtInf') instruction = node;
    else payments.push(paymentOf(node));
  }
  const messageId = childOf(group, 'MsgId')?.text;
  const payer = accountIn(childOf(instruction, 'DbtrAcct'));
  if (!messageId || !payer || payments.length === 0) throw new SyntaxError('it has no MsgId, no payer or no payments');
  const isExact = [group, instruction].every((level) => isTotalOf(level, payments));
  const refusal = { reason: 'AM10', text: 'NbOfTxs or CtrlSum is not that of the payments' };
  return { messageId, payer, payments, ...(!isExact && { refusal }) };
}

function paymentOf(node: XmlNode): AskedPayment {
  const isoId = childOf(node, 'PmtId', 'EndToEndId')?.text ?? '';
  const amount = childOf(node, 'Amt', 'InstdAmt');
  const payee = accountIn(childOf(node, 'CdtrAcct'));
  if (!amount || !payee) throw new SyntaxError('a payment has no amount or no payee');
  return { id: endToEndIdOfIso(isoId) ?? isoId, payee, amount: amount.text, currency: amount.attributes.Ccy ?? '' };
}

function accountIn(account: XmlNode | undefined): string | undefined {
  return (childOf(account, 'Id', 'IBAN') ?? childOf(account, 'Id', 'Othr', 'Id'))?.text;
}

function isTotalOf(level: XmlNode | undefined, payments: readonly AskedPayment[]): boolean {
  const sum = payments.reduce((total, { amount }) => total + scaled(amount), 0n);
  const isCount = childOf(level, 'NbOfTxs')?.text === String(payments.length);
  return isCount && scaled(childOf(level, 'CtrlSum')?.text ?? '') === sum;
}

/** Hundred-thousandths, as the schema allows no more than five decimals. */
function scaled(amount: string): bigint {
  const [whole = '', fraction = ''] = amount.split('.');
  return BigInt(whole + fraction.padEnd(5, '0'));
}
