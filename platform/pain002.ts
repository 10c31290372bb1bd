/** An ISO 20022 status report (pain.002.001.10) about a payment initiation, written piece by piece. */
import type { CreditTransfer } from './pain001.ts';
import { xmlText } from './xml.ts';

export const pain002Namespace = 'urn:iso:std:iso:20022:tech:xsd:pain.002.001.10';

/** Settled, refused, cancelled, not known yet: of ExternalPaymentTransactionStatus1Code. */
export const transactionStatuses = ['PDNG', 'ACSC', 'RJCT', 'CANC'] as const;
export type TransactionStatus = (typeof transactionStatuses)[number];

export type ReportedTransfer = {
  readonly transfer: CreditTransfer;
  readonly status: TransactionStatus;
  /** ExternalStatusReason1Code. */
  readonly reason?: string;
  readonly text?: string;
  readonly reference?: string;
};

export type StatusReport = {
  /** 35 characters at most. */
  readonly id: string;
  readonly at: Date;
  readonly messageId: string;
  readonly messageName: string;
  readonly counts: Readonly<Partial<Record<TransactionStatus, number>>>;
};

const wordsMax = 105;
const wordsPieces = 5;

/** What stands before the payments. */
export function reportHead({ id, at, messageId, messageName, counts }: StatusReport): string {
  const known = (Object.entries(counts) as [TransactionStatus, number][]).filter(([, n]) => n > 0);
  const total = known.reduce((sum, [, n]) => sum + n, 0);
  const each = known.map(
    ([word, n]) => `<NbOfTxsPerSts><DtldNbOfTxs>${n}</DtldNbOfTxs><DtldSts>${word}</DtldSts></NbOfTxsPerSts>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${pain002Namespace}"><CstmrPmtStsRpt><GrpHdr><MsgId>${id}</MsgId><CreDtTm>${at.toISOString().slice(0, 19)}Z</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>${xmlText(messageId)}</OrgnlMsgId><OrgnlMsgNmId>${messageName}</OrgnlMsgNmId><OrgnlNbOfTxs>${total}</OrgnlNbOfTxs><GrpSts>${groupStatusOf(counts)}</GrpSts>${each.join('')}</OrgnlGrpInfAndSts>\n`;
}

/** The standard has no word for a group that was cancelled: like one that was refused, nothing of it is paid. */
function groupStatusOf({ ACSC = 0, PDNG = 0, RJCT = 0, CANC = 0 }: StatusReport['counts']): string {
  if (ACSC + PDNG === 0) return 'RJCT';
  if (ACSC + RJCT + CANC === 0) return 'PDNG';
  return PDNG + RJCT + CANC === 0 ? 'ACSC' : 'PART';
}

/** Writes payments in the order of their message, each instruction's together; `end` closes what is open. */
export function createReportBody() {
  let instruction: string | undefined;
  const close = () => (instruction === undefined ? '' : '</OrgnlPmtInfAndSts>\n');
  return {
    add(reported: ReportedTransfer): string {
      const { instructionId } = reported.transfer;
      if (instructionId === instruction) return transactionXml(reported);
      const opened = `${close()}<OrgnlPmtInfAndSts><OrgnlPmtInfId>${xmlText(instructionId)}</OrgnlPmtInfId>\n`;
      instruction = instructionId;
      return opened + transactionXml(reported);
    },
    end: () => `${close()}</CstmrPmtStsRpt></Document>\n`,
  };
}

function transactionXml({ transfer, status, reason, text = '', reference }: ReportedTransfer): string {
  const { id, endToEndId, amount, currency } = transfer;
  const original = `${id ? `<OrgnlInstrId>${xmlText(id)}</OrgnlInstrId>` : ''}<OrgnlEndToEndId>${xmlText(endToEndId)}</OrgnlEndToEndId>`;
  const words = piecesOf(text, wordsMax).slice(0, wordsPieces).map(elementOf('AddtlInf'));
  const why = reason ? `<StsRsnInf><Rsn><Cd>${reason}</Cd></Rsn>${words.join('')}</StsRsnInf>` : '';
  const bank =
    reference === undefined ? '' : piecesOf(reference, 35).slice(0, 1).map(elementOf('AcctSvcrRef')).join('');
  return `<TxInfAndSts>${original}<TxSts>${status}</TxSts>${why}${bank}<OrgnlTxRef><Amt><InstdAmt Ccy="${currency}">${amount}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>\n`;
}

const elementOf = (name: string) => (text: string) => `<${name}>${xmlText(text)}</${name}>`;

/** In one line, without what XML has no letters for, in pieces of the standard's length. */
function piecesOf(text: string, lettersMax: number): string[] {
  const letters = [...text.replace(/[\p{C}\s]+/gu, ' ').trim()];
  return Array.from({ length: Math.ceil(letters.length / lettersMax) }, (_, i) =>
    letters.slice(i * lettersMax, (i + 1) * lettersMax).join(''),
  );
}
