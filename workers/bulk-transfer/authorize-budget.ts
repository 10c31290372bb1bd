/** Holds what a batch may pay in the budget of its programme, or refuses the batch with the reason. */
import { openAmounts, standingOf } from '../../domain/budget.ts';
import { bpmnErrors } from '../../domain/process.ts';
import { BpmnError, type JobType, textVariable } from '../../platform/job.ts';
import type { BatchDoc } from '../../store/documents.ts';
import type { WorkerDeps } from '../deps.ts';
import { createRejectBatch, type Rejection, rejectionText } from './reject-batch.ts';

const noProgramme: Rejection = {
  title: 'The batch names no programme',
  detail: 'budget.enable is on: send X-Registering-Institution-ID and X-Program-ID with the file',
};

export function authorizeBudget(deps: WorkerDeps): JobType {
  const { batches, budgets, log } = deps;
  const rejecting = createRejectBatch(deps);
  return {
    type: 'authorize-budget',
    variables: ['batchId'],
    jobsMax: 4,
    async handle(job) {
      const batchId = textVariable(job, 'batchId');
      const batch = await batches.get(batchId);
      if (!batch) throw new Error(`batch ${batchId} is not there`);
      const why = batch.problem ?? (await whyNot(batch));
      if (why) {
        await rejecting.refuse(batch, why);
        throw new BpmnError(bpmnErrors.budgetRefused, rejectionText(why));
      }
      log.info('budget authorized', { batchId, programmeId: batch.programme?.id ?? null });
      return undefined;
    },
  };

  /** What a route pays is held in its wallet. */
  async function whyNot(batch: BatchDoc): Promise<Rejection | undefined> {
    if (batch.route) return undefined;
    if (!batch.programme) return noProgramme;
    const tally = await batches.tally(batch);
    const held = await budgets.hold(batch, openAmounts(tally), standingOf(tally).seen);
    return held.kind === 'refused' ? held.why : undefined;
  }
}
