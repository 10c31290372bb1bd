/** The pain.002 that answers a pain.001: its own payments in its own words, each with what came of it. */
import { rowOfKey, uuidOf } from '../../domain/ids.ts';
import { isoReasons, type OutcomeStatus, type ReasonCode, reasonCodes } from '../../domain/outcome.ts';
import { type CreditTransfer, type Pain001Header, readPain001 } from '../../platform/pain001.ts';
import {
  createReportBody,
  type ReportedTransfer,
  reportHead,
  type TransactionStatus,
  transactionStatuses,
} from '../../platform/pain002.ts';
import type { Collections } from '../../store/collections.ts';
import type { BatchDoc, OutcomeDoc } from '../../store/documents.ts';
import { type ReturnDoc, returnsOf } from '../../store/returns.ts';
import { rowRange } from '../../store/row-keys.ts';

/** What each row has come to, a byte each: noted while the result file is written, so that both say the same although outcomes go on coming. */
export type Standing = ReturnType<typeof createStanding>;

export function createStanding(rows: number) {
  const places = new Uint8Array(rows + 1);
  return {
    note(row: number, status: TransactionStatus): void {
      places[row] = transactionStatuses.indexOf(status);
    },
    of: (row: number): TransactionStatus => transactionStatuses[places[row] ?? 0]!,
    counts(): Record<TransactionStatus, number> {
      const counts = { PDNG: 0, ACSC: 0, RJCT: 0, CANC: 0 };
      for (let row = 1; row <= rows; row++) counts[transactionStatuses[places[row]!]!] += 1;
      return counts;
    },
  };
}

/** A payment whose money came back is as good as refused. */
export function standingOf(status: OutcomeStatus | undefined, isReturned: boolean): TransactionStatus {
  if (isReturned) return 'RJCT';
  const words = { completed: 'ACSC', rejected: 'RJCT', cancelled: 'CANC' } as const;
  return status ? words[status] : 'PDNG';
}

/** `xml`: the message as it came, whose n-th payment is row n. `n`: which result of the batch it belongs to. */
export async function* statusReport(
  c: Pick<Collections, 'outcomes' | 'returns'>,
  batch: BatchDoc,
  xml: AsyncIterable<Uint8Array>,
  about: { readonly n: number; readonly standing: Standing; readonly at: Date },
): AsyncGenerator<string> {
  const { n, standing, at } = about;
  const id = uuidOf(`${batch._id}/report/${n}`).replaceAll('-', '');
  const body = createReportBody();
  let header: Pain001Header | undefined;
  const onHeader = (said: Pain001Header) => {
    header = said;
  };
  for await (const chunk of readPain001(xml, { onHeader })) {
    const [first, last] = [chunk[0]!.n, chunk.at(-1)!.n];
    if (first === 1) yield reportHead({ id, at, ...header!, counts: standing.counts() });
    const found = await c.outcomes
      .find({ _id: rowRange(batch._id, first, last) }, { batchSize: chunk.length })
      .toArray();
    const outcomes = new Map(found.map((outcome) => [rowOfKey(outcome._id), outcome]));
    const returns = await returnsOf(c, batch, first, last);
    const reported = chunk.map((transfer) => {
      const { n: row } = transfer;
      return body.add(reportedOf(transfer, standing.of(row), outcomes.get(row), returns.get(row)));
    });
    yield reported.join('');
  }
  yield body.end();
}

function reportedOf(
  transfer: CreditTransfer,
  status: TransactionStatus,
  outcome: OutcomeDoc | undefined,
  returned: ReturnDoc | undefined,
): ReportedTransfer {
  if (status === 'PDNG' || !outcome) return { transfer, status: 'PDNG' };
  if (status === 'ACSC') return { transfer, status, reference: outcome.reference };
  if (outcome.status === 'completed' && returned) {
    const text = `${reasonCodes[424]}: ${returned.railText}`;
    return { transfer, status, reason: reasonOf(424, returned.railCode), text };
  }
  const { code, text, railCode, railText } = outcome;
  const words = [text, railText].filter(Boolean).join(': ');
  return { transfer, status, reason: reasonOf(Number(code ?? 422) as ReasonCode, railCode), text: words };
}

/** The rail's own where it speaks ISO 20022, else the nearest. */
function reasonOf(code: ReasonCode, railCode = ''): string {
  return /^(?:return )?([A-Z]{2}\d{2})\b/.exec(railCode)?.[1] ?? isoReasons[code];
}
