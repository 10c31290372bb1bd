/** ISO 20022 payment initiations (pain.001.001.03 to .13) read as a stream: a credit transfer at a time, its shape checked, its totals counted. */
import { isFuture, shapeProblems, totalOf, totalText } from './pain001-shape.ts';
import { childOf, readXmlRecords, type XmlNode } from './xml.ts';

export type IsoAccount = { readonly iban?: string; readonly other?: string; readonly scheme?: string };

export type CreditTransfer = {
  /** From 1, over all instructions of the file. */
  readonly n: number;
  readonly instructionId: string;
  readonly serviceLevel?: string;
  readonly debtor: IsoAccount;
  readonly id?: string;
  readonly endToEndId: string;
  /** As it is written. */
  readonly amount: string;
  readonly currency: string;
  readonly creditor: IsoAccount;
  readonly creditorName?: string;
  readonly creditorBic?: string;
  /** Of the creditor's agent in its clearing system. */
  readonly creditorMember?: string;
  readonly remittance: string;
};

export type Pain001Header = {
  readonly messageId: string;
  /** `pain.001.001.09`. */
  readonly messageName: string;
  readonly count: number;
};

export type Pain001Options = {
  /** Hears of the message before its transfers. */
  readonly onHeader?: (header: Pain001Header) => void;
  /** Where it is given, no instruction may be for later. */
  readonly now?: Date;
};

export type Pain001Problem = { readonly element: string; readonly line: number; readonly message: string };

/** The file is none that can be paid: elements that are missing, misplaced or misshapen, or totals that are not those of its payments. */
export class BrokenPain001 extends Error {
  override name = 'BrokenPain001';
  readonly problems: readonly Pain001Problem[];
  constructor(problems: readonly Pain001Problem[]) {
    super(problems.map(({ element, line, message }) => `line ${line}, ${element}: ${message}`).join('; '));
    this.problems = problems;
  }
}

const problemsMax = 20;
const batchTransfers = 500;
const recordNames = new Set(['GrpHdr', 'PmtInf', 'CdtTrfTxInf']);
const rootPath = 'Document/CstmrCdtTrfInitn';

