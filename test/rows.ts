/** Rows of batch files: what a test says of a row, and the rest filled in so that it is paid. */
import { randomInt } from 'node:crypto';

export const columns = [
  'id',
  'request_id',
  'payment_mode',
  'payer_identifier_type',
  'payer_identifier',
  'payee_identifier_type',
  'payee_identifier',
  'amount',
  'currency',
  'note',
] as const;
export type Row = { readonly [K in (typeof columns)[number]]: string };

export type Mode = 'slcb' | 'mojaloop' | 'gsma';

const payeeTypes: Readonly<Record<string, string>> = { slcb: 'accountNumber', mojaloop: 'mosip', gsma: 'msisdn' };
let rowsMade = 0;

/** A row that is paid, by slcb unless told otherwise; `ends` makes its payee a magic one (docs/simulators.md). */
export function aRow(like: Partial<Row> & { readonly ends?: string } = {}): Row {
  const { ends = '0001', ...cells } = like;
  const mode = cells.payment_mode ?? 'slcb';
  rowsMade += 1;
  return {
    id: String(rowsMade),
    request_id: `request-${rowsMade}`,
    payment_mode: mode,
    payer_identifier_type: 'accountNumber',
    payer_identifier: '003001003874120160',
    payee_identifier_type: payeeTypes[mode] ?? 'accountNumber',
    payee_identifier: anIdentifier(ends),
    amount: '12.50',
    currency: 'USD',
    note: 'Test Payee Payment',
    ...cells,
  };
}

/** Ten digits that no other row has, ending as told. */
export function anIdentifier(ends = '0001'): string {
  return `${randomInt(100_000, 1_000_000)}${ends}`;
}

/** The file of these rows; cells are quoted where they must be. */
export function csvOf(rows: readonly Row[]): string {
  const lines = rows.map((row) => columns.map((name) => quoted(row[name])).join(','));
  return `${[columns.join(','), ...lines].join('\n')}\n`;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
