/** The shape of a payment initiation, as far as the hub reads it: which elements stand where, how often, and what their texts are. ISO 20022. */
import { shapeOf } from '../domain/money.ts';
import type { Pain001Problem } from './pain001.ts';
import type { XmlNode } from './xml.ts';

/** `Name` must be there once, `Name?` may, `Name*` as often as it likes; `Name=kind` says what its text is; in their order. */
const shapes: Readonly<Record<string, string>> = {
  GrpHdr: 'MsgId=35 CreDtTm=moment Authstn* NbOfTxs=count CtrlSum?=decimal InitgPty FwdgAgt? InitnSrc?',
  PmtInf:
    'PmtInfId=35 PmtMtd=transfer ReqdAdvcTp? BtchBookg? NbOfTxs?=count CtrlSum?=decimal PmtTpInf? ReqdExctnDt=date PoolgAdjstmntDt? Dbtr ' +
    'DbtrAcct DbtrAgt DbtrAgtAcct? InstrForDbtrAgt? UltmtDbtr? ChrgBr? ChrgsAcct? ChrgsAcctAgt?',
  CdtTrfTxInf:
    'PmtId PmtTpInf? Amt XchgRateInf? ChrgBr? MndtRltdInf? ChqInstr? UltmtDbtr? IntrmyAgt1? IntrmyAgt1Acct? IntrmyAgt2? IntrmyAgt2Acct? ' +
    'IntrmyAgt3? IntrmyAgt3Acct? CdtrAgt? CdtrAgtAcct? Cdtr? CdtrAcct? UltmtCdtr? InstrForCdtrAgt* InstrForDbtrAgt? Purp? RgltryRptg* Tax? ' +
    'RltdRmtInf* RmtInf? SplmtryData*',
  PmtId: 'InstrId?=35 EndToEndId=35 UETR?',
  Amt: 'InstdAmt=money',
  RmtInf: 'Ustrd*=140 Strd*',
};

type Slot = { readonly name: string; readonly min: 0 | 1; readonly isMany: boolean; readonly kind?: string };
const slotsOf = new Map<string, readonly Slot[]>(
  Object.entries(shapes).map(([name, text]) => [name, text.split(' ').map(slotOf)]),
);

function slotOf(text: string): Slot {
  const [, name = '', often = '', kind] = /^(\w+)([?*]?)(?:=(\w+))?$/.exec(text) ?? [];
  return { name, min: often === '' ? 1 : 0, isMany: often === '*', ...(kind && { kind }) };
}

/** All that is wrong with the element and those in it that have a shape here. */
export function shapeProblems(node: XmlNode, shape: string, path: string): Pain001Problem[] {
  const slots = slotsOf.get(shape)!;
  const problems: Pain001Problem[] = [];
  const problem = (at: XmlNode, name: string, message: string) =>
    void problems.push({ element: name ? `${path}/${name}` : path, line: at.line, message });
  let at = 0;
  let seen = 0;
  for (const child of node.children) {
    const place = slots.findIndex(({ name }) => name === child.name);
    if (place < 0) {
      const cure =
        child.name === 'EqvtAmt' ? 'is not supported: write InstdAmt' : `is not known in ${shape}: leave it out`;
      problem(child, child.name, cure);
      continue;
    }
    if (place < at) {
      problem(child, child.name, `stands after ${slots[at]!.name}, where the standard has it before`);
      continue;
    }
    missing(at + (seen > 0 ? 1 : 0), place);
    seen = place === at && seen > 0 ? seen + 1 : 1;
    at = place;
    if (seen > 1 && !slots[place]!.isMany) problem(child, child.name, 'comes a second time: write it once');
    const wrong = slots[place]!.kind === undefined ? undefined : textProblem(child, slots[place]!.kind!);
    if (wrong) problem(child, child.name, wrong);
    if (slotsOf.has(child.name)) problems.push(...shapeProblems(child, child.name, `${path}/${child.name}`));
  }
  missing(at + (seen > 0 ? 1 : 0), slots.length);
  return problems;

  function missing(from: number, to: number): void {
    for (const { name, min, kind } of slots.slice(from, to)) {
      if (min > 0) problem(node, name, kind === undefined ? 'is missing' : `is missing: write ${wordsOf(kind)}`);
    }
  }
}

