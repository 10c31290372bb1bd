/** Checks a whole file as the batch's own validation would, and keeps nothing but a report on disk until it is sent. */

import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { exponentOf } from '../domain/currency.ts';
import { createKnownRows } from '../domain/known-rows.ts';
import { type BeneficiariesOf, createMappedChecker } from '../domain/mapped-rows.ts';
import { formatMoney, parseMoney } from '../domain/money.ts';
import type { RowError } from '../domain/outcome.ts';
import { aboveBatchMax } from '../domain/programme.ts';
import { type CheckedRow, createRowChecker, duplicateId } from '../domain/row-check.ts';
import type { Switches } from '../domain/switches.ts';
import { BrokenFile, openFile } from '../platform/csv.ts';
import type { BatchProgramme } from '../store/programme-documents.ts';
import type { ApiRails } from './deps.ts';
import { type FileRules, inspectFile } from './receive-file.ts';

export type DryRunReport = {
  /** Switches that reject a file as a whole: allOrNothing, ordering by a column that is missing. */
  setSwitches(switches: Switches): void;
  sendTo(res: Response): Promise<void>;
  close(): Promise<void>;
};

export type DryRunRules = FileRules & {
  readonly rails: ApiRails;
  readonly tenantId: string;
  readonly institution?: string;
  readonly beneficiariesOf: BeneficiariesOf;
  readonly programme?: BatchProgramme;
  readonly declared: { readonly declaredCount?: number; readonly declaredTotal?: string };
};

type FileProblem = { readonly title: string; readonly detail: string };
type Sum = { rows: number; minor: bigint };

/** Throws the problems that a real POST answers at once; everything later is in the report. */
export async function dryRun(source: AsyncIterable<Uint8Array>, rules: DryRunRules): Promise<DryRunReport> {
  const spool = await createSpool();
  try {
    return await check(source, rules, spool);
  } catch (error) {
    await spool.close();
    throw error;
  }
}

async function check(source: AsyncIterable<Uint8Array>, rules: DryRunRules, spool: Spool): Promise<DryRunReport> {
  const inspection = inspectFile(source, rules);
  const pieces = inspection.bytes[Symbol.asyncIterator]();
  // Without return(), so that a broken file is read to its end all the same: its checksum and its sender want that.
  const file = await openFile({ [Symbol.asyncIterator]: () => ({ next: () => pieces.next() }) });
  const { byMode: railOfMode, modes } = rules.rails;
  const checkRow = createRowChecker(file.columns, { railOfMode, modes }, rules.tenantId, rules.programme);
  const checkRows = createMappedChecker({
    columns: file.columns,
    checkRow,
    railOf: (mode) => railOfMode(mode)?.id,
    hasInstitution: rules.institution !== undefined,
    beneficiariesOf: rules.beneficiariesOf,
  });
  const ids = createKnownRows();
  const totals = new Map<string, Sum>();
  let rows = 0;
  let refused = 0;
  let problem: FileProblem | undefined;

  function count(row: number, { fields, errors }: CheckedRow): RowError[] {
    // 64 bits that agree by chance would need billions of rows; a report may rely on them, a payment does not.
    const twin = fields.clientId === '' ? undefined : ids.candidates(fields.clientId)[0];
    if (twin !== undefined) errors.push(duplicateId(row, twin));
    else if (fields.clientId !== '') ids.add(fields.clientId, row);
    rows += 1;
    if (errors.length > 0) refused += 1;
    else if (fields.money) {
      const { minor, currency } = fields.money;
      const sum = totals.get(currency) ?? { rows: 0, minor: 0n };
      totals.set(currency, { rows: sum.rows + 1, minor: sum.minor + minor });
    }
    return errors;
  }

  try {
    for await (const records of file.records) {
      const checked = await checkRows(records);
      await spool.add(checked.flatMap((one, i) => count(records[i]!.row, one)));
    }
  } catch (error) {
    if (!(error instanceof BrokenFile)) throw error;
    problem = { title: 'The file is broken', detail: error.message };
    while (!(await pieces.next()).done);
  }
  inspection.facts();
  problem ??= declaredProblem(rules.declared, rows, refused, totals);

  return {
    setSwitches({ validation, ordering }) {
      if (problem) return;
      if (ordering.enable && !file.columns.includes(ordering.field)) {
        problem = { title: 'The column to order by is missing', detail: `ordering.field is ${ordering.field}` };
      } else if (validation.allOrNothing && refused > 0) {
        const detail = `${refused} of ${rows} rows are not valid and validation.allOrNothing is on`;
        problem = { title: 'The file has bad rows', detail };
      }
      problem ??= aboveBatchMax(rules.programme?.limits ?? [], (currency) => totals.get(currency)?.minor ?? 0n);
    },
    async sendTo(res) {
      const summary = {
        valid: refused === 0 && !problem,
        rows,
        accepted: rows - refused,
        refused,
        totals: Object.fromEntries(
          [...totals].map(([currency, { rows: n, minor }]) => [
            currency,
            { rows: n, amount: formatMoney({ minor, currency }) },
          ]),
        ),
        ...(problem ? { problem } : {}),
      };
      res.status(200).type('application/json');
      res.write(`${JSON.stringify(summary).slice(0, -1)},"rowErrors":[`);
      await pipeline(spool.read(), res, { end: false });
      res.end(']}');
    },
    close: spool.close,
  };
}

