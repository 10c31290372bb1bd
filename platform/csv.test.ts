import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BrokenFile, csvCell, type FileRecord, openFile, readRecords } from './csv.ts';

const cellOf = fc.stringMatching(/^[ a-zé€😀0-9",\r\n=+@-]{0,12}$/u);
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
/** At least two cells, so that no record is a blank line. */
const tableOf = fc
  .integer({ min: 2, max: 5 })
  .chain((width) => fc.array(fc.array(cellOf, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }));

test('what was written is read back, cell by cell, however it is cut into chunks', async () => {
  await fc.assert(
    fc.asyncProperty(tableOf, lineEnd, fc.boolean(), fc.integer({ min: 1, max: 40 }), async (table, end, bom, size) => {
      const lines = table.map((cells) => cells.map(quoted).join(','));
      const records = await all((bom ? '\ufeff' : '') + lines.join(end), size);
      expect(records.map((r) => r.cells)).toEqual(table);
      expect(records.map((r) => r.raw)).toEqual(lines);
      expect(records.map((r) => r.row)).toEqual(table.map((_, i) => i));
    }),
  );
});

test('the exact texts and the line ends give the file back', async () => {
  await fc.assert(
    fc.asyncProperty(tableOf, lineEnd, fc.integer({ min: 1, max: 40 }), async (table, end, size) => {
      const file = table.map((cells) => cells.map(quoted).join(',') + end).join('');
      const records = await all(file, size);
      expect(records.map((r) => r.raw + end).join('')).toBe(file);
    }),
  );
});

test('cells are the same whether their writer quotes all, or only what must be, with blank lines between', async () => {
  const blank = fc.array(fc.constantFrom('', '  '), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(tableOf, lineEnd, blank, fc.integer({ min: 1, max: 40 }), async (table, end, blanks, size) => {
      const full = table.map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','));
      const mixed = full.map((line, i) => (i % 2 ? line : table[i]!.map(quoted).join(',')));
      const records = await all(mixed.map((line) => [...blanks, line, ''].join(end)).join(''), size);
      expect(records.map((r) => r.cells)).toEqual(table);
      expect(records.map((r) => r.raw)).toEqual(mixed);
    }),
  );
});

test('blank lines are no rows, and lines are counted as an editor counts them', async () => {
  const records = await all('id,note\r\n\r\n1,"two\nlines"\n   \n\n2,b', 3);
  expect(records.map(({ row, line, cells }) => [row, line, cells])).toEqual([
    [0, 1, ['id', 'note']],
    [1, 3, ['1', 'two\nlines']],
    [2, 7, ['2', 'b']],
  ]);
});

test('a quote inside an unquoted cell is a letter', async () => {
  expect((await all('a,5" pipe,"x"', 2))[0]!.cells).toEqual(['a', '5" pipe', 'x']);
});

test('a file that breaks further down gives the records before it', async () => {
  const cases: [string | Buffer, number, RegExp, number][] = [
    ['a,b\n1,2\n\n"', 4, /ends inside quotes/, 2],
    ['a,b\n1,2\n3,"cut', 3, /ends inside quotes/, 2],
    ['a,b\n1,2\n"3"x,4\n', 3, /follows a closing quote/, 2],
    ['a,b\n1,2\n"he said "hi", bye",5\n', 3, /follows a closing quote/, 2],
    [Buffer.concat([Buffer.from('a,b\r1,2\r3,caf'), Buffer.from([0xe9, 0x0d])]), 3, /not UTF-8/, 2],
    [`a,b\n1,2\n${','.repeat(300_000)}`, 3, /longer than/, 2],
    [Buffer.concat([Buffer.from('a,b\n1,2\n3,caf'), Buffer.from([0xe9, 0x0a])]), 3, /not UTF-8/, 2],
    [Buffer.concat([Buffer.from('a,b\n1,caf'), Buffer.from([0xc3])]), 2, /not UTF-8/, 1],
    [`a,b\n1,"${'x'.repeat(300_000)}`, 2, /ends inside quotes/, 1],
    [`a,b\n1,${'x'.repeat(300_000)}\n`, 2, /longer than/, 1],
  ];
  for (const [file, line, message, before] of cases) {
    for (const size of [1, 5, 65_536]) {
      if (file.length > 10_000 && size < 100) continue;
      const got: FileRecord[] = [];
      const reading = (async () => {
        for await (const record of readRecords(chunks(file, size))) got.push(record);
      })();
      const error = await reading.then(
        () => undefined,
        (e: unknown) => e,
      );
      expect(error).toBeInstanceOf(BrokenFile);
      expect((error as BrokenFile).message).toMatch(message);
      expect((error as BrokenFile).line).toBe(line);
      expect(got).toHaveLength(before);
    }
  }
});

test('a file is opened by its header', async () => {
  const rows = Array.from({ length: 2_500 }, (_, i) => `${i},x`).join('\n');
  const file = await openFile(chunks(`id,"note"\n${rows}`, 65_536));
  expect(file.columns).toEqual(['id', 'note']);
  expect(file.headerRaw).toBe('id,"note"');
  const batches: FileRecord[][] = [];
  for await (const batch of file.records) batches.push(batch);
  expect(Math.max(...batches.map((b) => b.length))).toBeLessThanOrEqual(1_000);
  expect(batches.flat()).toHaveLength(2_500);
  expect(batches.flat()[0]!.row).toBe(1);
  await expect(openFile(chunks('\ufeff\n\n', 2))).rejects.toThrow(/empty/);
});

test('cells that we add are quoted and are no formulas', () => {
  expect(csvCell('Inactive Account')).toBe('Inactive Account');
  expect(csvCell('no, "never"')).toBe('"no, ""never"""');
  expect(csvCell("=cmd|' /C calc'!A0")).toBe("'=cmd|' /C calc'!A0");
  for (const first of ['=', '+', '-', '@', '\t', '\r']) expect(csvCell(`${first}1`)).toContain(`'${first}1`);
});

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function all(file: string | Buffer, size: number): Promise<FileRecord[]> {
  const records: FileRecord[] = [];
  for await (const record of readRecords(chunks(file, size))) records.push(record);
  return records;
}

async function* chunks(file: string | Buffer, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(file as string);
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}
