/** Makes accounts for payees of a sub-batch that have none yet, in the account system that the rail pays into; before anything is paid. */
import { type JobType, Later, textVariable } from '../platform/job.ts';
import { theHub } from '../store/audit.ts';
import type { SubBatchDoc } from '../store/documents.ts';
import type { RailDeps } from './deps.ts';
import type { BeneficiaryAnswer } from './rail.ts';
import { standings } from './sub-batch-job.ts';

const chunkRows = 500;
/** Between two looks at an account system that is away, and at a batch that is paused. */
const awayMs = 3_000;
const pausedMs = 30_000;

export function createBeneficiaries(deps: RailDeps): JobType {
  const { definition, rail, batches, subBatches, audit, log } = deps;
  return {
    type: `create-beneficiaries-${definition.id}`,
    variables: ['tenantId', 'batchId', 'subBatchId'],
    jobsMax: definition.limits.concurrency,
    async handle(job) {
      const sub = await subBatches.get(textVariable(job, 'subBatchId'));
      if (!sub) throw new Error('the sub-batch is not in the books');
      const counts: Record<BeneficiaryAnswer['kind'], number> = { there: 0, created: 0, refused: 0, retry: 0 };
      const { beneficiaries } = rail;
      if (!beneficiaries || sub.status === 'settled') return undefined;
      for await (const chunk of standings(deps, sub, chunkRows)) {
        const hold = await batches.holdOf(sub.batchId);
        if (hold === 'cancelled') return undefined;
        if (hold === 'paused') throw new Later('the batch is paused', pausedMs);
        const open = chunk.filter(({ outcome, attempt }) => !outcome && !attempt).map(({ payment }) => payment);
        const missing = open.filter(({ payee }) => beneficiaries.mayMake(payee));
        const answers = await beneficiaries.make(missing, { signal: job.signal, tell: () => undefined });
        for (const { kind } of answers) counts[kind] += 1;
        await told(sub, answers);
        const away = answers.find((answer) => answer.kind === 'retry');
        if (away) throw new Later(`the account system of ${definition.id} did not answer: ${away.text}`, awayMs);
      }
      // Whoever is refused an account is refused the payment, with the account system's reason.
      log.info('beneficiaries created', { subBatchId: sub._id, rail: definition.id, ...counts });
      return undefined;
    },
  };

  async function told({ tenantId, batchId }: SubBatchDoc, answers: readonly BeneficiaryAnswer[]): Promise<void> {
    const count = answers.filter(({ kind }) => kind === 'created').length;
    if (count === 0) return;
    const after = { rail: definition.id, count };
    const told = { action: 'beneficiaries.create', object: { kind: 'batch', id: batchId }, after };
    await audit.append({ tenantId, who: theHub, ...told });
  }
}