const words: Readonly<Record<string, string>> = {
  money: 'an amount of 18 digits at most, 5 of them decimals, such as <InstdAmt Ccy="USD">1250.50</InstdAmt>',
  count: 'a whole number of up to 15 digits',
  decimal: 'a decimal number such as 1250.50',
  transfer: 'TRF: the hub carries credit transfers only',
  moment: 'a moment such as 2026-11-28T09:30:00Z',
  date: 'a date such as <Dt>2026-11-28</Dt>',
};

/** What stands there of this kind. */
function wordsOf(kind: string): string {
  return words[kind] ?? `1 to ${kind} characters`;
}

function textProblem(node: XmlNode, kind: string): string | undefined {
  const { text, attributes } = node;
  const wrong = (is = shapeOf(text)) => `is ${is}: write ${wordsOf(kind)}`;
  if (kind === 'money') {
    if (!/^[A-Z]{3}$/.test(attributes.Ccy ?? '')) return 'has no Ccy of three capital letters, such as Ccy="USD"';
    return isAmount(text) ? undefined : wrong();
  }
  if (kind === 'count') return /^\d{1,15}$/.test(text) ? undefined : wrong();
  if (kind === 'decimal') return totalOf(text) === undefined ? wrong() : undefined;
  if (kind === 'transfer') return text === 'TRF' ? undefined : wrong();
  if (kind === 'moment') return isMoment(text) ? undefined : wrong();
  if (kind === 'date') return isDateChoice(node) ? undefined : wrong(shapeOf(dateTextOf(node)));
  if (kind === '35' && /\p{Cc}/u.test(text)) return wrong('text with a character that cannot be printed');
  const length = [...text].length;
  return length > 0 && length <= Number(kind) ? undefined : wrong();
}

function isAmount(text: string): boolean {
  return /^\d{1,18}(\.\d{1,5})?$/.test(text) && text.replace('.', '').replace(/^0+/, '').length <= 18;
}

function isMoment(text: string): boolean {
  const [, date = ''] = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? [];
  return isDate(date) && !Number.isNaN(Date.parse(text));
}

function isDate(text: string): boolean {
  const [, date = ''] = /^(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? [];
  const at = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
}

/** A date by itself until .03, a choice of date and moment from .08 on. */
function isDateChoice({ text, children }: XmlNode): boolean {
  const [choice, ...more] = children;
  if (choice === undefined) return isDate(text);
  if (more.length > 0) return false;
  return (choice.name === 'Dt' && isDate(choice.text)) || (choice.name === 'DtTm' && isMoment(choice.text));
}

function dateTextOf({ text, children }: XmlNode): string {
  return children[0]?.text ?? text;
}

/** What clocks may differ by. */
const skewMs = 5 * 60_000;

/** A day that has not begun in UTC, or a moment that has not come. */
export function isFuture(date: XmlNode, now: Date): boolean {
  const text = dateTextOf(date);
  if (isMoment(text)) return Date.parse(text) > now.getTime() + skewMs;
  return text.slice(0, 10) > now.toISOString().slice(0, 10);
}

const decimals = 17;

/** A sum in units of 10^-17, the schema's finest; undefined where the text is no decimal number. */
export function totalOf(text: string): bigint | undefined {
  const parts = /^\+?(\d{1,18})(?:\.(\d{0,17}))?$/.exec(text);
  return parts ? BigInt(parts[1]! + (parts[2] ?? '').padEnd(decimals, '0')) : undefined;
}

/** The same as text, without zeros at its end. */
export function totalText(total: bigint): string {
  const digits = total.toString().padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`.replace(/\.?0+$/, '');
}
