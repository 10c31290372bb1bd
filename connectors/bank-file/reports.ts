/** Reads what a bank says of payments: pain.002 status reports, and the entries of camt.053 statements and camt.054 advices. */
import { parseMoney } from '../../domain/money.ts';
import type { Payment } from '../../domain/payment.ts';
import { childOf, readXmlRecords, type XmlNode } from '../../platform/xml.ts';
import type { Answer } from '../rail.ts';
import { accountOf, meaningOf, refusalOf } from './mapping.ts';

/** What a file says of one payment, or of all payments of an instruction or a message. */
export type Word = {
  /** The MsgId that it is about; absent in entries of an account. */
  readonly messageId?: string;
  /** Of a payment before of its instruction before of its file. */
  readonly rank: 'payment' | 'instruction' | 'message';
  readonly answer: Answer;
  /** Money that was paid came back. */
  readonly isReturn?: boolean;
};

/** `words`: of single payments, by 32 characters; `whole`: of all. */
type Words = { readonly words: ReadonlyMap<string, readonly Word[]>; readonly whole: readonly Word[] };

export type Report =
  /** About this message of somebody, and not read further. */
  | { readonly kind: 'other'; readonly messageId: string }
  | ({ readonly kind: 'status'; readonly messageId: string } & Words)
  /** `ids`: every EndToEndId in it. */
  | ({ readonly kind: 'entries'; readonly ids: ReadonlySet<string> } & Words);

export type Wanted = {
  /** By 32 characters. */
  readonly payments: ReadonlyMap<string, Payment>;
  readonly isOurs: (messageId: string) => boolean;
};

/** The file as a whole; throws SyntaxError on one that is broken anywhere or no report, of which nothing is to be believed. */
export async function readReport(source: AsyncIterable<Uint8Array | string>, wanted: Wanted): Promise<Report> {
  let kind: string | undefined;
  const root = (name: string, namespace: string) => {
    kind = kindOfReport(name, namespace);
  };
  const state = {
    words: new Map<string, Word[]>(),
    whole: [] as Word[],
    ids: new Set<string>(),
    entry: noEntry,
    messageId: undefined as string | undefined,
  };
  for await (const { node, ancestors } of readXmlRecords(source, recordNames, root)) {
    if (kind !== 'pain.002') readEntry(node, ancestors, wanted, state);
    else if (node.name === 'OrgnlGrpInfAndSts') {
      state.messageId = messageIdOf(node);
      if (!wanted.isOurs(state.messageId)) return { kind: 'other', messageId: state.messageId };
      state.whole.push(...wholeWord(node, 'GrpSts', 'message', state.messageId));
    } else readStatus(node, ancestors, wanted, state);
  }
  const { messageId, ids, words, whole } = state;
  if (kind !== 'pain.002') return { kind: 'entries', ids, words, whole };
  if (messageId === undefined) throw new SyntaxError('it names no message');
  return { kind: 'status', messageId, words, whole };
}

/** By the outermost element; throws SyntaxError on what is no report. */
export function kindOfReport(name: string, namespace: string): string {
  const kind = /^urn:iso:std:iso:20022:tech:xsd:(pain\.002|camt\.05[34])\.001\.\d\d$/.exec(namespace)?.[1];
  if (name !== 'Document' || !kind) throw new SyntaxError('it is neither pain.002 nor camt.053 nor camt.054');
  return kind;
}

export const recordNames = new Set(['OrgnlGrpInfAndSts', 'OrgnlPmtInfAndSts', 'TxInfAndSts', 'Ntry', 'TxDtls']);

type State = {
  readonly words: Map<string, Word[]>;
  readonly whole: Word[];
  readonly ids: Set<string>;
  entry: Entry;
  messageId: string | undefined;
};

export const textOf = (node: XmlNode | undefined, ...path: string[]) => childOf(node, ...path)?.text || undefined;

function messageIdOf(group: XmlNode): string {
  const id = textOf(group, 'OrgnlMsgId');
  if (!id) throw new SyntaxError('it names no message');
  // A report about a direct debit or a cancellation is none about payments.
  if (!textOf(group, 'OrgnlMsgNmId')?.startsWith('pain.001')) throw new SyntaxError('it is about no pain.001');
  return id;
}

/** The status of a whole message or instruction, where there is one. */
function wholeWord(node: XmlNode, field: string, rank: Word['rank'], messageId: string): Word[] {
  const status = textOf(node, field);
  return status ? [{ messageId, rank, answer: answerOf(status, node) }] : [];
}

