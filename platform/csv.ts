/**
 * CSV files as clients write them (RFC 4180, UTF-8): csv-parse reads them, and each record keeps its exact text.
 * That text is cut from the bytes, since csv-parse's own `raw` takes blank lines along and half of a CRLF.
 */
import { isUtf8 } from 'node:buffer';
import { CsvError, Parser } from 'csv-parse';

export type FileRecord = {
  /** From 1 for the first record after the header; the header is 0. */
  readonly row: number;
  /** The file's line, from 1, on which the record begins. */
  readonly line: number;
  readonly cells: readonly string[];
  /** The record as the client wrote it, quotes included, without its line end. */
  readonly raw: string;
};

/** The file cannot be read from `line` on. `cure` tells its sender what to do. */
export class BrokenFile extends Error {
  override name = 'BrokenFile';
  readonly line: number;
  readonly cure: string;
  constructor(line: number, what: string, cure: string) {
    super(`line ${line}: ${what}: ${cure}`);
    this.line = line;
    this.cure = cure;
  }
}

export type OpenFile = {
  readonly columns: readonly string[];
  readonly headerRaw: string;
  /** In the file's order, up to 1,000 at a time; throws BrokenFile after the last good record. Iterate once. */
  readonly records: AsyncIterable<FileRecord[]>;
};

/** Takes bytes as they come, gives the records that are complete. One call at a time. */
export type RecordScanner = {
  push(bytes: Uint8Array): Promise<FileRecord[]>;
  /** The last record, which need not have a line end. */
  end(): Promise<FileRecord[]>;
  /** Set once the rest cannot be read; records before it have been given. */
  readonly broken: BrokenFile | undefined;
};

/** A longer record is a quote that somebody forgot to close. */
const recordMaxBytes = 256 * 1024;
const batchRecords = 1_000;
const [lf, cr] = [10, 13];

/** Reads the header; throws BrokenFile where there is none. Memory: one chunk of `source` and one batch of records. */
export async function openFile(source: AsyncIterable<Uint8Array>): Promise<OpenFile> {
  const batches = readBatches(source);
  const first = (await batches.next()).value;
  const header = first?.[0];
  if (!header) throw new BrokenFile(1, 'the file is empty', 'send a header line and a row per payment');
  async function* records(): AsyncGenerator<FileRecord[]> {
    if (first && first.length > 1) yield first.slice(1);
    yield* batches;
  }
  return { columns: header.cells, headerRaw: header.raw, records: records() };
}

/** Every record, the header (row 0) first; throws BrokenFile after the last good one. */
export async function* readRecords(source: AsyncIterable<Uint8Array>): AsyncGenerator<FileRecord> {
  for await (const batch of readBatches(source)) yield* batch;
}

async function* readBatches(source: AsyncIterable<Uint8Array>): AsyncGenerator<FileRecord[], undefined> {
  const scanner = createRecordScanner();
  for await (const bytes of source) {
    yield* inBatches(await scanner.push(bytes));
    if (scanner.broken) throw scanner.broken;
  }
  yield* inBatches(await scanner.end());
  if (scanner.broken) throw scanner.broken;
}

function* inBatches(records: FileRecord[]): Generator<FileRecord[]> {
  if (records.length === 0) return;
  if (records.length <= batchRecords) return yield records;
  for (let i = 0; i < records.length; i += batchRecords) yield records.slice(i, i + batchRecords);
}

