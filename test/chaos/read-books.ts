/** Reads the four books of one batch or single payment: the hub's from MongoDB, the rails' from their simulators, the result over the API. */
import { endToEndIdOf, rowOfKey } from '../../domain/ids.ts';
import { finalStatuses } from '../../domain/outcome.ts';
import type { Collections } from '../../store/collections.ts';
import { batchRange } from '../../store/row-keys.ts';
import type { AskedRow, Books, HubRow, RailEntry, ResultLine } from './checker.ts';
import type { HubClient, SingleState } from './hub-client.ts';
import type { Posted } from './play.ts';

type LedgerLine = Omit<RailEntry, 'row' | 'rail'> & { readonly id: string };

/** Every payment that the rails have, by the id the hub gave it. */
export type Ledgers = ReadonlyMap<string, readonly Omit<RailEntry, 'row'>[]>;

export async function readLedgers(urls: Readonly<Record<string, string>>): Promise<Ledgers> {
  const ledgers = new Map<string, Omit<RailEntry, 'row'>[]>();
  for (const [rail, url] of Object.entries(urls)) {
    const text = await (await fetch(`${url}/_ledger`)).text();
    for (const line of text.split('\n').filter(Boolean)) {
      const { id, executed, amount, currency, payee } = JSON.parse(line) as LedgerLine;
      ledgers.set(id, [...(ledgers.get(id) ?? []), { rail, executed, amount, currency, payee }]);
    }
  }
  return ledgers;
}

export type Stand = {
  readonly isClosed: boolean;
  readonly status: string;
  readonly final: number;
  readonly told: number;
};

/** How many rows of the batch have an outcome, and whether its newest result says so. A single payment is told of as it is. */
export async function standOf(c: Collections, { kind, batchId }: Pick<Posted, 'kind' | 'batchId'>): Promise<Stand> {
  const final = await c.outcomes.countDocuments({ _id: batchRange(batchId) });
  if (kind === 'single') return { isClosed: final > 0, status: 'single', final, told: final };
  const batch = await c.batches.findOne({ _id: batchId });
  const status = batch?.status ?? 'absent';
  const isClosed = (finalStatuses as readonly string[]).includes(status) && batch?.closedAt !== undefined;
  return { isClosed, status, final, told: batch?.results.at(-1)?.final ?? 0 };
}

export async function readBooks(
  { c, client, ledgers }: { readonly c: Collections; readonly client: HubClient; readonly ledgers: Ledgers },
  { kind, batchId, asked }: Pick<Posted, 'kind' | 'batchId' | 'asked'>,
): Promise<Books> {
  const { isClosed } = await standOf(c, { kind, batchId });
  const hub = new Map<number, Mutable<HubRow>>();
  const at = (row: number) => hub.get(row) ?? hub.set(row, { conflicts: [] }).get(row)!;
  for await (const { _id, rail, minor, currency } of c.payments.find({ _id: batchRange(batchId) }))
    at(rowOfKey(_id)).payment = { rail, minor: minor === undefined ? undefined : BigInt(minor), currency };
  for await (const { _id, status, minor } of c.outcomes.find({ _id: batchRange(batchId) }))
    at(rowOfKey(_id)).outcome = { status, minor: BigInt(minor) };
  for await (const { row, had, got, text } of c.conflicts.find({ batchId })) {
    const one = at(Number(row));
    one.conflicts = [...one.conflicts, `${had}, then ${got}: ${text}`];
  }
  const rails = asked.flatMap(({ row }) =>
    (ledgers.get(endToEndIdOf(batchId, row)) ?? []).map((entry): RailEntry => ({ ...entry, row })),
  );
  const told = () =>
    kind === 'single'
      ? client.single(batchId).then((state) => [lineOf(asked[0]!, state)])
      : client.result(batchId).then(linesOf);
  const result = isClosed ? await told() : undefined;
  return { batchId, asked, isClosed, hub, rails, result };
}

/** What the API says of a single payment, as a line of a result would: its own cells only where it is the one that was asked for. */
function lineOf({ line, amount, currency, rail }: AskedRow, state: SingleState): ResultLine {
  const isSame = state.amount === amount && state.currency === currency && state.paymentMode === rail;
  const status = ({ COMPLETED: 'SUCCESS', FAILED: 'FAILURE', IN_PROGRESS: 'PENDING' } as const)[state.status];
  return { own: isSame ? line : JSON.stringify(state), status };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function linesOf(text: string): ResultLine[] {
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [, own = line, status = 'PENDING'] = /^(.*),(SUCCESS|FAILURE|PENDING),\d*,.*$/.exec(line) ?? [];
      return { own, status: status as ResultLine['status'] };
    });
}
