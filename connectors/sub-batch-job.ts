/** What the jobs of a sub-batch share: its lines in chunks, each payment beside both books, and what is left of it. */
import type { PaymentLine } from '../domain/payment.ts';
import type { SubBatchState } from '../domain/process.ts';
import { type JobType, textVariable } from '../platform/job.ts';
import { readNdjson } from '../platform/ndjson.ts';
import type { Job } from '../platform/zeebe.ts';
import type { Attempt } from '../store/books.ts';
import type { OutcomeDoc, SubBatchDoc } from '../store/documents.ts';
import type { RailDeps } from './deps.ts';
import { type FormattedPayment, paymentOfLine } from './payments.ts';
import { isoMs, waitMs } from './waiting.ts';

/** A step of one sub-batch: the job type with what every step has, and the sub-batch unless it is settled. */
export function subBatchStep(
  deps: RailDeps,
  kind: 'pay' | 'ask',
  step: (sub: SubBatchDoc, job: Job) => Promise<SubBatchState>,
): JobType {
  return {
    type: `${kind}-${deps.definition.id}`,
    variables: ['tenantId', 'batchId', 'subBatchId'],
    jobsMax: deps.definition.limits.concurrency,
    async handle(job): Promise<SubBatchState> {
      const sub = await deps.subBatches.get(textVariable(job, 'subBatchId'));
      if (!sub) throw new Error('the sub-batch is not in the books');
      return sub.status === 'settled' ? subBatchState(0, 0, 0) : step(sub, job);
    },
  };
}

export type Standing = {
  readonly payment: FormattedPayment;
  readonly outcome?: OutcomeDoc;
  readonly attempt?: Attempt;
};

/** The sub-batch's payments beside their outcome and latest attempt, `max` at a time, with the memory of one chunk. */
export async function* standings(deps: RailDeps, sub: SubBatchDoc, max: number): AsyncGenerator<Standing[]> {
  const source = await deps.objects.get(sub.key);
  try {
    for await (const lines of readNdjson<PaymentLine>(source, max)) {
      yield await beside(
        deps,
        sub.batchId,
        lines.map((line) => paymentOfLine(line, sub)),
      );
    }
  } finally {
    source.destroy();
  }
}

async function beside(
  { books }: RailDeps,
  batchId: string,
  payments: readonly FormattedPayment[],
): Promise<Standing[]> {
  const rows = payments.map(({ row }) => row);
  const [outcomes, attempts] = await Promise.all([
    books.outcomesOf(batchId, rows),
    books.latestAttempts(batchId, rows),
  ]);
  return payments.map((payment) => ({
    payment,
    outcome: outcomes.get(payment.row),
    attempt: attempts.get(payment.row),
  }));
}

/** What the model routes on, and when to come back: sooner for the young, and no later than `soonestMs`. */
export function subBatchState(
  open: number,
  unsent: number,
  sinceMs: number,
  soonestMs = Number.POSITIVE_INFINITY,
): SubBatchState {
  return { open, unsent, waitFor: isoMs(Math.min(waitMs(sinceMs), soonestMs)) };
}

export function ageOf(sub: SubBatchDoc, now: Date): number {
  return now.getTime() - (sub.dispatchedAt ?? sub.createdAt).getTime();
}