export function createRecordScanner(): RecordScanner {
  const utf8 = createUtf8Check();
  const parser = createParser(onRecord);
  const rest = createRest();
  let given: FileRecord[] = [];
  let row = 0;
  let broken: BrokenFile | undefined;

  function onRecord(cells: string[], end: number): void {
    rest.skipBlankLines();
    const { line, at } = rest;
    const written = rest.take(end);
    const raw = withoutLineEnd(written);
    // The beginning of a record that goes on in bytes that are not UTF-8.
    if (utf8.isBad() && raw === written) return;
    if (end - at > recordMaxBytes) throw faultAt(line, 'endless');
    if (raw.includes('"') && !isTextOf(raw, cells)) throw faultAt(line, 'reopened');
    if (!isBlank(raw)) given.push({ row: row++, line, cells, raw });
  }

  async function push(bytes: Uint8Array): Promise<FileRecord[]> {
    if (broken) return [];
    const good = utf8.check(bytes);
    rest.add(good);
    broken = faultOf(await parser.write(good)) ?? tooLong();
    if (!broken && utf8.isBad()) await finish();
    return taken();
  }

  async function end(): Promise<FileRecord[]> {
    if (broken) return [];
    utf8.end();
    await finish();
    return taken();
  }

  async function finish(): Promise<void> {
    const error = await parser.end();
    broken = utf8.isBad() && !(error instanceof BrokenFile) ? notUtf8() : faultOf(error);
  }

  function faultOf(error: unknown): BrokenFile | undefined {
    if (!error) return undefined;
    if (error instanceof BrokenFile) return error;
    if (!(error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED')) throw error;
    rest.skipBlankLines();
    return faultAt(rest.line, 'unclosed');
  }

  function tooLong(): BrokenFile | undefined {
    rest.skipBlankLines();
    const bytes = rest.bytes();
    return bytes.length > recordMaxBytes ? faultAt(rest.line, bytes.includes('"') ? 'unclosed' : 'endless') : undefined;
  }

  function notUtf8(): BrokenFile {
    const line = rest.line + lineEndsIn(rest.bytes().toString());
    return new BrokenFile(line, 'not UTF-8', 'save the file as UTF-8 and send it again');
  }

  function taken(): FileRecord[] {
    const records = given;
    given = [];
    return records;
  }

  return {
    push,
    end,
    get broken() {
      return broken;
    },
  };
}

type Fault = 'unclosed' | 'reopened' | 'endless';

function faultAt(line: number, fault: Fault): BrokenFile {
  const faults: Record<Fault, [string, string]> = {
    unclosed: ['the file ends inside quotes', 'close the quotes that this line opens, or send the whole file again'],
    reopened: [
      'text follows a closing quote',
      'write a quote inside a quoted cell twice, and a comma after the closing quote',
    ],
    endless: [`the row is longer than ${recordMaxBytes} bytes`, 'send a row per line and close its quotes'],
  };
  return new BrokenFile(line, ...faults[fault]);
}

/** csv-parse, fed a chunk at a time. `end` is the byte of the file at which a record and its line end are over. */
function createParser(onRecord: (cells: string[], end: number) => void) {
  const parser = new Parser({
    bom: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    // A quote inside an unquoted cell is a letter; text after a closing quote is found by isTextOf.
    relax_quotes: true,
    skip_empty_lines: true,
    on_record: (cells: string[], { bytes }) => onRecord(cells, bytes) ?? null,
  });
  // Errors are given to the callbacks below; without a listener the stream would throw them as well.
  parser.on('error', () => undefined);
  type Callback = (error?: Error | null) => void;
  const wait = (call: (done: Callback) => void) => new Promise<Error | null | undefined>((resolve) => call(resolve));
  return {
    write: (bytes: Buffer) => wait((done) => parser.write(bytes, done)),
    end: () => wait((done) => parser.end(done)),
  };
}

/** The bytes of records that are not given yet: hardly more than a chunk and one record. */
function createRest() {
  let held: Buffer = Buffer.alloc(0);
  let heldFrom = 0;
  let at = 0;
  let line = 1;

  function moveTo(index: number): string {
    const text = held.toString('utf8', at, index);
    line += lineEndsIn(text);
    at = index;
    return text;
  }

  return {
    add(bytes: Buffer): void {
      held = Buffer.concat([held.subarray(at), bytes]);
      heldFrom += at;
      at = 0;
    },
    /** Also the byte order mark. A CR that is the last byte stays, for it may be half of a CRLF. */
    skipBlankLines(): void {
      if (heldFrom + at === 0 && held.indexOf('\ufeff') === 0) at = 3;
      let index = at;
      while (held[index] === lf || held[index] === cr) index++;
      if (index === held.length && held[index - 1] === cr) index--;
      if (index > at) moveTo(index);
    },
    /** The text up to a byte of the file. */
    take: (end: number) => moveTo(end - heldFrom),
    bytes: () => held.subarray(at),
    /** The byte of the file, and the line, where the next record begins. */
    get at() {
      return heldFrom + at;
    },
    get line() {
      return line;
    },
  };
}

/** Whether the cells, written again, are the text. Where text follows a closing quote, csv-parse makes up a cell. */
function isTextOf(raw: string, cells: readonly string[]): boolean {
  let at = 0;
  for (const cell of cells) {
    const written = raw[at] === '"' ? quoted(cell) : cell;
    if (!raw.startsWith(written, at)) return false;
    at += written.length + 1;
  }
  return at === raw.length + 1;
}

function withoutLineEnd(text: string): string {
  if (text.endsWith('\r\n')) return text.slice(0, -2);
  return text.endsWith('\n') || text.endsWith('\r') ? text.slice(0, -1) : text;
}

function lineEndsIn(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

function isBlank(raw: string): boolean {
  return raw === '' || (raw.charCodeAt(0) <= 32 && raw.trim() === '');
}

/** Lets whole characters through; csv-parse itself would replace what is not UTF-8 and say nothing. */
function createUtf8Check() {
  let held: Buffer = Buffer.alloc(0);
  let bad = false;
  return {
    /** The good bytes before the first bad one. */
    check(bytes: Uint8Array): Buffer {
      const all = Buffer.concat([held, bytes]);
      const whole = wholeCharacters(all);
      held = all.subarray(whole.length);
      bad = !isUtf8(whole);
      return bad ? goodBytesOf(whole) : whole;
    },
    end(): void {
      bad ||= held.length > 0;
    },
    isBad: () => bad,
  };
}

/** By halves, since Node tells only whether the whole is UTF-8. */
function goodBytesOf(bytes: Buffer): Buffer {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isUtf8(wholeCharacters(bytes.subarray(0, middle)))) good = middle;
    else bad = middle;
  }
  return wholeCharacters(bytes.subarray(0, good));
}

/** Without the bytes at the end that begin a character whose other bytes have not come. */
function wholeCharacters(bytes: Buffer): Buffer {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return size > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

/** A cell that the hub adds: quoted where it must be, and never a formula to a spreadsheet. OWASP, CSV injection. */
export function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? quoted(harmless) : harmless;
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
