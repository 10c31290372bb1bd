/** Asks the rails' simulators what they did, and compares their books with the result file. */
import { railVariable } from '../../connectors/rail-variables.ts';
import type { LedgerEntry } from '../../connectors/simulator.ts';
import { formatMoney, parseMoney } from '../../domain/money.ts';
import type { Environment } from '../environment.ts';
import { localRails } from '../rails.ts';
import type { Transfer } from './hub-client.ts';
import type { ResultLine, Sample, SampleRow } from './sample.ts';

/** By rail, then by the payment's id. */
export type Ledgers = ReadonlyMap<string, ReadonlyMap<string, LedgerEntry>>;

export async function readLedgers(env: Environment, transfers: readonly Transfer[]): Promise<Ledgers> {
  const ids = transfers.map(({ transactionId }) => transactionId).join(',');
  const read = localRails.map(async ({ id }): Promise<[string, ReadonlyMap<string, LedgerEntry>]> => {
    const url = `${env[railVariable(id, 'url')]}/_ledger?ids=${ids}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(15_000) });
    if (!response.ok) throw new Error(`the ledger of ${id} answered ${response.status}: ${url}`);
    const lines = (await response.text()).split('\n').filter(Boolean);
    const entries = lines.map((line) => JSON.parse(line) as LedgerEntry);
    return [id, new Map(entries.map((entry) => [entry.id, entry]))];
  });
  return new Map(await Promise.all(read));
}

/** Nothing was carried out twice; what is SUCCESS was, once, as asked and on its own rail; nothing else was. */
export function ledgerProblems(
  { rows }: Sample,
  lines: readonly ResultLine[],
  transfers: readonly Transfer[],
  ledgers: Ledgers,
): string[] {
  const idOf = new Map(transfers.map(({ id, transactionId }) => [id, transactionId]));
  return rows.flatMap((row, at) => {
    const word = lines[at]?.word;
    const id = idOf.get(row.row);
    if (!id) return [`row ${row.row}, ${row.id}: the batch's detail does not show it`];
    return [...ledgers].flatMap(([rail, entries]) =>
      entryProblems(row, word, rail, entries.get(id)).map((what) => `row ${row.row}, ${row.id}: ${what}`),
    );
  });
}

function entryProblems(
  row: SampleRow,
  word: string | undefined,
  rail: string,
  entry: LedgerEntry | undefined,
): string[] {
  const executed = entry?.executed ?? 0;
  const wanted = word === 'SUCCESS' && rail === row.rail ? 1 : 0;
  if (executed !== wanted) return [`${rail} carried it out ${times(executed)}, the result file says ${word}`];
  if (!entry || !row.money || executed === 0) return [];
  const { currency } = row.money;
  const paid = parseMoney(entry.amount, currency).minor === row.money.minor;
  return [
    ...(paid ? [] : [`${rail} paid ${entry.amount}, asked were ${formatMoney(row.money)} ${currency}`]),
    ...(entry.payee === row.payee ? [] : [`${rail} paid another payee`]),
  ];
}

function times(n: number): string {
  return n === 0 ? 'never' : n === 1 ? 'once' : `${n} times`;
}