/** Transfers in the file's order. Throws BrokenPain001 once the file is known to be broken. */
export async function* readPain001(
  source: AsyncIterable<Uint8Array | string>,
  options: Pain001Options = {},
): AsyncGenerator<CreditTransfer[]> {
  const problems: Pain001Problem[] = [];
  const reader = createReader(problems, options);
  let ready: CreditTransfer[] = [];
  try {
    for await (const { node, ancestors } of readXmlRecords(source, recordNames, reader.root)) {
      const transfer = reader.read(node, ancestors);
      if (problems.length >= problemsMax) break;
      if (transfer && problems.length === 0) ready.push(transfer);
      if (ready.length < batchTransfers) continue;
      yield ready;
      ready = [];
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    problems.push({ element: rootPath, line: reader.line(), message: error.message });
  }
  if (problems.length === 0) reader.end();
  if (problems.length > 0) throw new BrokenPain001(problems.slice(0, problemsMax));
  if (ready.length > 0) yield ready;
}

type Totals = { count: number; sum: bigint };

function createReader(problems: Pain001Problem[], { onHeader, now }: Pain001Options) {
  let messageName = '';
  let group: XmlNode | undefined;
  const whole: Totals = { count: 0, sum: 0n };
  const instructionIds = new Set<string>();
  let part: Totals & { instructions: number; firstAt: number } = { count: 0, sum: 0n, instructions: 0, firstAt: 0 };
  let lastLine = 1;
  const problem = (node: XmlNode, path: string, message: string) =>
    void problems.push({ element: path, line: node.line, message });

  function readGroup(node: XmlNode): void {
    const path = `${rootPath}/GrpHdr`;
    problems.push(...shapeProblems(node, 'GrpHdr', path));
    if (group) problem(node, path, 'comes a second time');
    if (part.instructions > 0) problem(node, path, 'comes after the first PmtInf');
    group = node;
    const count = Number(textOf(node, 'NbOfTxs'));
    if (problems.length === 0) onHeader?.({ messageId: textOf(node, 'MsgId')!, messageName, count });
  }

  function readTransfer(node: XmlNode, ancestors: readonly XmlNode[]): CreditTransfer | undefined {
    const instruction = ancestors[2];
    const path = `${rootPath}/PmtInf[${part.instructions + 1}]/CdtTrfTxInf[${part.count + 1}]`;
    if (!group) problem(node, path, 'comes before GrpHdr');
    if (ancestors.length !== 3 || instruction?.name !== 'PmtInf') {
      problem(node, path, 'stands elsewhere than in a PmtInf');
      return undefined;
    }
    if (part.count === 0) {
      part.firstAt = node.at;
      const above = `${rootPath}/PmtInf[${part.instructions + 1}]`;
      problems.push(...shapeProblems(before(instruction, node.at), 'PmtInf', above));
      readInstruction(instruction, above);
    }
    const wrong = shapeProblems(node, 'CdtTrfTxInf', path);
    problems.push(...wrong);
    part.count += 1;
    whole.count += 1;
    if (wrong.length > 0) return undefined;
    const transfer = transferOf(node, instruction, whole.count);
    const minor = totalOf(transfer.amount) ?? 0n;
    part.sum += minor;
    whole.sum += minor;
    return transfer;
  }

  function readInstruction(node: XmlNode, path: string): void {
    const id = textOf(node, 'PmtInfId') ?? '';
    if (instructionIds.has(id))
      problem(node, `${path}/PmtInfId`, 'is that of another PmtInf of the file: write one that is not');
    instructionIds.add(id);
    const date = childOf(node, 'ReqdExctnDt');
    if (!date || !now || !isFuture(date, now)) return;
    const today = now.toISOString().slice(0, 10);
    problem(
      date,
      `${path}/ReqdExctnDt`,
      `is later than today, ${today} (UTC): the hub pays at once, so send it on that day`,
    );
  }

  function endInstruction(node: XmlNode): void {
    const path = `${rootPath}/PmtInf[${part.instructions + 1}]`;
    if (part.count === 0) problem(node, path, 'has no CdtTrfTxInf: write one per payment, or leave the PmtInf out');
    const late = node.children.find(({ at }) => part.count > 0 && at > part.firstAt);
    if (late) problem(late, `${path}/${late.name}`, 'stands after CdtTrfTxInf, where the standard has it before');
    checkTotals(node, path, part);
    part = { count: 0, sum: 0n, instructions: part.instructions + 1, firstAt: 0 };
  }

  /** What stands there must be what was counted. */
  function checkTotals(node: XmlNode, path: string, { count, sum }: Totals): void {
    const saidCount = textOf(node, 'NbOfTxs');
    const saidSum = textOf(node, 'CtrlSum');
    if (saidCount !== undefined && Number(saidCount) !== count) {
      problem(node, `${path}/NbOfTxs`, `says ${saidCount}, there are ${count}: mend it, or send the file as a whole`);
    }
    if (saidSum !== undefined && totalOf(saidSum) !== sum) {
      problem(node, `${path}/CtrlSum`, `says ${saidSum}, the amounts add up to ${totalText(sum)}`);
    }
  }

  return {
    line: () => lastLine,
    root(name: string, namespace: string): void {
      const known = /^urn:iso:std:iso:20022:tech:xsd:(pain\.001\.001\.(0[3-9]|1[0-3]))$/.exec(namespace);
      if (name !== 'Document' || !known)
        throw new SyntaxError('it is no Document of urn:iso:std:iso:20022:tech:xsd:pain.001.001.03 to .13');
      messageName = known[1]!;
    },
    read(node: XmlNode, ancestors: readonly XmlNode[]): CreditTransfer | undefined {
      lastLine = node.line;
      if (ancestors[1]?.name !== 'CstmrCdtTrfInitn') {
        problem(node, node.name, 'stands elsewhere than in a CstmrCdtTrfInitn');
        return undefined;
      }
      if (node.name === 'GrpHdr') readGroup(node);
      else if (node.name === 'PmtInf') endInstruction(node);
      else return readTransfer(node, ancestors);
      return undefined;
    },
    end(): void {
      if (!group) problems.push({ element: `${rootPath}/GrpHdr`, line: lastLine, message: 'is missing' });
      else if (whole.count === 0) problem(group, rootPath, 'has no payments');
      else checkTotals(group, `${rootPath}/GrpHdr`, whole);
    },
  };
}

/** As it was there: more of it may have been read meanwhile. */
function before(node: XmlNode, at: number): XmlNode {
  return { ...node, children: node.children.filter((child) => child.at < at) };
}

const textOf = (node: XmlNode | undefined, ...path: string[]) => childOf(node, ...path)?.text || undefined;

function transferOf(node: XmlNode, instruction: XmlNode, n: number): CreditTransfer {
  const amount = childOf(node, 'Amt', 'InstdAmt');
  const agent = childOf(node, 'CdtrAgt', 'FinInstnId');
  const remittance = childOf(node, 'RmtInf')?.children.filter(({ name }) => name === 'Ustrd') ?? [];
  return {
    n,
    instructionId: textOf(instruction, 'PmtInfId')!,
    serviceLevel: serviceLevelOf(node) ?? serviceLevelOf(instruction),
    debtor: accountOf(childOf(instruction, 'DbtrAcct')),
    id: textOf(node, 'PmtId', 'InstrId'),
    endToEndId: textOf(node, 'PmtId', 'EndToEndId')!,
    amount: amount?.text ?? '',
    currency: amount?.attributes.Ccy ?? '',
    creditor: accountOf(childOf(node, 'CdtrAcct')),
    creditorName: textOf(node, 'Cdtr', 'Nm'),
    creditorBic: textOf(agent, 'BICFI') ?? textOf(agent, 'BIC'),
    creditorMember: textOf(agent, 'ClrSysMmbId', 'MmbId'),
    remittance: remittance.map(({ text }) => text).join(' '),
  };
}

/** The first, by its code or the words that sender and hub have agreed on. */
function serviceLevelOf(node: XmlNode): string | undefined {
  const level = childOf(node, 'PmtTpInf')?.children.find(({ name }) => name === 'SvcLvl');
  return textOf(level, 'Cd') ?? textOf(level, 'Prtry');
}

/** `scheme`: what the other identification is one of, such as MSISDN; a proxy stands in for an account. */
function accountOf(account: XmlNode | undefined): IsoAccount {
  const iban = textOf(account, 'Id', 'IBAN');
  if (iban) return { iban };
  const other = childOf(account, 'Id', 'Othr');
  const [id, scheme] = other
    ? [textOf(other, 'Id'), textOf(other, 'SchmeNm', 'Prtry') ?? textOf(other, 'SchmeNm', 'Cd')]
    : [textOf(account, 'Prxy', 'Id'), textOf(account, 'Prxy', 'Tp', 'Prtry') ?? textOf(account, 'Prxy', 'Tp', 'Cd')];
  return { ...(id && { other: id }), ...(scheme && { scheme }) };
}
