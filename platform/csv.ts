/**
 * CSV files as clients write them (RFC 4180, UTF-8), a record at a time, each with the exact text it was written with.
 * Ours and not a library's, because the exact text at ten times csv-parse's speed is what merge-back lives on.
 */
import { isUtf8 } from 'node:buffer';

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

/** Takes bytes as they come, gives the records that are complete. */
export type RecordScanner = {
  push(bytes: Uint8Array): FileRecord[];
  /** The last record, which need not have a line end. */
  end(): FileRecord[];
  /** Set once the rest cannot be read; records before it have been given. */
  readonly broken: BrokenFile | undefined;
};

/** A longer record is a quote that somebody forgot to close. */
const recordMaxChars = 256 * 1024;
const batchRecords = 1_000;

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
    yield* inBatches(scanner.push(bytes));
    if (scanner.broken) throw scanner.broken;
  }
  yield* inBatches(scanner.end());
  if (scanner.broken) throw scanner.broken;
}

function* inBatches(records: FileRecord[]): Generator<FileRecord[]> {
  if (records.length === 0) return;
  if (records.length <= batchRecords) return yield records;
  for (let i = 0; i < records.length; i += batchRecords) yield records.slice(i, i + batchRecords);
}

export function createRecordScanner(): RecordScanner {
  let bytesHeld: Buffer = Buffer.alloc(0);
  let text = '';
  let line = 1;
  let row = 0;
  let begun = false;
  let broken: BrokenFile | undefined;

  function push(bytes: Uint8Array): FileRecord[] {
    if (broken) return [];
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const all = bytesHeld.length > 0 ? Buffer.concat([bytesHeld, piece]) : piece;
    const cut = all.length - unfinishedBytes(all);
    bytesHeld = Buffer.from(all.subarray(cut));
    return take(all.subarray(0, cut), false);
  }

  function end(): FileRecord[] {
    return broken ? [] : take(bytesHeld, true);
  }

  function take(bytes: Buffer, final: boolean): FileRecord[] {
    const good = isUtf8(bytes) ? bytes : bytes.subarray(0, goodLinesOf(bytes));
    text += good.toString('utf8');
    if (!begun && text !== '') {
      begun = true;
      if (text.startsWith('\ufeff')) text = text.slice(1);
    }
    const records: FileRecord[] = [];
    scan(records, final && good === bytes);
    if (good !== bytes && !broken) {
      broken = new BrokenFile(line + lineEndsIn(text), 'not UTF-8', 'save the file as UTF-8 and send it again');
    }
    return records;
  }

  /** Cuts whole records off the front of `text`. */
  function scan(records: FileRecord[], final: boolean): void {
    let at = 0;
    const next = finder(text);
    while (at < text.length) {
      const plainEnd = Math.min(next.lf(at), next.cr(at));
      const quoted = next.quote(at) < plainEnd;
      const record = quoted ? quotedRecord(text, at, final) : plainRecord(text, at, plainEnd, final);
      if (typeof record === 'string') {
        broken = faultAt(line, record);
        break;
      }
      if (!record || !isEndSeen(text, record.end, final)) {
        if (text.length - at > recordMaxChars) broken = faultAt(line, quoted ? 'unclosed' : 'endless');
        break;
      }
      const raw = text.slice(at, record.end);
      if (raw.length > recordMaxChars) {
        broken = faultAt(line, 'endless');
        break;
      }
      if (!isBlank(raw)) records.push({ row: row++, line, cells: record.cells, raw });
      line += quoted ? lineEndsIn(raw) : 0;
      at = record.end + lineEndLength(text, record.end);
      if (at > record.end) line += 1;
    }
    text = at > 0 ? text.slice(at) : text;
  }

  return {
    push,
    end,
    get broken() {
      return broken;
    },
  };
}

type Cut = { readonly cells: string[]; readonly end: number };
type Fault = 'unclosed' | 'reopened' | 'endless';

function faultAt(line: number, fault: Fault): BrokenFile {
  const faults: Record<Fault, [string, string]> = {
    unclosed: ['the file ends inside quotes', 'close the quotes that this line opens, or send the whole file again'],
    reopened: [
      'text follows a closing quote',
      'write a quote inside a quoted cell twice, and a comma after the closing quote',
    ],
    endless: [`the row is longer than ${recordMaxChars} characters`, 'send a row per line and close its quotes'],
  };
  return new BrokenFile(line, ...faults[fault]);
}

function plainRecord(text: string, at: number, end: number, final: boolean): Cut | undefined {
  if (end === Number.POSITIVE_INFINITY && !final) return undefined;
  const stop = Math.min(end, text.length);
  return { cells: text.slice(at, stop).split(','), end: stop };
}

/** A record with quotes in it; undefined when its end has not come yet. A quote inside an unquoted cell is a letter. */
function quotedRecord(text: string, at: number, final: boolean): Cut | Fault | undefined {
  const cells: string[] = [];
  const next = finder(text);
  for (let p = at; ; p++) {
    let end: number;
    if (text[p] === '"') {
      const close = closingQuote(text, p);
      if (close < 0) return final ? 'unclosed' : undefined;
      end = close + 1;
      if (end === text.length && !final) return undefined;
      if (end < text.length && !/[,\r\n]/.test(text[end]!)) return 'reopened';
      cells.push(text.slice(p + 1, close).replaceAll('""', '"'));
    } else {
      end = Math.min(next.comma(p), next.lf(p), next.cr(p), text.length);
      if (end === text.length && !final) return undefined;
      cells.push(text.slice(p, end));
    }
    if (text[end] !== ',') return { cells, end };
    p = end;
  }
}

function closingQuote(text: string, open: number): number {
  let at = text.indexOf('"', open + 1);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

/** Positions of the next mark at or after a place that only grows, each looked for once; Infinity where there is none. */
function finder(text: string) {
  const seek = (mark: string) => {
    let found = -1;
    return (from: number): number => {
      if (found < from) {
        found = text.indexOf(mark, from);
        if (found < 0) found = Number.POSITIVE_INFINITY;
      }
      return found;
    };
  };
  return { lf: seek('\n'), cr: seek('\r'), quote: seek('"'), comma: seek(',') };
}

/** A CR at the very end may be half of a CRLF. */
function isEndSeen(text: string, end: number, final: boolean): boolean {
  return final || !(text[end] === '\r' && end + 1 === text.length);
}

function lineEndLength(text: string, end: number): number {
  if (end >= text.length) return 0;
  return text[end] === '\r' && text[end + 1] === '\n' ? 2 : 1;
}

function lineEndsIn(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

function isBlank(raw: string): boolean {
  return raw === '' || (raw.charCodeAt(0) <= 32 && raw.trim() === '');
}

/** How many bytes at the end begin a character whose other bytes have not come. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}

/** Where the first line that is not UTF-8 begins. */
function goodLinesOf(bytes: Buffer): number {
  for (let from = 0; ; ) {
    const lf = bytes.indexOf(10, from);
    const end = lf < 0 ? bytes.length : lf + 1;
    if (!isUtf8(bytes.subarray(from, end)) || lf < 0) return from;
    from = end;
  }
}

/** A cell that the hub adds: quoted where it must be, and never a formula to a spreadsheet. OWASP, CSV injection. */
export function csvCell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
