/** A sample file and its result, row by row, as the demo compares them with what the hub says. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Money, parseMoney } from '../../domain/money.ts';
import { type FileRecord, readRecords } from '../../platform/csv.ts';
import { localRailOfMode } from '../rails.ts';

export type SampleRow = {
  /** From 1. */
  readonly row: number;
  readonly id: string;
  readonly mode: string;
  /** Absent where no rail has the mode. */
  readonly rail?: string;
  readonly payee: string;
  readonly amountText: string;
  readonly currency: string;
  /** Absent where amount or currency cannot be read. */
  readonly money?: Money;
  readonly raw: string;
};

export type Sample = { readonly fileName: string; readonly file: Buffer; readonly rows: readonly SampleRow[] };

export type ResultLine = {
  readonly word: string;
  readonly code: string;
  readonly description: string;
  /** Whether the client's own cells are there byte for byte. */
  readonly isOwnText: boolean;
};

export async function readSample(root: string, fileName: string): Promise<Sample> {
  const file = await readFile(join(root, 'local', 'samples', fileName));
  const [header, ...records] = await recordsOf(file);
  const rows = records.map(({ row, cells, raw }): SampleRow => {
    const cell = (name: string) => cells[header?.cells.indexOf(name) ?? -1] ?? '';
    const [mode, amountText, currency] = [cell('payment_mode'), cell('amount'), cell('currency')];
    const rail = localRailOfMode(mode)?.id;
    const money = moneyOf(amountText, currency);
    return { row, id: cell('id'), mode, rail, payee: cell('payee_identifier'), amountText, currency, money, raw };
  });
  return { fileName, file, rows };
}

/** The lines after the header, in the file's order. */
export async function readResult(file: Buffer, { rows }: Sample): Promise<ResultLine[]> {
  const [header, ...records] = await recordsOf(file);
  const added = header?.cells.slice(-3).join(',');
  if (added !== 'status,error_code,error_description') throw new Error(`the result file's last columns are ${added}`);
  return records.map(({ cells, raw }, at) => {
    const [word = '', code = '', description = ''] = cells.slice(-3);
    return { word, code, description, isOwnText: raw.startsWith(`${rows[at]?.raw},${word},`) };
  });
}

/** Keeps a copy under demo/ and answers its path, seen from the project's folder. */
export function keepResult(root: string, { fileName }: Sample, file: Buffer): string {
  const path = join('demo', fileName.replace(/\.csv$/, '-result.csv'));
  mkdirSync(join(root, 'demo'), { recursive: true });
  writeFileSync(join(root, path), file);
  return path;
}

export async function recordsOf(file: Buffer): Promise<FileRecord[]> {
  const records: FileRecord[] = [];
  for await (const record of readRecords(Readable.from([file]))) records.push(record);
  return records;
}

function moneyOf(amount: string, currency: string): Money | undefined {
  try {
    return parseMoney(amount, currency);
  } catch {
    return undefined;
  }
}
