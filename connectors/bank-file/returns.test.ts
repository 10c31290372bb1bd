import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { parseMoney } from '../../domain/money.ts';
import { aPayment } from './a-payment.ts';
import type { Drop, ReportFile } from './client.ts';
import { isoIdOf } from './mapping.ts';
import { createReturnsReader, readReturned } from './returns.ts';

const at = new Date('2026-11-28T12:00:00Z');
const payment = aPayment(1);
const isoId = isoIdOf(payment.endToEndId);
const document = (kind: string, text: string) =>
  `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:${kind}"><R>${text}</R></Document>`;

type Credit = { id?: string; side?: string; status?: string; back?: string; amount?: string; account?: string };
const credit = ({
  id = isoId,
  side = 'CRDT',
  status = 'BOOK',
  back = '<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>account closed</AddtlInf></RtrInf>',
  amount = '850.00',
  account = payment.payer.id,
}: Credit = {}) =>
  document(
    'camt.053.001.08',
    `<Stmt><Acct><Id><Othr><Id>${account}</Id></Othr></Id></Acct><Ntry><Amt Ccy="USD">${amount}</Amt><CdtDbtInd>${side}</CdtDbtInd><Sts><Cd>${status}</Cd></Sts><AcctSvcrRef>R7</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>${id}</EndToEndId></Refs>${back}</TxDtls></NtryDtls></Ntry></Stmt>`,
  );
const refused = (status: string, amount = '850.00') =>
  document(
    'pain.002.001.10',
    `<OrgnlGrpInfAndSts/><OrgnlPmtInfAndSts><TxInfAndSts><OrgnlEndToEndId>${isoId}</OrgnlEndToEndId><TxSts>${status}</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf><OrgnlTxRef><Amt><InstdAmt Ccy="USD">${amount}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts></OrgnlPmtInfAndSts>`,
  );
const read = (text: string) => readReturned(Readable.from([text]), at);

test('a booked credit with the reason of a return names the payment, the code, the words and the bank’s reference', async () => {
  const [returned, ...more] = await read(credit());
  expect(more).toEqual([]);
  expect(returned).toMatchObject({ endToEndId: payment.endToEndId, reportedAt: at, railCode: 'AC04' });
  expect(returned).toMatchObject({ text: 'account closed', reference: 'R7' });
  expect(returned!.doubt(payment)).toBeUndefined();
});

test('what was reported paid and is refused in a later status report came back too', async () => {
  expect(await read(refused('RJCT'))).toMatchObject([{ endToEndId: payment.endToEndId, railCode: 'AC04' }]);
  expect((await read(refused('RJCT', '850.01')))[0]!.doubt(payment)).toMatch(/amount/);
});

test.for([
  ['a debit', credit({ side: 'DBIT' })],
  ['a credit that is only announced', credit({ status: 'PDNG' })],
  ['a plain credit', credit({ back: '' })],
  ['a credit under an id that is none of ours', credit({ id: 'NOTPROVIDED' })],
  ['a status that is no refusal', refused('ACSC')],
  ['a status of no standard', refused('GONE')],
] as const)('%s is no return', async ([, text]) => {
  expect(await read(text)).toEqual([]);
});

test.for([
  ['another amount', credit({ amount: '849.99' }), /amount/],
  ['another account', credit({ account: '1' }), /account/],
] as const)('a return with %s is for a person', async ([, text, why]) => {
  expect((await read(text))[0]!.doubt(payment)).toMatch(why);
});

test('a return in another currency is for a person', async () => {
  const [returned] = await read(credit());
  expect(returned!.doubt({ ...payment, amount: parseMoney('850.00', 'EUR') })).toMatch(/currency/);
});

test('files are read once while they are kept in mind, broken ones say nothing, and the newest is looked at again for an hour', async () => {
  const files: readonly ReportFile[] = [
    { name: 'a.xml', sizeBytes: 1, tag: '1', modifiedAt: new Date(at.getTime() - 7_200_000) },
    { name: 'broken.xml', sizeBytes: 1, tag: '1', modifiedAt: at },
  ];
  const opened: string[] = [];
  const drop = {
    reports: async (since: Date) => files.filter(({ modifiedAt }) => modifiedAt >= since),
    async read({ name }: ReportFile) {
      opened.push(name);
      return Readable.from([name === 'a.xml' ? credit() : credit().slice(0, -9)]);
    },
  } as unknown as Drop;
  const doubts: string[] = [];
  const returnsSince = createReturnsReader(drop, (doubt) => void doubts.push(doubt));
  const { signal } = new AbortController();
  const first = await returnsSince(new Date(0), signal);
  expect(first.returns.map(({ endToEndId }) => endToEndId)).toEqual([payment.endToEndId]);
  expect(first.readTo).toEqual(new Date(at.getTime() - 3_600_000));
  expect((await returnsSince(new Date(0), signal)).returns).toHaveLength(1);
  expect(opened).toEqual(['a.xml', 'broken.xml']);
  expect(doubts).toEqual([expect.stringMatching(/^broken.xml: /)]);
  expect(await returnsSince(first.readTo, signal)).toMatchObject({ returns: [], readTo: first.readTo });
});
