/** Reads which payments a bank's file says came back: credits with a return's reason, reversals, and refusals in a status report. */
import type { Payment } from '../../domain/payment.ts';
import { childOf, readXmlRecords, type XmlNode } from '../../platform/xml.ts';
import type { Returned } from '../rail.ts';
import type { Drop, ReportFile } from './client.ts';
import { reportMaxBytes } from './inbox.ts';
import { endToEndIdOfIso } from './mapping.ts';
import {
  accountAbove,
  amountIn,
  answerOf,
  type Entry,
  entryDoubt,
  kindOfReport,
  noEntry,
  recordNames,
  returnIn,
  statusDoubt,
  textOf,
} from './reports.ts';

/** A file with more of them is no honest report: some 50 MB. */
const returnsMax = 200_000;

/** All of a file, in its order; throws SyntaxError on one that is broken anywhere or no report. */
export async function readReturned(
  source: AsyncIterable<Uint8Array | string>,
  reportedAt: Date,
): Promise<readonly Returned[]> {
  const found: Returned[] = [];
  let kind = '';
  const root = (name: string, namespace: string) => {
    kind = kindOfReport(name, namespace);
  };
  let entry: Entry = noEntry;
  const add = (returned: Omit<Returned, 'reportedAt'> | undefined) => {
    if (returned) found.push({ ...returned, reportedAt });
    if (found.length > returnsMax) throw new SyntaxError(`more than ${returnsMax} payments came back in it`);
  };
  for await (const { node, ancestors } of readXmlRecords(source, recordNames, root)) {
    if (kind === 'pain.002') {
      if (node.name === 'TxInfAndSts') add(refusedOf(node));
    } else if (node.name === 'TxDtls') {
      const around = ancestors.find(({ name }) => name === 'Ntry');
      const amount = amountIn(node);
      entry = { count: entry.count + 1, bare: amount ? entry.bare : node };
      if (around && amount) add(creditOf(node, around, amount, accountAbove(ancestors)));
    } else if (node.name === 'Ntry') {
      const { count, bare } = entry;
      entry = noEntry;
      if (bare) add(creditOf(bare, node, count === 1 ? childOf(node, 'Amt') : undefined, accountAbove(ancestors)));
    }
  }
  return found;
}

/** A booked credit that gives a payment back. */
function creditOf(
  details: XmlNode,
  entry: XmlNode,
  amount: XmlNode | undefined,
  account: string | undefined,
): Omit<Returned, 'reportedAt'> | undefined {
  const endToEndId = endToEndIdOfIso(textOf(details, 'Refs', 'EndToEndId') ?? '');
  const back = returnIn(details, entry);
  if (!endToEndId || !back) return undefined;
  const reference = textOf(details, 'Refs', 'AcctSvcrRef') ?? textOf(entry, 'AcctSvcrRef');
  return {
    endToEndId,
    railCode: back.code,
    text: back.text,
    ...(reference && { reference }),
    doubt: (payment) => entryDoubt(account, amount, payment),
  };
}

/** A status of one payment that refuses it: of one that was reported paid before, the money is not with its payee. */
function refusedOf(node: XmlNode): Omit<Returned, 'reportedAt'> | undefined {
  const isoId = textOf(node, 'OrgnlEndToEndId') ?? '';
  const endToEndId = endToEndIdOfIso(isoId);
  const status = textOf(node, 'TxSts');
  if (!endToEndId || !status) return undefined;
  const answer = answerOf(status, node);
  if (answer.kind !== 'rejected' && answer.kind !== 'payerBlocked') return undefined;
  const { railCode, text } = answer;
  return { endToEndId, railCode, text, doubt: (payment: Payment) => statusDoubt(node, isoId, payment) };
}

/** Files are listed again for this long after the newest that was seen: a clock or a listing may lag. */
const overlapMs = 3_600_000;
/** Returns that are kept in memory, over all files. */
const keptMax = 200_000;

/** Reads each file once while it is kept in mind; what broken files say is nothing, and is told. */
export function createReturnsReader(drop: Drop, onDoubt: (doubt: string) => void) {
  const kept = new Map<string, readonly Returned[]>();
  let sum = 0;

  async function returnsIn(file: ReportFile, signal: AbortSignal): Promise<readonly Returned[]> {
    if (file.sizeBytes > reportMaxBytes) return doubted(file, `it is larger than ${reportMaxBytes} bytes`);
    const source = await drop.read(file, signal);
    try {
      return await readReturned(source, file.modifiedAt);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return doubted(file, error.message);
    } finally {
      source.destroy();
    }
  }

  function doubted({ name }: ReportFile, why: string): readonly Returned[] {
    onDoubt(`${name}: ${why}`.slice(0, 300));
    return [];
  }

  function keep(key: string, returns: readonly Returned[]): void {
    kept.set(key, returns);
    sum += 1 + returns.length;
    for (const [oldest, { length }] of kept) {
      if (sum <= keptMax) break;
      kept.delete(oldest);
      sum -= 1 + length;
    }
  }

  return async (since: Date, signal: AbortSignal): Promise<{ returns: readonly Returned[]; readTo: Date }> => {
    const files = await drop.reports(since, signal);
    const returns: Returned[] = [];
    let newest = since.getTime();
    for (const file of files) {
      const key = `${file.name} ${file.tag} ${file.sizeBytes}`;
      const known = kept.get(key);
      const found = known ?? (await returnsIn(file, signal));
      if (!known) keep(key, found);
      for (const each of found) returns.push(each);
      newest = Math.max(newest, file.modifiedAt.getTime());
    }
    return { returns, readTo: new Date(Math.max(since.getTime(), newest - overlapMs)) };
  };
}
