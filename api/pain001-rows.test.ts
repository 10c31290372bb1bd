import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { openFile } from '../platform/csv.ts';
import { csvOfPain001 } from './pain001-rows.ts';

const now = new Date('2026-11-28T09:00:00Z');
const columns = ['payee_dfsp_id', 'payee_name', 'payee_bic'];

type Like = { creditor?: string; account?: string; bic?: string; level?: string; date?: string };
const message = ({
  creditor = '<Othr><Id>927549027483</Id></Othr>',
  bic,
  level,
  date = '2026-11-28',
  account = `<Id>${creditor}</Id>`,
}: Like) =>
  `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn><GrpHdr><MsgId>M</MsgId><CreDtTm>2026-11-28T09:00:00Z</CreDtTm><NbOfTxs>1</NbOfTxs><InitgPty/></GrpHdr><PmtInf><PmtInfId>P</PmtInfId><PmtMtd>TRF</PmtMtd>${level ? `<PmtTpInf><SvcLvl><Prtry>${level}</Prtry></SvcLvl></PmtTpInf>` : ''}<ReqdExctnDt><Dt>${date}</Dt></ReqdExctnDt><Dbtr/><DbtrAcct><Id><Othr><Id>003001003874120160</Id></Othr></Id></DbtrAcct><DbtrAgt/><CdtTrfTxInf><PmtId><EndToEndId>E, "1"</EndToEndId></PmtId><Amt><InstdAmt Ccy="USD">12.50</InstdAmt></Amt>${bic ? `<CdtrAgt><FinInstnId><BICFI>${bic}</BICFI></FinInstnId></CdtrAgt>` : ''}<Cdtr><Nm>Ada</Nm></Cdtr><CdtrAcct>${account}</CdtrAcct><RmtInf><Ustrd>March</Ustrd></RmtInf></CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn></Document>`;

async function rowOf(like: Like, rules = {}): Promise<Record<string, string>> {
  const options = { rules, columns, now, onHeader: () => undefined };
  const pieces: Buffer[] = [];
  for await (const text of csvOfPain001(Readable.from([Buffer.from(message(like))]), options))
    pieces.push(Buffer.from(text));
  const file = await openFile(Readable.from(pieces));
  for await (const [record] of file.records) {
    return Object.fromEntries(file.columns.map((name, i) => [name, record!.cells[i]!]));
  }
  throw new Error('there is no row');
}

test('a payment becomes a row: its EndToEndId is the client’s reference, its remittance the note', async () => {
  expect(await rowOf({ bic: 'SLCBSLFR' })).toEqual({
    id: '1',
    request_id: 'E, "1"',
    payment_mode: 'bank-file',
    payer_identifier_type: 'accountNumber',
    payer_identifier: '003001003874120160',
    payee_identifier_type: 'accountNumber',
    payee_identifier: '927549027483',
    amount: '12.50',
    currency: 'USD',
    note: 'March',
    payee_dfsp_id: '',
    payee_name: 'Ada',
    payee_bic: 'SLCBSLFR',
  });
});

test('the rail is that of the creditor’s agent, else of the service level, else the tenant’s', async () => {
  const rules = { mode: 'slcb', serviceLevels: { WALLET: 'gsma' }, agents: { SLCBSLFR: 'mojaloop' } };
  const mode = async (like: Like) => (await rowOf(like, rules)).payment_mode;
  expect(await mode({})).toBe('slcb');
  expect(await mode({ level: 'wallet' })).toBe('gsma');
  expect(await mode({ level: 'wallet', bic: 'SLCBSLFRXXX' })).toBe('mojaloop');
});

test.for([
  ['<IBAN>DE89370400440532013000</IBAN>', 'iban'],
  ['<Othr><Id>1</Id><SchmeNm><Prtry>MSISDN</Prtry></SchmeNm></Othr>', 'msisdn'],
  ['<Othr><Id>1</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr>', 'accountNumber'],
  ['<Othr><Id>1</Id><SchmeNm><Prtry>constructor</Prtry></SchmeNm></Othr>', 'constructor'],
] as const)('%s is of type %s', async ([creditor, type]) => {
  expect((await rowOf({ creditor })).payee_identifier_type).toBe(type);
});

test('a proxy is what its code says, a phone number without what the standard puts between its digits', async () => {
  const proxy = (code: string, id: string) => `<Prxy><Tp><Cd>${code}</Cd></Tp><Id>${id}</Id></Prxy>`;
  const payee = async (account: string) => {
    const row = await rowOf({ account });
    return [row.payee_identifier_type, row.payee_identifier];
  };
  expect(await payee(proxy('TELE', '+232-76123456'))).toEqual(['msisdn', '+23276123456']);
  expect(await payee(proxy('NIDN', 'X-12'))).toEqual(['nationalId', 'X-12']);
  expect(await payee(proxy('DNAM', 'ada.example'))).toEqual(['DNAM', 'ada.example']);
});

test('a day that has come is paid, a later one is refused with its element and line', async () => {
  expect(await rowOf({ date: '2026-11-01' })).toMatchObject({ id: '1' });
  const element = 'Document/CstmrCdtTrfInitn/PmtInf[1]/ReqdExctnDt';
  await expect(rowOf({ date: '2026-11-29' })).rejects.toMatchObject({
    code: 'broken-message',
    extra: { errors: [{ name: element, message: expect.stringMatching(/^line 1: is later than today/) }] },
  });
});