function declaredProblem(
  { declaredCount, declaredTotal }: DryRunRules['declared'],
  rows: number,
  refused: number,
  totals: ReadonlyMap<string, Sum>,
): FileProblem | undefined {
  if (declaredCount !== undefined && declaredCount !== rows) {
    const detail = `X-Declared-Count says ${declaredCount} rows, the file has ${rows}`;
    return { title: 'Declared count differs', detail };
  }
  if (declaredTotal === undefined) return undefined;
  const [sole, ...others] = [...totals];
  const title = 'Declared total differs';
  if (!sole || others.length > 0) return { title, detail: 'X-Declared-Total needs a file of one currency' };
  const [currency, { minor }] = sole;
  const text = formatMoney({ minor, currency });
  const detail = `X-Declared-Total says ${declaredTotal}, the readable rows sum to ${text} ${currency}`;
  try {
    if (refused === 0 && parseMoney(declaredTotal, currency).minor === minor) return undefined;
  } catch {
    return { title, detail: `${currency} has ${exponentOf(currency)} decimal digits` };
  }
  return { title, detail };
}

type Spool = {
  add(errors: readonly RowError[]): Promise<void>;
  read(): NodeJS.ReadableStream;
  close(): Promise<void>;
};

/** On disk, because the errors of two million rows are larger than we may be; nameless at once, so that nothing stays. */
async function createSpool(): Promise<Spool> {
  const path = join(tmpdir(), `tributary-dry-run-${randomUUID()}`);
  const file: FileHandle = await open(path, 'wx+', 0o600);
  await unlink(path);
  let held = '';
  let isFirst = true;
  let at = 0;
  async function flush(): Promise<void> {
    const bytes = Buffer.from(held);
    held = '';
    await file.write(bytes, 0, bytes.length, at);
    at += bytes.length;
  }
  return {
    async add(errors) {
      for (const error of errors) {
        held += `${isFirst ? '' : ','}${JSON.stringify(error)}`;
        isFirst = false;
      }
      if (held.length > 64 * 1024) await flush();
    },
    read: () => Readable.from(chunksOf(file, at, held)),
    close: () => file.close().catch(() => undefined),
  };
}

async function* chunksOf(file: FileHandle, sizeBytes: number, rest: string): AsyncGenerator<Buffer> {
  for (let at = 0; at < sizeBytes; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, at);
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
  if (rest !== '') yield Buffer.from(rest);
}
