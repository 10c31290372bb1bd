import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Payment } from '../../domain/payment.ts';
import { aPayment } from './a-payment.ts';
import { verdictOf } from './judge.ts';
import { isoIdOf } from './mapping.ts';
import { generationOf, messageIdsOf } from './message-ids.ts';
import { type Report, readReport } from './reports.ts';

const [ours = '', next = ''] = messageIdsOf('ours');
const wanted = (payments: readonly Payment[]) => ({
  payments: new Map(payments.map((payment) => [isoIdOf(payment.endToEndId), payment])),
  isOurs: (id: string) => messageIdsOf('ours').includes(id),
});
const read = (text: string, payments: readonly Payment[]) => readReport(Readable.from([text]), wanted(payments));
const answerOf = (payment: Payment, ...reports: Report[]) =>
  verdictOf(isoIdOf(payment.endToEndId), reports, generationOf)?.answer;

/** What files say, one after the other, of the first of two payments. */
async function said(...texts: string[]) {
  const payments = [aPayment(1), aPayment(2)];
  const reports = await Promise.all(texts.map((text) => read(text, payments)));
  return answerOf(payments[0]!, ...reports);
}

const idOf = (row: number) => isoIdOf(aPayment(row).endToEndId);

type Tx = { row?: number; status?: string; amount?: string; ccy?: string; reason?: string; more?: string; id?: string };
const tx = ({ row = 1, status = 'ACSC', amount = '850.00', ccy = 'USD', reason, more = '', id = idOf(row) }: Tx = {}) =>
  `<TxInfAndSts><OrgnlEndToEndId>${id}</OrgnlEndToEndId><TxSts>${status}</TxSts>${reason ? `<StsRsnInf><Rsn><Cd>${reason}</Cd></Rsn><AddtlInf>its words</AddtlInf></StsRsnInf>` : ''}<AcctSvcrRef>REF1</AcctSvcrRef><OrgnlTxRef><Amt><InstdAmt Ccy="${ccy}">${amount}</InstdAmt></Amt>${more}</OrgnlTxRef></TxInfAndSts>`;

type Status = { messageId?: string; group?: string; instruction?: string; instructionId?: string; about?: string };
const pain002 = (txs: string, like: Status = {}) => {
  const { messageId = ours, group = '', instruction = '', instructionId = messageId, about = 'pain.001.001.09' } = like;
  return `<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>B</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>${messageId}</OrgnlMsgId><OrgnlMsgNmId>${about}</OrgnlMsgNmId>${group}</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>${instructionId}</OrgnlPmtInfId>${instruction}${txs}</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>`;
};

const details = ({ row = 1, more = '', amount = '<Amt Ccy="USD">850.00</Amt>', refs = '' } = {}) =>
  `<TxDtls><Refs>${refs}<EndToEndId>${idOf(row)}</EndToEndId></Refs>${amount}${more}</TxDtls>`;
type Entry = { side?: string; status?: string; more?: string; amount?: string; account?: string };
const camt = (txDetails: string, like: Entry = {}) => {
  const { side = 'DBIT', status = '<Cd>BOOK</Cd>', more = '', amount = '850.00' } = like;
  const { account = '<Acct><Id><Othr><Id>003001003874120160</Id></Othr></Id></Acct>' } = like;
  return `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><GrpHdr/><Stmt><Id>1</Id>${account}<Ntry><Amt Ccy="USD">${amount}</Amt><CdtDbtInd>${side}</CdtDbtInd>${more}<Sts>${status}</Sts><NtryDtls>${txDetails}</NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>`;
};

const completed = { kind: 'completed' };
const unknown = { kind: 'unknown' };
const accepted = { kind: 'accepted' };