function readStatus(node: XmlNode, ancestors: readonly XmlNode[], { payments }: Wanted, state: State): void {
  const { messageId } = state;
  if (messageId === undefined) throw new SyntaxError('it names no message before its payments');
  const instruction =
    node.name === 'OrgnlPmtInfAndSts' ? node : ancestors.find(({ name }) => name === 'OrgnlPmtInfAndSts');
  const isOfMessage = textOf(instruction, 'OrgnlPmtInfId') === messageId;
  if (node.name === 'OrgnlPmtInfAndSts') {
    if (isOfMessage) state.whole.push(...wholeWord(node, 'PmtInfSts', 'instruction', messageId));
    return;
  }
  const id = textOf(node, 'OrgnlEndToEndId');
  const payment = id ? payments.get(id) : undefined;
  if (!id || !payment) return;
  const status = textOf(node, 'TxSts');
  const doubt = !isOfMessage ? 'it stands in an instruction that is not ours' : statusDoubt(node, id, payment);
  // An instruction's status is that of each payment in it which has none of its own.
  if (!status && !doubt) return;
  const answer = doubt ? doubtful(doubt) : answerOf(status ?? '', node, textOf(node, 'AcctSvcrRef'));
  const isTwin = state.words.has(id);
  const said = isTwin ? doubtful('it is reported twice in one file') : answer;
  state.words.set(id, [{ messageId, rank: 'payment', answer: said }]);
}

/** What the status of a payment says otherwise than the payment. */
export function statusDoubt(node: XmlNode, id: string, payment: Payment): string | undefined {
  return (
    instructedDoubt(node, id) ??
    moneyDoubt(childOf(node, 'OrgnlTxRef', 'Amt', 'InstdAmt'), payment) ??
    partyDoubt(node, payment)
  );
}

function instructedDoubt(node: XmlNode, id: string): string | undefined {
  const instructionId = textOf(node, 'OrgnlInstrId');
  return instructionId && instructionId !== id ? 'it is reported with another InstrId' : undefined;
}

/** Says what differs, where the report repeats the amount. */
function moneyDoubt(amount: XmlNode | undefined, { amount: asked }: Payment): string | undefined {
  if (!amount) return undefined;
  if (amount.attributes.Ccy !== asked.currency) return 'it is reported in another currency';
  return isSame(amount.text, asked) ? undefined : 'it is reported with another amount';
}

function isSame(text: string, asked: Payment['amount']): boolean {
  try {
    return parseMoney(text, asked.currency).minor === asked.minor;
  } catch {
    return false;
  }
}

function partyDoubt(node: XmlNode, { payer, payee }: Payment): string | undefined {
  const said = (name: string) => accountIn(childOf(node, 'OrgnlTxRef', name));
  const differs = (account: string | undefined, party: Payment['payee']) =>
    account !== undefined && account !== nameOf(party);
  return differs(said('CdtrAcct'), payee) || differs(said('DbtrAcct'), payer)
    ? 'it is reported with another account'
    : undefined;
}

function accountIn(account: XmlNode | undefined): string | undefined {
  return textOf(account, 'Id', 'IBAN') ?? textOf(account, 'Id', 'Othr', 'Id');
}

function nameOf(party: Payment['payee']): string {
  const { iban, other } = accountOf(party);
  return iban ?? other ?? '';
}

export function answerOf(status: string, node: XmlNode, reference?: string): Answer {
  const meaning = meaningOf(status);
  if (meaning === undefined) return doubtful('the bank uses a status that is none of the standard');
  if (meaning === 'paid') return { kind: 'completed', ...(reference && { reference }) };
  const { codes, text } = reasonsOf(node.children.filter(({ name }) => name === 'StsRsnInf'));
  if (meaning === 'underWay') return { kind: 'accepted', text: [status, ...codes].join(' ') };
  return refusalOf(status, codes, text);
}

function reasonsOf(infos: readonly XmlNode[]): { codes: string[]; text: string } {
  const codes = infos.flatMap((info) => textOf(info, 'Rsn', 'Cd') ?? textOf(info, 'Rsn', 'Prtry') ?? []);
  const texts = infos.flatMap(({ children }) =>
    children.filter(({ name }) => name === 'AddtlInf').map(({ text }) => text),
  );
  return { codes: codes.slice(0, 5), text: texts.join(' ').slice(0, 500) };
}

function doubtful(text: string): Answer {
  return { kind: 'unknown', text };
}

/** Of the entry that is being read: how many payments it holds, and the one that relies on the entry's amount. */
export type Entry = { readonly count: number; readonly bare?: XmlNode };
export const noEntry: Entry = { count: 0 };

