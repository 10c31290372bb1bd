/** A pain.001.001.09 document, written piece by piece: one payment instruction of one payer, currency and day. ISO 20022. */
import { xmlText } from '../../platform/xml.ts';

export type Account = { readonly iban?: string; readonly other?: string };

export type Transaction = {
  /** 32 characters. */
  readonly endToEndId: string;
  /** Decimal string with the currency's digits. */
  readonly amount: string;
  readonly currency: string;
  readonly name: string;
  readonly account: Account;
  readonly bic?: string;
  readonly remittance?: string;
};

export type Instruction = {
  /** MsgId and PmtInfId, 32 to 35 characters. */
  readonly id: string;
  readonly at: Date;
  readonly count: number;
  /** Sum of the amounts, a decimal string. */
  readonly sum: string;
  readonly debtorName: string;
  readonly debtorAccount: Account;
  readonly debtorBic: string;
  /** `YYYY-MM-DD`. */
  readonly executionDate: string;
};

export const pain001Namespace = 'urn:iso:std:iso:20022:tech:xsd:pain.001.001.09';

/** The same pieces for the same arguments, however often it is run. */
export function* pain001Of(instruction: Instruction, transactions: Iterable<Transaction>): Generator<string> {
  const { id, at, count, sum, debtorName, debtorAccount, debtorBic, executionDate } = instruction;
  const totals = `<NbOfTxs>${count}</NbOfTxs><CtrlSum>${sum}</CtrlSum>`;
  const name = `<Nm>${xmlText(debtorName)}</Nm>`;
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${pain001Namespace}"><CstmrCdtTrfInitn><GrpHdr><MsgId>${id}</MsgId><CreDtTm>${at.toISOString().slice(0, 19)}Z</CreDtTm>${totals}<InitgPty>${name}</InitgPty></GrpHdr>`;
  yield `<PmtInf><PmtInfId>${id}</PmtInfId><PmtMtd>TRF</PmtMtd>${totals}<ReqdExctnDt><Dt>${executionDate}</Dt></ReqdExctnDt><Dbtr>${name}</Dbtr><DbtrAcct>${accountXml(debtorAccount)}</DbtrAcct><DbtrAgt><FinInstnId><BICFI>${debtorBic}</BICFI></FinInstnId></DbtrAgt>\n`;
  for (const transaction of transactions) yield transactionXml(transaction);
  yield '</PmtInf></CstmrCdtTrfInitn></Document>\n';
}

function transactionXml({ endToEndId, amount, currency, name, account, bic, remittance }: Transaction): string {
  const agent = bic ? `<CdtrAgt><FinInstnId><BICFI>${bic}</BICFI></FinInstnId></CdtrAgt>` : '';
  const info = remittance ? `<RmtInf><Ustrd>${xmlText(remittance)}</Ustrd></RmtInf>` : '';
  return `<CdtTrfTxInf><PmtId><InstrId>${endToEndId}</InstrId><EndToEndId>${endToEndId}</EndToEndId></PmtId><Amt><InstdAmt Ccy="${currency}">${amount}</InstdAmt></Amt>${agent}<Cdtr><Nm>${xmlText(name)}</Nm></Cdtr><CdtrAcct>${accountXml(account)}</CdtrAcct>${info}</CdtTrfTxInf>\n`;
}

function accountXml({ iban, other = '' }: Account): string {
  return iban ? `<Id><IBAN>${iban}</IBAN></Id>` : `<Id><Othr><Id>${xmlText(other)}</Id></Othr></Id>`;
}
