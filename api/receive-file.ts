/** Lets a file through to its taker while digests and size are taken and its beginning is checked. */
import { checkHeader, describeHeader } from '../domain/batch-file.ts';
import { Problem } from '../domain/problem.ts';
import { createRecordScanner, type FileRecord } from '../platform/csv.ts';
import { algorithmsOf, type Checksums, createTap } from './checksums.ts';

export type FileFacts = { readonly md5: string; readonly sha256: string; readonly sizeBytes: number };

export type Inspection = {
  /** The same bytes; throws a problem as soon as they are not a file we take. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** After the last byte: what the file is. Throws a problem where a checksum of the file is wrong. */
  facts(): FileFacts;
};

export type FileRules = {
  readonly fileBytes: number;
  readonly rows: number;
  /** Columns that rails declare. */
  readonly railColumns: readonly string[];
  /** As sent with the file. */
  readonly checksums: Checksums['file'];
};

export function inspectFile(source: AsyncIterable<Uint8Array>, rules: FileRules): Inspection {
  const tap = createTap(new Set(['md5', 'sha256', ...algorithmsOf(rules.checksums)] as const));
  const structure = createStructureCheck(rules);
  let sizeBytes = 0;
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      sizeBytes += piece.length;
      if (sizeBytes > rules.fileBytes) {
        throw new Problem('file-too-large', `the file has more than ${rules.fileBytes} bytes: send it in parts`);
      }
      tap.update(piece);
      await structure.push(piece);
      yield piece;
    }
    await structure.end();
  }
  return {
    bytes: bytes(),
    facts() {
      tap.check(rules.checksums, 'the file');
      return { md5: tap.hex('md5'), sha256: tap.hex('sha256'), sizeBytes };
    },
  };
}

/**
 * Header, encoding and emptiness, as the first bytes arrive. From the first row on only rows are counted: a file that is
 * broken further down was accepted, and its process says so.
 */
function createStructureCheck({ railColumns, rows }: FileRules) {
  const scanner = createRecordScanner();
  let lastRow = -1;

  function look(records: readonly FileRecord[]): void {
    if (lastRow < 0 && records[0]) checkColumns(records[0].cells, railColumns);
    lastRow = records.at(-1)?.row ?? lastRow;
    if (lastRow > rows) throw new Problem('too-many-rows', `the file has more than ${rows} rows: send it in parts`);
    if (scanner.broken && lastRow < 1) {
      const { message, line, cure } = scanner.broken;
      throw new Problem('broken-file', message, { line, cure });
    }
  }

  return {
    push: async (bytes: Uint8Array): Promise<void> => look(await scanner.push(bytes)),
    async end(): Promise<void> {
      look(await scanner.end());
      if (lastRow < 0) throw new Problem('empty-file', 'the file is empty: send a header line and a row per payment');
      if (lastRow === 0)
        throw new Problem('empty-file', 'the file has a header line and no row: send a row per payment');
    },
  };
}

function checkColumns(columns: readonly string[], railColumns: readonly string[]): void {
  const problem = checkHeader(columns, railColumns);
  if (!problem) return;
  const { missing, unknown, repeated } = problem;
  const shown = { missing, unknown: unknown.slice(0, 20).map((name) => name.slice(0, 60)), repeated };
  throw new Problem('invalid-file-structure', describeHeader(problem), shown);
}
