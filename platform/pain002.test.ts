import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import type { CreditTransfer } from './pain001.ts';
import { createReportBody, pain002Namespace, type ReportedTransfer, reportHead, type StatusReport } from './pain002.ts';

// Of the version after the one that is written: the elements and types that are used are the same in both.
const schema = readFileSync(new URL('../test/specs/pain.002.001.11.xsd', import.meta.url), 'utf8');

async function complaintsOf(document: string): Promise<readonly string[]> {
  const contents = document.replace(pain002Namespace, 'urn:iso:std:iso:20022:tech:xsd:pain.002.001.11');
  const { errors } = await validateXML({ xml: { fileName: 'pain002.xml', contents }, schema });
  return errors.map(({ message }) => message);
}

const aTransfer = (like: Partial<CreditTransfer> = {}): CreditTransfer => ({
  n: 1,
  instructionId: 'P-1',
  debtor: { other: '003001003874120160' },
  id: 'I-1',
  endToEndId: 'E-1',
  amount: '12.50',
  currency: 'USD',
  creditor: { other: '927549027483' },
  remittance: '',
  ...like,
});

function documentOf(reported: readonly ReportedTransfer[], counts: StatusReport['counts']): string {
  const body = createReportBody();
  const about = { id: 'r'.repeat(32), at: new Date('2026-11-28T09:00:00.123Z'), messageName: 'pain.001.001.09' };
  const head = reportHead({ ...about, messageId: 'M & "1"', counts });
  return `${head}${reported.map(body.add).join('')}${body.end()}`;
}

const all: readonly ReportedTransfer[] = [
  { transfer: aTransfer(), status: 'ACSC', reference: `bank-${'7'.repeat(50)}` },
  {
    transfer: aTransfer({ id: undefined, endToEndId: 'E-2' }),
    status: 'RJCT',
    reason: 'AC01',
    text: 'x & y '.repeat(200),
  },
  {
    transfer: aTransfer({ instructionId: 'P-<2>' }),
    status: 'CANC',
    reason: 'CUST',
    text: 'Cancelled: \u0001 no\nmore',
  },
  { transfer: aTransfer({ instructionId: 'P-<2>' }), status: 'PDNG' },
];

test('a report of all that may come of a payment is valid by the published schema', async () => {
  const document = documentOf(all, { ACSC: 1, RJCT: 1, CANC: 1, PDNG: 1 });
  expect(await complaintsOf(document)).toEqual([]);
  expect(document).toContain('<OrgnlMsgId>M &#38; &#34;1&#34;</OrgnlMsgId>');
  expect(document).toContain('<OrgnlNbOfTxs>4</OrgnlNbOfTxs><GrpSts>PART</GrpSts>');
  expect(document.match(/<OrgnlPmtInfAndSts>/g)).toHaveLength(2);
});

test('what the schema refuses is refused here too: the check is a check', async () => {
  expect(await complaintsOf(documentOf([{ ...all[1]!, reason: 'TOOLONG' }], { RJCT: 1 }))).not.toEqual([]);
});

test('whatever the rail says and the sender has named things, the report is valid', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 300 });
  const id = fc
    .string({ unit: 'grapheme', maxLength: 20 })
    .map((each) =>
      each
        .replace(/[\p{C}\s]/gu, '')
        .slice(0, 20)
        .replace(/[\ud800-\udbff]$/, ''),
    )
    .filter((each) => each !== '');
  // Many in one document: checking it costs more than writing it.
  const many = fc.array(fc.record({ text, reference: text, endToEndId: id }), { minLength: 50, maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(many, async (all) => {
      const reported = all.flatMap(({ endToEndId, reference, ...words }): ReportedTransfer[] => [
        { transfer: aTransfer({ endToEndId }), status: 'RJCT', reason: 'NARR', ...words },
        { transfer: aTransfer({ endToEndId }), status: 'ACSC', reference },
      ]);
      expect(await complaintsOf(documentOf(reported, { RJCT: 50, ACSC: 50 }))).toEqual([]);
    }),
    { numRuns: 4 },
  );
});

test.for([
  [{ ACSC: 2 }, 'ACSC'],
  [{ ACSC: 1, PDNG: 1 }, 'PART'],
  [{ ACSC: 1, RJCT: 1 }, 'PART'],
  [{ PDNG: 3 }, 'PDNG'],
  [{ RJCT: 2 }, 'RJCT'],
  [{ CANC: 2 }, 'RJCT'],
  [{ CANC: 1, RJCT: 1 }, 'RJCT'],
] as const)('of %o the message is %s', ([counts, status]) => {
  expect(documentOf([], counts)).toContain(`<GrpSts>${status}</GrpSts>`);
});
