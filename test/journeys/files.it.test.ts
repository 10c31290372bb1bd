/** Files as clients really write them: what is odd and allowed comes back byte for byte, what is wrong is said with its cure. */
import { expect, test } from 'vitest';
import { ledgerOf, openHub, type Problem } from '../hub.ts';
import { anIdentifier, aRow, columns, csvOf } from '../rows.ts';
import { shareStack } from '../turn.ts';

shareStack();
const hub = openHub();

test('quotes, commas, line ends in cells, CRLF, a BOM, blank lines and another column order come back byte for byte', async () => {
  const tenant = await hub.aTenant();
  const header =
    'note,cycle,"amount",currency,id,request_id,payment_mode,payer_identifier_type,payer_identifier,payee_identifier_type,payee_identifier';
  const row = (note: string, amount: string, id: string) =>
    `${note},7,${amount},USD,${id},r${id},slcb,accountNumber,003001003874120160,accountNumber,"${anIdentifier()}"`;
  const rows = [
    row('"Salary, ""July"""', '"1.10"', '1'),
    row('"two\r\nlines"', '2', '2'),
    row(' spaces kept ', '3.00', '3'),
    row('Überweisung für Zoë 💶', '4.5', '4'),
    row("=cmd|' /C calc'!A0", '5', '5'),
    row('', '006.00', '6'),
  ];
  const file = `\ufeff${[header, rows[0], '', rows[1], rows[2], '', '', ...rows.slice(3)].join('\r\n')}`;
  const { batch_id: batchId, ...status } = await tenant.paid(file);
  expect(status).toMatchObject({ status: 'completed', total: 6, successful: 6, totalAmount: '21.60' });
  const lines = rows.map((raw) => `${raw},SUCCESS,,\n`).join('');
  expect(await tenant.result(batchId)).toBe(`${header},status,error_code,error_description\n${lines}`);
});

test('a file of one row, without a line end, is a batch', async () => {
  const tenant = await hub.aTenant();
  expect(await tenant.paid(csvOf([aRow()]).trimEnd())).toMatchObject({ status: 'completed', total: 1, successful: 1 });
});

test('wrong columns are refused at once, the missing and the unknown ones named', async () => {
  const tenant = await hub.aTenant();
  const file = csvOf([aRow()]).replace('payee_identifier,amount', 'payee_identifier,sum');
  expect(await tenant.post<Problem>(file)).toMatchObject({
    status: 400,
    body: { errorInformation: 'Invalid file structure', missing: ['amount'], unknown: ['sum'] },
  });
  expect(await hub.c.batches.countDocuments({ tenantId: tenant.id })).toBe(0);
});

test('a file without rows, without anything, or of other bytes is refused at once', async () => {
  const tenant = await hub.aTenant();
  const refused = async (file: string | Uint8Array) => (await tenant.post<Problem>(file)).body.type;
  expect(await refused('')).toBe('urn:tributary:problem:empty-file');
  expect(await refused(csvOf([]))).toBe('urn:tributary:problem:empty-file');
  expect(await refused(Buffer.from([0x50, 0x4b, 0x03, 0x04, 0xff, 0xfe]))).toBe('urn:tributary:problem:broken-file');
  expect(await hub.c.batches.countDocuments({ tenantId: tenant.id })).toBe(0);
});

test("amounts keep their currency's digits: yen have none, Kuwaiti dinars three", async () => {
  const tenant = await hub.aTenant();
  const amounts = [
    { amount: '850', currency: 'JPY' },
    { amount: '850.00', currency: 'JPY' },
    { amount: '850.5', currency: 'JPY' },
    { amount: '1.234', currency: 'KWD' },
    { amount: '1.2345', currency: 'KWD' },
    { amount: '0.01', currency: 'USD' },
    { amount: '0.001', currency: 'USD' },
    { amount: '820.00', currency: 'RWF' },
  ];
  const modes = ['slcb', 'mojaloop', 'gsma'];
  const rows = modes.flatMap((payment_mode) => amounts.map((money) => aRow({ payment_mode, ...money })));
  const { batch_id: batchId, ...status } = await tenant.paid(csvOf(rows));
  expect(status).toMatchObject({
    status: 'completed',
    total: 24,
    successful: 15,
    failed: 9,
    totalAmount: null,
    currency: null,
  });
  expect(status.totals).toMatchObject({
    JPY: { total: '5100', successful: '5100' },
    KWD: { total: '3.702', successful: '3.702' },
    USD: { total: '0.03', successful: '0.03' },
    RWF: { total: '2460', successful: '2460' },
  });
  const lines = await tenant.lines(batchId);
  const ofRows = (at: readonly number[]) => modes.flatMap((_, mode) => at.map((row) => lines[mode * 8 + row]!));
  expect(ofRows([0, 1, 3, 5, 7]).map((line) => line.status)).toEqual(Array(15).fill('SUCCESS'));
  for (const { status: word, code, description } of ofRows([2, 4, 6])) {
    expect({ word, code }).toEqual({ word: 'FAILURE', code: '400' });
    expect(description).toMatch(/^amount has \d decimal digits where \w{3} has \d/);
  }
  const ledger = await ledgerOf(batchId, [1, 2, 4, 6, 8, 9, 17]);
  expect(Number(ledger.get(4)?.amount)).toBe(1.234);
  expect(Number(ledger.get(2)?.amount)).toBe(850);
});