describe('a status report', () => {
  test.for([
    ['ACSC', completed],
    ['ACCC', completed],
    ['ACSP', accepted],
    ['ACCP', accepted],
    ['ACTC', accepted],
    ['PDNG', accepted],
    ['RCVD', accepted],
    ['ACWP', accepted],
    ['RJCT', { kind: 'rejected', code: 422, railCode: 'RJCT' }],
    ['PAID', unknown],
    ['', undefined],
  ] as const)('status %s', async ([status, answer]) => {
    if (answer) expect(await said(pain002(tx({ status })))).toMatchObject(answer);
    else expect(await said(pain002(tx({ status })))).toBeUndefined();
  });

  test('a refusal has the bank’s code and words', async () => {
    expect(await said(pain002(tx({ status: 'RJCT', reason: 'AC01' })))).toEqual({
      kind: 'rejected',
      code: 404,
      railCode: 'AC01',
      text: 'its words',
    });
  });

  test('of what stands at several levels, the nearest to the payment counts', async () => {
    const group = '<GrpSts>PART</GrpSts>';
    const instruction = '<PmtInfSts>ACSC</PmtInfSts>';
    expect(await said(pain002(tx({ status: 'RJCT', reason: 'AC04' }), { group, instruction }))).toMatchObject({
      code: 404,
    });
    expect(await said(pain002(tx({ row: 2, status: 'RJCT' }), { group, instruction }))).toMatchObject(completed);
    expect(await said(pain002(tx({ row: 2 }), { group }))).toMatchObject(accepted);
  });

  test('a whole file refused is each of its payments refused', async () => {
    const group = '<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>';
    expect(await said(pain002('', { group }))).toMatchObject({ kind: 'rejected', railCode: 'FF01' });
    const funds = '<PmtInfSts>RJCT</PmtInfSts><StsRsnInf><Rsn><Cd>AM04</Cd></Rsn></StsRsnInf>';
    expect(await said(pain002('', { instruction: funds }))).toMatchObject({ kind: 'payerBlocked', railCode: 'AM04' });
  });

  test.for([
    ['another amount', { amount: '850.01' }],
    ['another currency', { ccy: 'EUR' }],
    ['an amount that is none', { amount: '8,50' }],
    ['another payee', { more: '<CdtrAcct><Id><Othr><Id>666</Id></Othr></Id></CdtrAcct>' }],
    ['another payer', { more: '<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>' }],
  ] as const)('with %s decides nothing, paid or refused', async ([, like]) => {
    expect(await said(pain002(tx(like)))).toMatchObject(unknown);
    expect(await said(pain002(tx({ ...like, status: 'RJCT' })))).toMatchObject(unknown);
  });

  test('one without amounts, or with other zeros, is believed by its ids', async () => {
    expect(await said(pain002(tx().replace(/<OrgnlTxRef>.*<\/OrgnlTxRef>/, '')))).toMatchObject(completed);
    expect(await said(pain002(tx({ amount: '850' })))).toMatchObject(completed);
  });

  test('a payment that is in one file twice is not believed', async () => {
    expect(await said(pain002(tx() + tx()))).toMatchObject(unknown);
    expect(await said(pain002(tx() + tx({ status: 'RJCT' })))).toMatchObject(unknown);
  });

  test('one of another message, of an instruction that is not ours, or about another kind of message', async () => {
    expect(await read(pain002(tx(), { messageId: 'X' }), [aPayment(1)])).toEqual({ kind: 'other', messageId: 'X' });
    expect(await said(pain002(tx(), { instructionId: 'X' }))).toMatchObject(unknown);
    expect(await said(pain002('', { instructionId: 'X', instruction: '<PmtInfSts>ACSC</PmtInfSts>' }))).toBeUndefined();
    await expect(said(pain002(tx(), { about: 'pain.008.001.08' }))).rejects.toThrow(SyntaxError);
  });

  test('payments that nobody asked about are passed over', async () => {
    expect(await said(pain002(tx({ id: 'f'.repeat(32) }) + tx({ row: 2 })))).toBeUndefined();
  });

  test('later files add to earlier ones; paid and refused at once is for a person', async () => {
    const [got, under, paid, refused] = ['RCVD', 'ACSP', 'ACSC', 'RJCT'].map((status) => pain002(tx({ status })));
    expect(await said(got!, under!)).toMatchObject(accepted);
    expect(await said(got!, paid!, under!)).toMatchObject(completed);
    expect(await said(got!, refused!)).toMatchObject({ kind: 'rejected' });
    expect(await said(paid!, refused!)).toMatchObject(unknown);
  });

  test('the file that was sent after a refusal for lack of funds counts', async () => {
    const noFunds = pain002('', { group: '<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>AM04</Cd></Rsn></StsRsnInf>' });
    expect(await said(noFunds)).toMatchObject({ kind: 'payerBlocked' });
    expect(await said(noFunds, pain002(tx(), { messageId: next }))).toMatchObject(completed);
    expect(await said(noFunds, pain002(tx({ status: 'PDNG' }), { messageId: next }))).toMatchObject(accepted);
  });
});

