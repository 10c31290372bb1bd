/** A pain.001 for tests, of as many payments as wanted. */
export type Paid = { readonly id: string; readonly payee: string; readonly amount: string; readonly name?: string };

export function* pain001Pieces(messageId: string, payments: Iterable<Paid>, count: number): Generator<string> {
  yield `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn><GrpHdr><MsgId>${messageId}</MsgId><CreDtTm>2026-01-02T09:00:00Z</CreDtTm><NbOfTxs>${count}</NbOfTxs><InitgPty><Nm>Ministry</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>${messageId}-1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>2026-01-02</Dt></ReqdExctnDt><Dbtr><Nm>Ministry</Nm></Dbtr><DbtrAcct><Id><Othr><Id>003001003874120160</Id></Othr></Id></DbtrAcct><DbtrAgt><FinInstnId><BICFI>TRIBSLF1XXX</BICFI></FinInstnId></DbtrAgt>
`;
  for (const { id, payee, amount, name = 'Ada Kay' } of payments) {
    yield `<CdtTrfTxInf><PmtId><InstrId>I-${id}</InstrId><EndToEndId>${id}</EndToEndId></PmtId><Amt><InstdAmt Ccy="USD">${amount}</InstdAmt></Amt><Cdtr><Nm>${name}</Nm></Cdtr><CdtrAcct><Id><Othr><Id>${payee}</Id></Othr></Id></CdtrAcct><RmtInf><Ustrd>Salary</Ustrd></RmtInf></CdtTrfTxInf>\n`;
  }
  yield '</PmtInf></CstmrCdtTrfInitn></Document>\n';
}

export function pain001(messageId: string, payments: readonly Paid[]): string {
  return [...pain001Pieces(messageId, payments, payments.length)].join('');
}
