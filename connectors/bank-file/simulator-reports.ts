/** What the simulated bank writes: a pain.002 per file, and a camt.054 advice for what is booked later. */
import { xmlText } from '../../platform/xml.ts';
import type { Booked, Booking } from '../simulator-ledger.ts';
import { accountOf, isoIdOf } from './mapping.ts';

/** What the bank keeps of a payment beside the ledger's own fields. */
export type Kept = {
  readonly messageId: string;
  readonly at: number;
  readonly reference: string;
  readonly status: 'ACSC' | 'ACSP' | 'PDNG' | 'RJCT';
  readonly reason?: string;
  readonly text?: string;
  readonly isLate?: boolean;
  /** Paid, and sent back later. */
  readonly isReturned?: boolean;
};

export type Reported = Pick<Booking<Kept>, 'id' | 'amount' | 'currency' | 'data'>;

export type Refusal = { readonly reason: string; readonly text: string };

const schema = 'urn:iso:std:iso:20022:tech:xsd:';

/** `refusal`: of the whole file, whose payments are then none. */
export function pain002Of(messageId: string, at: Date, payments: readonly Reported[], refusal?: Refusal): string {
  const states = new Set(payments.map(({ data }) => data.status));
  const group = refusal ? 'RJCT' : states.size === 1 ? payments[0]!.data.status : 'PART';
  const transactions = payments.map(transactionXml).join('\n');
  const instruction = refusal
    ? ''
    : `<OrgnlPmtInfAndSts><OrgnlPmtInfId>${messageId}</OrgnlPmtInfId>${transactions}</OrgnlPmtInfAndSts>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${schema}pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>S${messageId.slice(0, 34)}</MsgId><CreDtTm>${at.toISOString()}</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>${messageId}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>${group}</GrpSts>${refusal ? reasonXml(refusal) : ''}</OrgnlGrpInfAndSts>${instruction}</CstmrPmtStsRpt></Document>\n`;
}

function transactionXml({ id, amount, currency, data }: Reported): string {
  const { status, reason, text = '', reference } = data;
  const why = reason ? reasonXml({ reason, text }) : '';
  const isoId = isoIdOf(id);
  return `<TxInfAndSts><OrgnlInstrId>${isoId}</OrgnlInstrId><OrgnlEndToEndId>${isoId}</OrgnlEndToEndId><TxSts>${status}</TxSts>${why}<AcctSvcrRef>${reference}</AcctSvcrRef><OrgnlTxRef><Amt><InstdAmt Ccy="${currency}">${amount}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>`;
}

function reasonXml({ reason, text }: Refusal): string {
  return `<StsRsnInf><Rsn><Cd>${reason}</Cd></Rsn><AddtlInf>${xmlText(text)}</AddtlInf></StsRsnInf>`;
}

/** The advice of one booking on the payer's account; `returned`: money that came back, with its reason. */
export function camt054Of(entry: Booked<Kept>, at: Date, returned?: Refusal): string {
  const { id, amount, currency, payer, data } = entry;
  const { iban, other = '' } = accountOf({ type: /^[A-Z]{2}\d{2}/.test(payer) ? 'iban' : 'accountNumber', id: payer });
  const account = iban ? `<IBAN>${iban}</IBAN>` : `<Othr><Id>${xmlText(other)}</Id></Othr>`;
  const side = returned ? 'CRDT' : 'DBIT';
  const back = returned
    ? `<RtrInf><Rsn><Cd>${returned.reason}</Cd></Rsn><AddtlInf>${xmlText(returned.text)}</AddtlInf></RtrInf>`
    : '';
  const money = `<Amt Ccy="${currency}">${amount}</Amt>`;
  const details = `<NtryDtls><TxDtls><Refs><EndToEndId>${isoIdOf(id)}</EndToEndId></Refs>${money}<CdtDbtInd>${side}</CdtDbtInd>${back}</TxDtls></NtryDtls>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${schema}camt.054.001.08"><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>N${isoIdOf(id)}</MsgId><CreDtTm>${at.toISOString()}</CreDtTm></GrpHdr><Ntfctn><Id>N${isoIdOf(id)}</Id><Acct><Id>${account}</Id></Acct><Ntry>${money}<CdtDbtInd>${side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><AcctSvcrRef>${data.reference}</AcctSvcrRef><BkTxCd/>${details}</Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n`;
}
