/** Why rows of a batch failed, grouped by reason and rail, with amounts; read from the index of failures alone. */
import type { ReasonCode, Stage } from '../domain/outcome.ts';
import { createKeptAnswers } from '../platform/kept-answers.ts';
import type { Collections } from './collections.ts';
import type { BatchDoc, OutcomeDoc } from './documents.ts';
import { failedRows } from './indexes.ts';
import { batchRange } from './row-keys.ts';

export type FailureGroup = {
  readonly code: ReasonCode;
  readonly stage: Stage;
  /** Undefined for rows that were refused before any rail. */
  readonly rail?: string;
  readonly railCode?: string;
  /** The words of one of them. */
  readonly text?: string;
  readonly rows: number;
  readonly totals: ReadonlyMap<string, bigint>;
};

/** Beyond it groups say "at least". */
export const failuresCountedMax = 500_000;

type Group = {
  _id: Pick<OutcomeDoc, 'status' | 'stage' | 'code' | 'railCode' | 'sub' | 'currency'>;
  n: number;
  minor: bigint | number;
  text?: string;
};

export function createReadFailures(c: Pick<Collections, 'outcomes' | 'subBatches'>) {
  const kept = createKeptAnswers<FailureGroup[]>();

  /** Most rows first. */
  return (batch: BatchDoc): Promise<FailureGroup[]> => kept(`${batch._id}/${batch.status}`, () => read(batch._id));

  async function read(batchId: string): Promise<FailureGroup[]> {
    const [groups, subs] = await Promise.all([
      c.outcomes
        .aggregate<Omit<Group, 'text'> & { sample: Buffer }>(
          [
            { $match: { _id: batchRange(batchId), status: { $in: ['rejected', 'cancelled'] } } },
            { $limit: failuresCountedMax },
            {
              $group: {
                _id: {
                  status: '$status',
                  stage: '$stage',
                  code: '$code',
                  railCode: '$railCode',
                  sub: '$sub',
                  currency: '$currency',
                },
                n: { $sum: 1 },
                minor: { $sum: '$minor' },
                sample: { $first: '$_id' },
              },
            },
          ],
          { hint: failedRows },
        )
        .toArray(),
      c.subBatches.find({ batchId }, { projection: { n: 1, rail: 1 } }).toArray(),
    ]);
    const texts = await textsOf(groups.map(({ sample }) => sample));
    const told = groups.map(({ sample, ...group }) => ({ ...group, text: texts.get(sample.toString('hex')) }));
    return joined(told, new Map(subs.map(({ n, rail }) => [Number(n), rail])));
  }

  /** Rails' words are sealed: the database groups without them, and one row of each group tells them. */
  async function textsOf(keys: readonly Buffer[]): Promise<Map<string, string | undefined>> {
    const docs = await c.outcomes.find({ _id: { $in: [...keys] } }, { projection: { railText: 1, text: 1 } }).toArray();
    return new Map(docs.map(({ _id, railText, text }) => [_id.toString('hex'), railText ?? text]));
  }
}

/** A group per sub-batch and currency becomes one per rail and reason. */
function joined(groups: readonly Group[], rails: ReadonlyMap<number, string>): FailureGroup[] {
  const byReason = new Map<string, FailureGroup & { rows: number; totals: Map<string, bigint> }>();
  for (const { _id, n, minor, text } of groups) {
    const code = Number(_id.code ?? (_id.status === 'cancelled' ? 410 : 422)) as ReasonCode;
    const rail = rails.get(Number(_id.sub));
    const { stage, railCode, currency } = _id;
    const key = JSON.stringify([code, stage, rail, railCode]);
    const group = byReason.get(key) ?? {
      code,
      stage,
      rail,
      railCode,
      text,
      rows: 0,
      totals: new Map<string, bigint>(),
    };
    byReason.set(key, group);
    group.rows += Number(n);
    group.totals.set(currency, (group.totals.get(currency) ?? 0n) + BigInt(minor));
  }
  return [...byReason.values()].sort((a, b) => b.rows - a.rows);
}
