/** Large ISO 20022 documents are written and read by a process that could not hold them: thirty thousand payments, 10 MB, in a heap of 20 MB, most of which the process needs for itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

const program = `
import { Readable } from 'node:stream';
import { csvOfPain001 } from './dist/api/pain001-rows.js';
import { pain001Of } from './dist/connectors/bank-file/pain001.js';
import { readReport } from './dist/connectors/bank-file/reports.js';
import { createReportBody, reportHead } from './dist/platform/pain002.js';

const rows = 30_000;
const idOf = (row) => row.toString(16).padStart(32, '0');
function* transactions() {
  for (let row = 1; row <= rows; row++) {
    yield { endToEndId: idOf(row), amount: '12.50', currency: 'USD', name: 'Ada Kay ' + row, account: { other: '92754902' + row }, remittance: 'Salary' };
  }
}
const account = { other: '003001003874120160' };
const instruction = { id: idOf(1), at: new Date(0), count: rows, sum: '375000.00', debtorName: 'Ministry', debtorAccount: account, debtorBic: 'TRIBSLF1XXX', executionDate: '2026-01-02' };
let bytes = 0;
function* message() {
  for (const piece of pain001Of(instruction, transactions())) { bytes += piece.length; yield piece; }
}
let header;
let lines = 0;
const options = { rules: {}, columns: ['payee_name'], now: new Date('2026-01-02T12:00:00Z'), onHeader: (said) => { header = said; } };
for await (const text of csvOfPain001(Readable.from(message()), options)) lines += text.split('\\n').length - 1;

const body = createReportBody();
function* answer() {
  yield reportHead({ id: 'R', at: new Date(0), ...header, counts: { ACSC: rows } });
  for (const { endToEndId, amount, currency } of transactions()) {
    yield body.add({ transfer: { instructionId: instruction.id, endToEndId, amount, currency }, status: 'ACSC' });
  }
  yield body.end();
}
const said = await readReport(Readable.from(answer()), { payments: new Map(), isOurs: () => true });
console.log(JSON.stringify({ lines, bytes, kind: said.kind, messageId: said.messageId }));
`;

test('a pain.001 of thirty thousand payments is written and made into rows, and so is a pain.002 about it read', async () => {
  const child = spawn(process.execPath, ['--max-old-space-size=20', '--input-type=module', '-e', program]);
  let out = '';
  let errors = '';
  child.stdout.on('data', (piece) => (out += piece));
  child.stderr.on('data', (piece) => (errors += piece));
  const [code] = await once(child, 'close');
  expect(code, errors.slice(0, 2_000)).toBe(0);
  const { bytes, ...rest } = JSON.parse(out) as Record<string, unknown>;
  expect(rest).toEqual({ lines: 30_001, kind: 'status', messageId: '00000000000000000000000000000001' });
  expect(bytes).toBeGreaterThan(10_000_000);
}, 120_000);