test('each bad row is told with all its faults and the others are paid', async () => {
  const tenant = await hub.aTenant();
  const good = aRow();
  const rows = [
    good,
    aRow({ id: good.id }),
    aRow({ amount: '1,000', currency: 'EURO' }),
    aRow({ payment_mode: 'carrier-pigeon' }),
    aRow({ payee_identifier_type: 'msisdn', payee_identifier: '+12 34', payment_mode: 'gsma' }),
    aRow({ payee_identifier_type: 'iban', payee_identifier: 'GB82WEST12345698765431', payment_mode: 'mojaloop' }),
    aRow({ payer_identifier: '' }),
    aRow(),
  ];
  const file = `${csvOf(rows)}9,short,row\n`;
  const { batch_id: batchId, ...status } = await tenant.paid(file);
  expect(status).toMatchObject({ status: 'completed', total: 9, successful: 2, reasons: { invalid: 7 } });
  const { body } = await tenant.call<{ errors: { row: number; column: string; code: string; message: string }[] }>(
    `/api/v1/batches/${batchId}/row-errors`,
  );
  expect(body.errors.map(({ row, column, code }) => [row, column, code])).toEqual([
    [2, 'id', 'duplicate_id'],
    [3, 'currency', 'currency_unknown'],
    [3, 'amount', 'amount_malformed'],
    [4, 'payment_mode', 'mode_unknown'],
    [5, 'payee_identifier', 'msisdn_malformed'],
    [6, 'payee_identifier', 'iban_malformed'],
    [7, 'payer_identifier', 'required'],
    [9, '', 'cell_count'],
  ]);
  const lines = await tenant.lines(batchId);
  expect(lines.map((line) => line.status)).toEqual(['SUCCESS', ...Array(6).fill('FAILURE'), 'SUCCESS', 'FAILURE']);
  expect(lines[2]?.description).toContain('currency');
  expect(lines[2]?.description).toContain('amount');
  expect((await ledgerOf(batchId, [1, 2, 3, 4, 5, 6, 7, 8, 9])).size).toBe(2);
});

test('what the hub adds to a line is never a formula, whatever the row says', async () => {
  const tenant = await hub.aTenant();
  const formula = '=HYPERLINK("http://evil.example")';
  const rows = [
    aRow({ note: formula, amount: formula }),
    aRow({ id: '@SUM(A1)', payment_mode: '+cmd', note: '-1+1' }),
    aRow({ id: '@SUM(A1)', note: formula, ends: '0422' }),
  ];
  const { batch_id: batchId } = await tenant.paid(csvOf(rows));
  const lines = await tenant.lines(batchId);
  expect(lines.map(({ own }) => own)).toEqual(csvOf(rows).trimEnd().split('\n').slice(1));
  for (const { code, description } of lines) {
    expect(code).toMatch(/^\d{3}$/);
    expect(description).toMatch(/^[A-Za-z]/);
    expect(description).not.toContain('evil');
  }
});

test.each([
  [
    'not UTF-8 further down',
    (file: string) => Buffer.concat([Buffer.from(file), Buffer.from([0x31, 0x2c, 0xff, 0x0a])]),
  ],
  ['cut short inside quotes', (file: string) => Buffer.from(`${file}5,"cut he`)],
])('a file that is %s ends as a rejected batch with a problem, and nothing of it is paid', async (_what, spoil) => {
  const tenant = await hub.aTenant();
  const { batch_id: batchId, ...status } = await tenant.paid(spoil(csvOf([aRow(), aRow(), aRow()])));
  expect(status).toMatchObject({
    status: 'rejected',
    successful: 0,
    problem: { title: 'The file is broken', detail: expect.stringMatching(/^line 5: /) },
  });
  expect((await ledgerOf(batchId, [1, 2, 3, 4])).size).toBe(0);
  expect(await tenant.call(`/api/v1/batches/${batchId}/result`)).toMatchObject({ status: 409 });
});

test('a file that is not what was declared ends as a rejected batch; one that is, is paid', async () => {
  const tenant = await hub.aTenant();
  const declared = (count: string, total: string) => ({
    headers: { 'X-Declared-Count': count, 'X-Declared-Total': total },
  });
  const file = () => csvOf([aRow(), aRow()]);
  const [short, dear, right] = await Promise.all([
    tenant.paid(file(), declared('3', '25.00')),
    tenant.paid(file(), declared('2', '25.01')),
    tenant.paid(file(), declared('2', '25.00')),
  ]);
  expect(short).toMatchObject({ status: 'rejected', problem: { title: 'Declared count differs' }, failed: 2 });
  expect(dear).toMatchObject({ status: 'rejected', problem: { title: 'Declared total differs' }, failed: 2 });
  expect(right).toMatchObject({ status: 'completed', successful: 2 });
  for (const { batch_id: batchId } of [short, dear]) expect((await ledgerOf(batchId, [1, 2])).size).toBe(0);
});

test('a thousand rows with every optional column come back in their order', async () => {
  const tenant = await hub.aTenant();
  const header = [...columns, 'program_shortcode', 'cycle', 'payee_dfsp_id', 'account_number'].join(',');
  const rows = Array.from({ length: 1_000 }, () => `${csvOf([aRow()]).trimEnd().split('\n')[1]},MDM,1,bank-one,0042`);
  const { batch_id: batchId, ...status } = await tenant.paid([header, ...rows].join('\n'));
  expect(status).toMatchObject({ status: 'completed', total: 1_000, successful: 1_000, totalAmount: '12500.00' });
  expect((await tenant.lines(batchId)).map(({ own }) => own)).toEqual(rows);
});