function readEntry(node: XmlNode, ancestors: readonly XmlNode[], wanted: Wanted, state: State): void {
  if (node.name === 'TxDtls') {
    const entry = ancestors.find(({ name }) => name === 'Ntry');
    const amount = amountIn(node);
    state.entry = { count: state.entry.count + 1, bare: amount ? state.entry.bare : node };
    if (entry && amount) noteEntry(node, entry, amount, accountAbove(ancestors), wanted, state);
    return;
  }
  const { count, bare } = state.entry;
  state.entry = noEntry;
  // An entry of one payment is booked with that payment's amount; one of many without amounts says nothing of each.
  if (bare)
    noteEntry(bare, node, count === 1 ? childOf(node, 'Amt') : undefined, accountAbove(ancestors), wanted, state);
}

export function amountIn(details: XmlNode): XmlNode | undefined {
  return (
    childOf(details, 'Amt') ??
    childOf(details, 'AmtDtls', 'TxAmt', 'Amt') ??
    childOf(details, 'AmtDtls', 'InstdAmt', 'Amt')
  );
}

export function accountAbove(ancestors: readonly XmlNode[]): string | undefined {
  const holder = ancestors.find(({ name }) => name === 'Stmt' || name === 'Ntfctn');
  return accountIn(childOf(holder, 'Acct'));
}

function noteEntry(
  details: XmlNode,
  entry: XmlNode,
  amount: XmlNode | undefined,
  account: string | undefined,
  { payments, isOurs }: Wanted,
  { words, ids }: State,
): void {
  const id = textOf(details, 'Refs', 'EndToEndId');
  if (!id) return;
  ids.add(id);
  const payment = payments.get(id);
  // The payee may be a customer of the same bank: an entry of another account is not ours to read.
  if (!payment || (account !== undefined && account !== nameOf(payment.payer))) return;
  const saidMessage = textOf(details, 'Refs', 'MsgId');
  const isOther = account !== undefined && saidMessage !== undefined && !isOurs(saidMessage);
  const doubt = isOther ? 'it is booked for another message' : entryDoubt(account, amount, payment);
  const answer = doubt ? doubtful(doubt) : bookedAnswer(details, entry);
  const word: Word = { rank: 'payment', answer, isReturn: answer.kind === 'rejected' };
  words.set(id, [...(words.get(id) ?? []), word]);
}

/** What an entry says otherwise than the payment. */
export function entryDoubt(
  account: string | undefined,
  amount: XmlNode | undefined,
  payment: Payment,
): string | undefined {
  if (account === undefined) return 'it is booked on no account';
  if (account !== nameOf(payment.payer)) return 'it is booked on another account';
  return amount ? moneyDoubt(amount, payment) : 'it is booked without an amount of its own';
}

/** A debit is paid; money that came back is a refusal with the reason of its return. */
function bookedAnswer(details: XmlNode, entry: XmlNode): Answer {
  const status = textOf(entry, 'Sts', 'Cd') ?? textOf(entry, 'Sts');
  if (status === 'PDNG' || status === 'INFO') return { kind: 'accepted', text: `entry ${status}` };
  if (status !== 'BOOK') return doubtful('its entry is neither booked nor pending');
  const side = textOf(details, 'CdtDbtInd') ?? textOf(entry, 'CdtDbtInd');
  const isBack = childOf(details, 'RtrInf') !== undefined || textOf(entry, 'RvslInd') === 'true';
  if (side === 'DBIT' && !isBack) {
    const reference = textOf(details, 'Refs', 'AcctSvcrRef') ?? textOf(entry, 'AcctSvcrRef');
    return { kind: 'completed', ...(reference && { reference }) };
  }
  const { code, text } = returnIn(details, entry) ?? {};
  if (!code || !text)
    return doubtful(side === 'CRDT' ? 'its entry is a credit' : 'its entry is a debit that is returned');
  return { kind: 'rejected', code: 424, railCode: `return ${code}`, text };
}

/** Code and words of a booked credit that gives a payment back; undefined for any other entry. */
export function returnIn(details: XmlNode, entry: XmlNode): { code: string; text: string } | undefined {
  const status = textOf(entry, 'Sts', 'Cd') ?? textOf(entry, 'Sts');
  const side = textOf(details, 'CdtDbtInd') ?? textOf(entry, 'CdtDbtInd');
  const returned = childOf(details, 'RtrInf');
  const isBack = returned !== undefined || textOf(entry, 'RvslInd') === 'true';
  if (status !== 'BOOK' || side !== 'CRDT' || !isBack) return undefined;
  const code = textOf(returned, 'Rsn', 'Cd') ?? textOf(returned, 'Rsn', 'Prtry') ?? 'RvslInd';
  return { code, text: textOf(returned, 'AddtlInf') ?? 'returned' };
}
