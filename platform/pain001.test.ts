import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { BrokenPain001, type CreditTransfer, type Pain001Header, readPain001 } from './pain001.ts';

type Parts = Readonly<{
  namespace?: string;
  count?: string;
  sum?: string;
  group?: string;
  instruction?: string;
  accounts?: string;
  transfers?: readonly string[];
}>;
const transfer = (like: { id?: string; amount?: string; more?: string; account?: string } = {}) => {
  const { id = 'E2E-1', amount = '<InstdAmt Ccy="USD">12.50</InstdAmt>', more = '' } = like;
  const { account = '<CdtrAcct><Id><Othr><Id>927549027483</Id></Othr></Id></CdtrAcct>' } = like;
  return `<CdtTrfTxInf><PmtId><InstrId>I-1</InstrId><EndToEndId>${id}</EndToEndId></PmtId>${more}<Amt>${amount}</Amt><CdtrAgt><FinInstnId><BICFI>SLCBSLFRXXX</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>Ada &amp; Co</Nm></Cdtr>${account}<RmtInf><Ustrd>March,</Ustrd><Ustrd>salary</Ustrd></RmtInf></CdtTrfTxInf>`;
};
const message = ({ transfers = [transfer(), transfer({ id: 'E2E-2' })], ...parts }: Parts = {}) => {
  const { namespace = 'pain.001.001.09', count = String(transfers.length), sum, group = '', instruction = '' } = parts;
  const control = sum === undefined ? '' : `<CtrlSum>${sum}</CtrlSum>`;
  const { accounts = '<DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct>' } = parts;
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:${namespace}"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>MSG-1</MsgId><CreDtTm>2026-11-28T09:00:00Z</CreDtTm><NbOfTxs>${count}</NbOfTxs>${control}<InitgPty><Nm>Ministry</Nm></InitgPty>${group}</GrpHdr>
<PmtInf><PmtInfId>P-1</PmtInfId><PmtMtd>TRF</PmtMtd>${instruction}<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf><ReqdExctnDt><Dt>2026-11-28</Dt></ReqdExctnDt><Dbtr><Nm>Ministry</Nm></Dbtr>${accounts}<DbtrAgt><FinInstnId><BICFI>TRIBSLF1XXX</BICFI></FinInstnId></DbtrAgt>
${transfers.join('\n')}
</PmtInf></CstmrCdtTrfInitn></Document>`;
};

async function read(text: string): Promise<{ transfers: CreditTransfer[]; header?: Pain001Header }> {
  const transfers: CreditTransfer[] = [];
  let header: Pain001Header | undefined;
  const source = Readable.from(text.match(/[\s\S]{1,97}/g) ?? []);
  const onHeader = (said: Pain001Header) => {
    header = said;
  };
  const now = new Date('2026-11-28T09:00:00Z');
  for await (const chunk of readPain001(source, { onHeader, now })) transfers.push(...chunk);
  return { transfers, header };
}
const problemsOf = async (text: string) => {
  const error = await read(text).then(
    () => undefined,
    (e: unknown) => e,
  );
  return error instanceof BrokenPain001 ? error.problems : error;
};

test('a message that the standard’s own schema takes is read, each payment with what its instruction says', async () => {
  const text = message({ sum: '25.00' });
  const schema = readFileSync(new URL('../test/specs/pain.001.001.09.xsd', import.meta.url), 'utf8');
  expect(await validateXML({ xml: { fileName: 'm.xml', contents: text }, schema })).toMatchObject({ valid: true });
  const { transfers, header } = await read(text);
  expect(header).toEqual({ messageId: 'MSG-1', messageName: 'pain.001.001.09', count: 2 });
  expect(transfers.map(({ n, endToEndId }) => [n, endToEndId])).toEqual([
    [1, 'E2E-1'],
    [2, 'E2E-2'],
  ]);
  expect(transfers[0]).toEqual({
    n: 1,
    instructionId: 'P-1',
    serviceLevel: 'SEPA',
    debtor: { iban: 'DE89370400440532013000' },
    id: 'I-1',
    endToEndId: 'E2E-1',
    amount: '12.50',
    currency: 'USD',
    creditor: { other: '927549027483' },
    creditorName: 'Ada & Co',
    creditorBic: 'SLCBSLFRXXX',
    creditorMember: undefined,
    remittance: 'March, salary',
  });
});

test.for(['<Dt>2026-11-01</Dt>', '<DtTm>2026-11-28T10:00:00+01:00</DtTm>'])('%s has come', async (date) => {
  const { transfers } = await read(message().replace('<Dt>2026-11-28</Dt>', date));
  expect(transfers).toHaveLength(2);
});

test('an older version writes its dates and banks otherwise', async () => {
  const old = message({ namespace: 'pain.001.001.03' })
    .replace('<ReqdExctnDt><Dt>2026-11-28</Dt></ReqdExctnDt>', '<ReqdExctnDt>2026-11-28</ReqdExctnDt>')
    .replaceAll('BICFI', 'BIC');
  const { transfers } = await read(old);
  expect(transfers[0]).toMatchObject({ creditorBic: 'SLCBSLFRXXX' });
});

test('an account may be of a scheme, or stand behind a proxy', async () => {
  const other =
    '<CdtrAcct><Id><Othr><Id>23276123456</Id><SchmeNm><Prtry>MSISDN</Prtry></SchmeNm></Othr></Id></CdtrAcct>';
  const proxy = '<CdtrAcct><Prxy><Tp><Cd>TELE</Cd></Tp><Id>+23276123456</Id></Prxy></CdtrAcct>';
  const { transfers } = await read(
    message({ transfers: [transfer({ account: other }), transfer({ account: proxy })] }),
  );
  expect(transfers.map(({ creditor }) => creditor)).toEqual([
    { other: '23276123456', scheme: 'MSISDN' },
    { other: '+23276123456', scheme: 'TELE' },
  ]);
});

const at = 'Document/CstmrCdtTrfInitn';
test.for([
  ['a wrong count', message({ count: '3' }), `${at}/GrpHdr/NbOfTxs`, /says 3, there are 2/],
  ['a wrong sum', message({ sum: '25.01' }), `${at}/GrpHdr/CtrlSum`, /says 25.01, the amounts add up to 25$/],
  [
    'a wrong count of its instruction',
    message({ instruction: '<NbOfTxs>1</NbOfTxs>' }),
    `${at}/PmtInf[1]/NbOfTxs`,
    /says 1/,
  ],
  ['no debtor account', message({ accounts: '' }), `${at}/PmtInf[1]/DbtrAcct`, /missing/],
  ['no MsgId', message().replace('<MsgId>MSG-1</MsgId>', ''), `${at}/GrpHdr/MsgId`, /missing/],
  ['cheques', message().replace('TRF', 'CHK'), `${at}/PmtInf[1]/PmtMtd`, /TRF/],
  [
    'no EndToEndId',
    message({ transfers: [transfer().replace(/<EndToEndId>.*?<\/EndToEndId>/, '')] }),
    `${at}/PmtInf[1]/CdtTrfTxInf[1]/PmtId/EndToEndId`,
    /missing/,
  ],
  [
    'an EndToEndId of 36 letters',
    message({ transfers: [transfer(), transfer({ id: 'x'.repeat(36) })] }),
    `${at}/PmtInf[1]/CdtTrfTxInf[2]/PmtId/EndToEndId`,
    /36 characters: write 1 to 35/,
  ],
  [
    'an EndToEndId in two lines',
    message({ transfers: [transfer({ id: 'E2E\n1' })] }),
    `${at}/PmtInf[1]/CdtTrfTxInf[1]/PmtId/EndToEndId`,
    /cannot be printed/,
  ],
  [
    'an equivalent amount',
    message({ transfers: [transfer({ amount: '<EqvtAmt/>' })] }),
    `${at}/PmtInf[1]/CdtTrfTxInf[1]/Amt/EqvtAmt`,
    /InstdAmt/,
  ],
  [
    'an amount with a comma',
    message({ transfers: [transfer({ amount: '<InstdAmt Ccy="USD">1,50</InstdAmt>' })] }),
    `${at}/PmtInf[1]/CdtTrfTxInf[1]/Amt/InstdAmt`,
    /1250.50/,
  ],
  [
    'an amount of more digits than the schema has',
    message({ transfers: [transfer({ amount: '<InstdAmt Ccy="USD">12345678901234567.89</InstdAmt>' })] }),
    `${at}/PmtInf[1]/CdtTrfTxInf[1]/Amt/InstdAmt`,
    /18 digits at most/,
  ],
  [
    'a day that there is not',
    message().replace('<Dt>2026-11-28', '<Dt>2026-11-31'),
    `${at}/PmtInf[1]/ReqdExctnDt`,
    /such as <Dt>/,
  ],
  [
    'a day that has not come',
    message().replace('<Dt>2026-11-28', '<Dt>2026-11-29'),
    `${at}/PmtInf[1]/ReqdExctnDt`,
    /later than today, 2026-11-28/,
  ],
  [
    'a moment that has not come',
    message().replace('<Dt>2026-11-28</Dt>', '<DtTm>2026-11-28T11:00:00+01:00</DtTm>'),
    `${at}/PmtInf[1]/ReqdExctnDt`,
    /later than today/,
  ],
  [
    'an amount of no currency',
    message({ transfers: [transfer({ amount: '<InstdAmt>1.50</InstdAmt>' })] }),
    `${at}/PmtInf[1]/CdtTrfTxInf[1]/Amt/InstdAmt`,
    /Ccy/,
  ],
  [
    'an element that is not known',
    message({ transfers: [transfer({ more: '<Gift/>' })] }),
    `${at}/PmtInf[1]/CdtTrfTxInf[1]/Gift`,
    /not known/,
  ],
  ['elements in another order', message({ group: '<CtrlSum>25</CtrlSum>' }), `${at}/GrpHdr/CtrlSum`, /before/],
  [
    'an element after the payments',
    message().replace('</PmtInf>', '<ChrgBr>SLEV</ChrgBr></PmtInf>'),
    `${at}/PmtInf[1]/ChrgBr`,
    /after CdtTrfTxInf/,
  ],
  ['no payments', message({ transfers: [] }), `${at}/PmtInf[1]`, /has no CdtTrfTxInf/],
  ['another root', message({ namespace: 'pain.008.001.08' }), at, /no Document of urn:.*pain\.001/],
  ['a document type', message().replace('?>', '?><!DOCTYPE Document>'), at, /document type/],
  ['an end in the middle', message().slice(0, -60), at, /no XML/],
] as const)('a message with %s is refused, the element named with its line', async ([, text, element, why]) => {
  const problems = await problemsOf(text);
  expect(problems).toContainEqual({ element, line: expect.any(Number), message: expect.stringMatching(why) });
});

test('all that is wrong is said, up to twenty, each with the line on which its element begins', async () => {
  const bad = Array.from({ length: 30 }, () => transfer({ id: '', amount: '<InstdAmt Ccy="USD">12.50</InstdAmt>' }));
  const problems = (await problemsOf(message({ transfers: [transfer(), ...bad] }))) as { line: number }[];
  expect(problems).toHaveLength(20);
  expect(problems.map(({ line }) => line)).toEqual(Array.from({ length: 20 }, (_, i) => 6 + i));
});

test('each instruction has its own debtor, date and totals', async () => {
  const one = /<PmtInf>[\s\S]*<\/PmtInf>/.exec(
    message({ instruction: '<NbOfTxs>2</NbOfTxs><CtrlSum>25</CtrlSum>' }),
  )![0];
  const other = one
    .replace('P-1', 'P-2')
    .replace('DE89370400440532013000', 'GB82WEST12345698765432')
    .replace('<Dt>2026-11-28', '<Dt>2026-11-27');
  const both = message({ count: '4', sum: '50' }).replace(/<PmtInf>[\s\S]*<\/PmtInf>/, `${one}\n${other}`);
  const { transfers } = await read(both);
  expect(transfers.map(({ n, instructionId, debtor }) => [n, instructionId, debtor.iban])).toEqual([
    [1, 'P-1', 'DE89370400440532013000'],
    [2, 'P-1', 'DE89370400440532013000'],
    [3, 'P-2', 'GB82WEST12345698765432'],
    [4, 'P-2', 'GB82WEST12345698765432'],
  ]);
  const later = both.replace('<Dt>2026-11-27', '<Dt>2026-11-30');
  expect(await problemsOf(later)).toMatchObject([{ element: `${at}/PmtInf[2]/ReqdExctnDt` }]);
  const wrong = both.replace(other, other.replace('<CtrlSum>25<', '<CtrlSum>26<'));
  expect(await problemsOf(wrong)).toMatchObject([
    { element: `${at}/PmtInf[2]/CtrlSum`, message: expect.stringMatching(/26.* 25$/) },
  ]);
});

test('two instructions of one PmtInfId are refused', async () => {
  const one = /<PmtInf>[\s\S]*<\/PmtInf>/.exec(message())![0];
  const twice = message({ count: '4' }).replace('</PmtInf>', `</PmtInf>${one}`);
  expect(await problemsOf(twice)).toMatchObject([{ element: `${at}/PmtInf[2]/PmtInfId` }]);
});
