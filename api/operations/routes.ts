/** The operators' paths and who answers each. */
import { createAsks } from '../../store/asks.ts';
import { createConflicts } from '../../store/conflicts.ts';
import { createHandMarks } from '../../store/hand-marks.ts';
import { createListTransfers } from '../../store/list-transfers.ts';
import { createOperatorCommands } from '../../store/operator-commands.ts';
import { createOrphans } from '../../store/orphans.ts';
import { createReadProgress } from '../../store/progress.ts';
import { createRailHolds } from '../../store/rail-holds.ts';
import { createRailStates } from '../../store/rail-states.ts';
import type { ReadBatches } from '../../store/read-batches.ts';
import { createReadPayments } from '../../store/read-payments.ts';
import type { ReadProcesses } from '../../store/read-processes.ts';
import { createSearchBatches } from '../../store/search-batches.ts';
import { createUnknowns } from '../../store/unknowns.ts';
import { may } from '../access.ts';
import type { Methods } from '../app.ts';
import type { ApiDeps } from '../deps.ts';
import { postPaymentHubTransfers } from '../ph-ee/transfers.ts';
import { listApprovals } from './approvals.ts';
import { getFailures } from './batch-failures.ts';
import { getBatchPayments } from './batch-payments.ts';
import { getProgress, getRailCounts } from './batch-progress.ts';
import { listConflicts, postConflictResolution } from './conflicts.ts';
import { getEvents } from './events.ts';
import { listHandMarks, postHandMark, postHandMarkConfirmation, postHandMarkRefusal } from './hand-marks.ts';
import { listHubIncidents, listHubInstances, postHubResolve } from './hub-processes.ts';
import { getInstanceCommands, postCancelInstance, postVariables } from './instance-commands.ts';
import { getParties, getPayment } from './payment.ts';
import { getCancelPreview, getRetryPreview } from './previews.ts';
import { listRails, postRailPause, postRailResume } from './rails.ts';
import { postResolveIncidents } from './resolve-incidents.ts';
import { getSearch } from './search.ts';
import { searchBatches } from './search-batches.ts';
import { getSummary } from './summary.ts';
import { listTransfers } from './transfers.ts';
import { listUnknowns, postAsk, postAskUnknowns } from './unknowns.ts';

export function operationsRoutes(
  deps: ApiDeps,
  read: ReadBatches,
  processes: ReadProcesses,
): readonly (readonly [string, Methods])[] {
  const { c, mongo, outbox, batches, now } = deps;
  const progress = createReadProgress(c, batches);
  const search = createSearchBatches(c);
  const railStates = createRailStates(c, now);
  const railHolds = createRailHolds(c);
  const commands = createOperatorCommands(mongo, c);
  const handMarks = createHandMarks(mongo, c, outbox);
  const conflicts = createConflicts(c);
  const unknowns = createUnknowns(c, now);
  const asks = createAsks(c, now);
  const orphans = createOrphans(c);
  return [
    ['/api/v1/summary', { get: may('batches.read', getSummary(deps, { search, progress, unknowns, railStates })) }],
    ['/api/v1/search', { get: may('batches.read', getSearch(deps, search, processes)) }],
    ['/api/v1/events', { get: may('batches.read', getEvents(deps)) }],
    ['/api/v1/batches/:id/cancel/preview', { get: may('batches.read', getCancelPreview(deps, progress)) }],
    ['/api/v1/batches/:id/retry/preview', { get: may('batches.read', getRetryPreview(deps)) }],
    ['/api/v1/incidents/resolve', { post: may('incidents.resolve', postResolveIncidents(deps, processes)) }],
    [
      '/api/v1/process-instances/:key/cancel',
      { post: may('processes.command', postCancelInstance(deps, processes, commands)) },
    ],
    [
      '/api/v1/process-instances/:key/variables',
      { post: may('processes.command', postVariables(deps, processes, commands)) },
    ],
    [
      '/api/v1/process-instances/:key/commands',
      { get: may('processes.read', getInstanceCommands(deps, processes, commands)) },
    ],
    [
      '/api/v1/transfers',
      {
        get: may('transfers.read', listTransfers(deps, createListTransfers(c))),
        post: may('transfers.read', postPaymentHubTransfers(deps)),
      },
    ],
    ['/api/v1/search/batches', { get: may('batches.read', searchBatches(deps, search, progress)) }],
    ['/api/v1/batches/:id/progress', { get: may('batches.read', getProgress(deps, progress, railStates)) }],
    ['/api/v1/batches/:id/rail-counts', { get: may('batches.read', getRailCounts(deps, progress, railStates)) }],
    ['/api/v1/batches/:id/failures', { get: may('batches.read', getFailures(deps)) }],
    ['/api/v1/batches/:id/payments', { get: may('batches.read', getBatchPayments(deps, createReadPayments(c))) }],
    ['/api/v1/batches/:id/ask-unknowns', { post: may('payments.ask', postAskUnknowns(deps, asks, commands)) }],
    ['/api/v1/payments/:id', { get: may('batches.read', getPayment(deps, commands, handMarks)) }],
    ['/api/v1/payments/:id/parties', { get: may('parties.read', getParties(deps)) }],
    ['/api/v1/payments/:id/ask', { post: may('payments.ask', postAsk(deps, asks, commands)) }],
    ['/api/v1/payments/:id/hand-mark', { post: may('payments.mark', postHandMark(deps, handMarks)) }],
    [
      '/api/v1/payments/:id/hand-mark/confirm',
      { post: may('payments.confirm', postHandMarkConfirmation(deps, handMarks)) },
    ],
    ['/api/v1/payments/:id/hand-mark/refuse', { post: may('payments.confirm', postHandMarkRefusal(deps, handMarks)) }],
    ['/api/v1/hand-marks', { get: may('batches.read', listHandMarks(deps, handMarks)) }],
    ['/api/v1/unknowns', { get: may('batches.read', listUnknowns(deps, unknowns)) }],
    ['/api/v1/approvals', { get: may('batches.read', listApprovals(deps, search, read)) }],
    ['/api/v1/conflicts', { get: may('batches.read', listConflicts(deps, conflicts)) }],
    [
      '/api/v1/conflicts/:id/resolve',
      { post: may('conflicts.resolve', postConflictResolution(deps, conflicts, commands)) },
    ],
    ['/api/v1/hub/process-instances', { get: may('hub.read', listHubInstances(orphans)) }],
    ['/api/v1/hub/incidents', { get: may('hub.read', listHubIncidents(orphans)) }],
    ['/api/v1/hub/incidents/:key/resolve', { post: may('hub.repair', postHubResolve(deps, orphans)) }],
    ['/api/v1/rails', { get: may('rails.read', listRails(deps, railStates)) }],
    ['/api/v1/rails/:rail/pause', { post: may('rails.command', postRailPause(deps, railHolds, commands)) }],
    ['/api/v1/rails/:rail/resume', { post: may('rails.command', postRailResume(deps, railHolds, commands)) }],
  ];
}