describe('an entry of the account', () => {
  test('a booked debit is paid, with the bank’s reference; a pending one is under way', async () => {
    const more = '<AcctSvcrRef>REF2</AcctSvcrRef>';
    expect(await said(camt(details({ refs: more })))).toEqual({ kind: 'completed', reference: 'REF2' });
    expect(await said(camt(details(), { status: 'PDNG' }))).toMatchObject(accepted);
    expect(await said(camt(details(), { status: 'FUTR' }))).toMatchObject(unknown);
  });

  test('one entry may book many payments, each with its amount', async () => {
    const inside = '<AmtDtls><TxAmt><Amt Ccy="USD">850.00</Amt></TxAmt></AmtDtls>';
    expect(await said(camt(details({ row: 2 }) + details({ amount: inside }), { amount: '1700.00' }))).toMatchObject(
      completed,
    );
    expect(await said(camt(details({ amount: '' })))).toMatchObject(completed);
    expect(
      await said(camt(details({ row: 2, amount: '' }) + details({ amount: '' }), { amount: '1700.00' })),
    ).toMatchObject(unknown);
  });

  test('money that came back is a refusal with its reason, whatever was said before', async () => {
    const back = '<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>account closed</AddtlInf></RtrInf>';
    const returned = camt(details({ more: back }), { side: 'CRDT' });
    const answer = {
      kind: 'rejected',
      code: 424,
      railCode: 'return AC04',
      text: 'account closed',
    };
    expect(await said(pain002(tx()), camt(details()), returned)).toEqual(answer);
    const reversed = camt(details(), { side: 'CRDT', more: '<RvslInd>true</RvslInd>' });
    expect(await said(camt(details()), reversed)).toMatchObject({ kind: 'rejected', railCode: 'return RvslInd' });
  });

  test.for([
    ['another amount', camt(details({ amount: '<Amt Ccy="USD">850.01</Amt>' }))],
    ['another currency', camt(details({ amount: '<Amt Ccy="EUR">850.00</Amt>' }))],
    ['another message', camt(details({ refs: '<MsgId>X</MsgId>' }))],
    ['no account', camt(details(), { account: '' })],
    ['a debit that is a return', camt(details({ more: '<RtrInf/>' }))],
    ['a return of another amount', camt(details({ amount: '<Amt Ccy="USD">800.00</Amt>' }), { side: 'CRDT' })],
  ] as const)('with %s decides nothing', async ([, text]) => {
    expect(await said(text)).toMatchObject(unknown);
  });

  test('of another account is not ours to read: the payee may have one at the same bank', async () => {
    const account = '<Acct><Id><Othr><Id>927549021</Id></Othr></Id></Acct>';
    expect(await said(camt(details(), { side: 'CRDT', account }))).toBeUndefined();
  });

  test('the file tells which payments are in it', async () => {
    const report = await read(camt(details() + details({ row: 7 })), [aPayment(1)]);
    expect(report).toMatchObject({ kind: 'entries', ids: new Set([idOf(1), idOf(7)]) });
  });
});

test.for([
  ['is cut short', pain002(tx()).slice(0, -20)],
  ['breaks after the payment', pain002(`${tx()}<TxInfAndSts>&</TxInfAndSts>`)],
  ['has a document type', pain002(tx()).replace('?>', '?><!DOCTYPE Document>')],
  ['reaches for another file', pain002(tx()).replace('?>', '?><!DOCTYPE D [<!ENTITY x SYSTEM "file:///etc/passwd">]>')],
  ['is of another kind', pain002(tx()).replaceAll('pain.002', 'pain.013')],
  ['names no message', pain002(tx()).replace(/<OrgnlMsgId>.*?<\/OrgnlMsgId>/, '')],
  ['is HTML', '<html><body><h1>It works!</h1></body></html>'],
  ['is empty', ''],
] as const)('nothing of a file is believed that %s', async ([, text]) => {
  await expect(said(text)).rejects.toThrow(SyntaxError);
});

test('a statement of ten thousand payments is read with the memory of those that were asked for', async () => {
  function* pieces(): Generator<Buffer> {
    const [before, after] = camt('|').split('|') as [string, string];
    yield Buffer.from(before);
    for (let row = 1; row <= 10_000; row++) {
      yield Buffer.from(row === 7_777 ? details() : details().replace(idOf(1), row.toString(16).padStart(32, '0')));
    }
    yield Buffer.from(after);
  }
  const payment = aPayment(1);
  const report = await readReport(Readable.from(pieces()), wanted([payment]));
  expect(report.kind === 'entries' && [...report.words.keys()]).toEqual([idOf(1)]);
  expect(answerOf(payment, report)).toMatchObject(completed);
});
