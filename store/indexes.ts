/** Indexes of collections that go together: wallets, what operators look for, the projections of Zeebe's records, the audit, the account mapper, notices. */
import type { Collections } from './collections.ts';

/** Postings are read by wallet, which is their `_id`; holds by their wallet while they are open. */
export function walletIndexes(c: Collections): Promise<string>[] {
  const ofPeople = { partialFilterExpression: { kind: { $in: ['float', 'receiver', 'asset'] } }, name: 'of_people' };
  const open = { partialFilterExpression: { kind: 'hold', status: 'open' }, name: 'open_holds' };
  const ofBudgets = { partialFilterExpression: { budget: { $exists: true } }, name: 'of_budgets' };
  return [
    c.wallets.createIndex({ tenantId: 1, createdAt: -1, _id: -1 }, ofPeople),
    c.wallets.createIndex(
      { tenantId: 1, 'statusSet.at': 1 },
      { partialFilterExpression: { ...ofPeople.partialFilterExpression, status: 'closed' }, name: 'closed_of_people' },
    ),
    c.routes.createIndex({ tenantId: 1, kind: 1, createdAt: -1, _id: -1 }),
    c.routes.createIndex({ from: 1, createdAt: -1, _id: -1 }),
    c.rounds.createIndex({ routeId: 1, k: 1 }),
    c.wallets.createIndex({ 'hold.of': 1, 'hold.expiresAt': 1 }, open),
    c.journal.createIndex({ budget: 1, at: -1, _id: -1 }, ofBudgets),
  ];
}

/** Lists go newest first; those that most documents would not be in are partial. */
export function projectionIndexes(c: Collections): Promise<string>[] {
  const newest = { startedAt: -1, _id: -1 } as const;
  const active = { partialFilterExpression: { state: 'active' } };
  return [
    c.processInstances.createIndex({ tenantId: 1, processId: 1, ...newest }),
    c.processInstances.createIndex({ tenantId: 1, ...newest }),
    c.processInstances.createIndex({ tenantId: 1, processId: 1, version: 1, ...newest }, { ...active, name: 'active' }),
    c.processInstances.createIndex(
      { batchId: 1, ...newest },
      { partialFilterExpression: { batchId: { $exists: true } } },
    ),
    c.processInstances.createIndex({ endToEndId: 1 }, { partialFilterExpression: { endToEndId: { $exists: true } } }),
    c.incidents.createIndex({ tenantId: 1, state: 1, createdAt: -1, _id: -1 }),
    c.incidents.createIndex({ tenantId: 1, state: 1, cause: 1 }),
    c.incidents.createIndex({ batchId: 1, createdAt: -1, _id: -1 }),
    c.incidents.createIndex({ instanceKey: 1 }),
    c.processHeat.createIndex({ tenantId: 1, batchId: 1 }),
    c.processInstances.createIndex({ expireAt: 1 }, { expireAfterSeconds: 0 }),
    c.incidents.createIndex({ expireAt: 1 }, { expireAfterSeconds: 0 }),
    c.processHeat.createIndex({ expireAt: 1 }, { expireAfterSeconds: 0 }),
  ];
}

/** An entry has one link. Who looks for what somebody did, or for what was done to a thing, goes newest first. */
export function auditIndexes(c: Collections): Promise<string>[] {
  return [
    c.auditChain.createIndex({ entry: 1 }, { unique: true }),
    c.auditEntries.createIndex({ tenantId: 1, _id: -1 }),
    c.auditEntries.createIndex({ tenantId: 1, 'object.id': 1, _id: -1 }),
    c.auditEntries.createIndex({ tenantId: 1, 'who.subject': 1, _id: -1 }),
    c.auditEntries.createIndex({ tenantId: 1, action: 1, _id: -1 }),
  ];
}

/** Beneficiaries are read by `_id`; lists go by institution, and what nobody uses any more is looked for by when it was used. */
export function mapperIndexes(c: Collections): Promise<string>[] {
  return [
    c.beneficiaries.createIndex({ tenantId: 1, institution: 1, _id: 1 }),
    c.beneficiaries.createIndex({ tenantId: 1, usedAt: 1 }),
    c.mapperRequests.createIndex({ expireAt: 1 }, { expireAfterSeconds: 0 }),
    c.mapperResults.createIndex({ expireAt: 1 }, { expireAfterSeconds: 0 }),
  ];
}

/** What waits is found by tenant and channel, and leaves the index once nothing more is done. */
export function noticeIndexes(c: Collections): Promise<string>[] {
  const due = { partialFilterExpression: { dueAt: { $type: 'date' as const } } };
  return [
    c.notices.createIndex({ tenantId: 1, channel: 1, dueAt: 1 }, { ...due, name: 'due' }),
    c.noticeRounds.createIndex({ dueAt: 1 }, { ...due, name: 'due' }),
    c.noticeRounds.createIndex({ tenantId: 1 }, { partialFilterExpression: { isOpen: true }, name: 'open' }),
    c.optOuts.createIndex({ tenantId: 1, at: -1, _id: 1 }),
  ];
}

/** Index of the failed outcomes, which are few beside all that there are: pages of failures read nothing else. */
export const failedRows = 'failed_rows';

/** What operators look for. Batches are few beside their rows; of rows only those that are few are indexed. */
export function operatorIndexes(c: Collections): Promise<string>[] {
  const newest = { createdAt: -1, _id: 1 } as const;
  const failed = { status: { $in: ['rejected', 'cancelled'] } };
  return [
    c.batches.createIndex({ tenantId: 1, status: 1, ...newest }),
    c.batches.createIndex({ tenantId: 1, fileName: 1 }),
    c.batches.createIndex(
      { tenantId: 1, hold: 1, ...newest },
      { partialFilterExpression: { hold: { $exists: true } }, name: 'held' },
    ),
    c.outcomes.createIndex({ _id: 1, code: 1 }, { partialFilterExpression: failed, name: failedRows }),
    c.payments.createIndex(
      { e2e: 1 },
      { partialFilterExpression: { e2e: { $exists: true } }, name: 'by_end_to_end_id' },
    ),
    c.unknowns.createIndex({ tenantId: 1, since: 1, _id: 1 }),
    c.transfers.createIndex({ tenantId: 1, createdAt: -1, _id: 1 }),
    c.transfers.createIndex(
      { tenantId: 1, requestId: 1 },
      { partialFilterExpression: { requestId: { $exists: true } }, name: 'by_request_id' },
    ),
    c.conflicts.createIndex({ tenantId: 1, at: -1, _id: 1 }),
    c.asks.createIndex({ rail: 1, dueAt: 1 }),
    c.handMarks.createIndex({ tenantId: 1, at: -1, _id: 1 }),
    c.handMarks.createIndex(
      { batchId: 1, row: 1 },
      { unique: true, partialFilterExpression: { isOpen: true }, name: 'undecided' },
    ),
    c.railStates.createIndex({ expireAt: 1 }, { expireAfterSeconds: 0 }),
  ];
}
