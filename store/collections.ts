/** Every collection of the hub by name, and the few indexes that earn their write cost. */
import { batchIdOfKey } from '../domain/ids.ts';
import type { BatchStatus } from '../domain/outcome.ts';
import type { Collection, Mongo } from '../platform/mongo.ts';
import type { AlertDoc, BatchProgressDoc } from './alert-documents.ts';
import type { AuditEntryDoc, AuditLinkDoc, AuditMarkDoc, BatchKeyDoc } from './audit-documents.ts';
import type { BeneficiaryDoc, MapperRequestDoc, MapperResultDoc, MappingDoc } from './beneficiary-documents.ts';
import type {
  AskDoc,
  AttemptDoc,
  BatchDoc,
  CommandDoc,
  ConflictDoc,
  DecisionDoc,
  ExchangeDoc,
  FileDoc,
  IdempotencyDoc,
  OperatorCommandDoc,
  OutboxDoc,
  OutcomeDoc,
  PayerBlockDoc,
  PaymentDoc,
  RetryDoc,
  SubBatchDoc,
  TenantDoc,
  TenantModelDoc,
  TransferDoc,
  UnknownDoc,
  UploadDoc,
} from './documents.ts';
import { accountKeyId, routeKeyId } from './erase-routes.ts';
import type { HandMarkDoc } from './hand-mark-documents.ts';
import {
  auditIndexes,
  mapperIndexes,
  noticeIndexes,
  operatorIndexes,
  projectionIndexes,
  walletIndexes,
} from './indexes.ts';
import { createKeyring, type Keyring, type KeySecrets } from './keyring.ts';
import type { LedgerCheckDoc } from './ledger/watch-ledger.ts';
import type { LookupDoc } from './lookup-documents.ts';
import type { MarkDoc } from './marks.ts';
import { type NoticeCollections, noticeCollections } from './notice-collections.ts';
import type {
  HeatDoc,
  IncidentCommandDoc,
  IncidentDoc,
  ProcessInstanceDoc,
  ProcessModelDoc,
} from './process-documents.ts';
import type { BudgetDoc, BudgetHoldDoc, ProgrammeDoc } from './programme-documents.ts';
import type { RailHoldDoc, RailStateDoc } from './rail-documents.ts';
import type { ReturnDoc } from './returns.ts';
import type { AccountDoc, ReversalDoc, RoundDoc, RouteDoc } from './route-documents.ts';
import { sealedCollection } from './sealed-collection.ts';
import type { LoginDoc, SessionDoc } from './session-documents.ts';
import type { JournalDoc, PostingDoc, WalletDoc } from './wallet-documents.ts';

export type Collections = NoticeCollections & {
  /** Keys of the personal data below. */
  readonly keyring: Keyring;
  /** Keys of what is of no batch: a tenant's beneficiaries, what is told about them, and who wants to be told nothing. */
  readonly tenantKeyring: Keyring;
  readonly payments: Collection<PaymentDoc>;
  readonly transfers: Collection<TransferDoc>;
  readonly attempts: Collection<AttemptDoc>;
  readonly exchanges: Collection<ExchangeDoc>;
  readonly outcomes: Collection<OutcomeDoc>;
  readonly conflicts: Collection<ConflictDoc>;
  readonly unknowns: Collection<UnknownDoc>;
  readonly returns: Collection<ReturnDoc>;
  readonly batches: Collection<BatchDoc>;
  readonly subBatches: Collection<SubBatchDoc>;
  readonly outbox: Collection<OutboxDoc>;
  readonly tenants: Collection<TenantDoc>;
  readonly files: Collection<FileDoc>;
  readonly uploads: Collection<UploadDoc>;
  readonly idempotency: Collection<IdempotencyDoc>;
  readonly decisions: Collection<DecisionDoc>;
  readonly retries: Collection<RetryDoc>;
  readonly commands: Collection<CommandDoc>;
  readonly payerBlocks: Collection<PayerBlockDoc>;
  readonly operatorCommands: Collection<OperatorCommandDoc>;
  readonly asks: Collection<AskDoc>;
  readonly handMarks: Collection<HandMarkDoc>;
  readonly railStates: Collection<RailStateDoc>;
  readonly railHolds: Collection<RailHoldDoc>;
  readonly lookups: Collection<LookupDoc>;
  readonly tenantModels: Collection<TenantModelDoc>;
  readonly sessions: Collection<SessionDoc>;
  readonly logins: Collection<LoginDoc>;
  readonly marks: Collection<MarkDoc>;
  readonly windows: Collection<{ _id: string; version: number }>;
  /** Models that came with a version of the hub and were deployed; `_id` is file name and SHA-256. */
  readonly models: Collection<{ _id: string; name: string; at: Date }>;
  readonly processModels: Collection<ProcessModelDoc>;
  readonly processInstances: Collection<ProcessInstanceDoc>;
  readonly incidents: Collection<IncidentDoc>;
  readonly processHeat: Collection<HeatDoc>;
  readonly incidentCommands: Collection<IncidentCommandDoc>;
  readonly wallets: Collection<WalletDoc>;
  readonly journal: Collection<JournalDoc>;
  readonly postings: Collection<PostingDoc>;
  readonly ledgerChecks: Collection<LedgerCheckDoc>;
  readonly batchKeys: Collection<BatchKeyDoc>;
  readonly alerts: Collection<AlertDoc>;
  readonly batchProgress: Collection<BatchProgressDoc>;
  readonly auditEntries: Collection<AuditEntryDoc>;
  readonly auditUnsealed: Collection<AuditMarkDoc>;
  readonly auditChain: Collection<AuditLinkDoc>;
  readonly routes: Collection<RouteDoc>;
  readonly rounds: Collection<RoundDoc>;
  readonly reversals: Collection<ReversalDoc>;
  readonly accounts: Collection<AccountDoc>;
  readonly beneficiaries: Collection<BeneficiaryDoc>;
  readonly mapperRequests: Collection<MapperRequestDoc>;
  readonly mapperResults: Collection<MapperResultDoc>;
  /** How many requests of a tenant there were; `_id` is the tenant's. */
  readonly mapperOrders: Collection<{ _id: string; n: number }>;
  readonly mappings: Collection<MappingDoc>;
  readonly programmes: Collection<ProgrammeDoc>;
  readonly budgets: Collection<BudgetDoc>;
  readonly budgetHolds: Collection<BudgetHoldDoc>;
};

/** What stands where personal data stood. */
const erasedWord = 'erased';
const erasedParty = { type: erasedWord, id: erasedWord };

/** With `secrets`, personal data can be read and written; without, a tool sees ids, amounts and states. */
export function collectionsOf(mongo: Mongo, secrets?: KeySecrets): Collections {
  const batchKeys = mongo.collection<BatchKeyDoc>('batch_keys');
  const keyring = createKeyring(batchKeys, secrets);
  const tenantKeyring = createKeyring(mongo.collection<BatchKeyDoc>('tenant_keys'), secrets);
  return {
    keyring,
    tenantKeyring,
    payments: sealedCollection(mongo.collection<PaymentDoc>('payments'), keyring, {
      fields: ['payer', 'payee', 'note', 'extra'],
      keyId: ({ _id }) => batchIdOfKey(_id),
      erased: { payer: erasedParty, payee: erasedParty, note: erasedWord, isErased: true },
    }),
    transfers: sealedCollection(mongo.collection<TransferDoc>('transfers'), keyring, {
      fields: ['customData'],
      keyId: ({ _id }) => _id,
      erased: {},
    }),
    attempts: mongo.collection('attempts'),
    exchanges: sealedCollection(mongo.collection<ExchangeDoc>('exchanges'), keyring, {
      fields: ['summary', 'body'],
      keyId: ({ batchId }) => batchId,
      erased: { summary: erasedWord },
    }),
    outcomes: sealedCollection(mongo.collection<OutcomeDoc>('outcomes'), keyring, {
      fields: ['railText'],
      keyId: ({ _id }) => batchIdOfKey(_id),
      erased: {},
    }),
    conflicts: sealedCollection(mongo.collection<ConflictDoc>('conflicts'), keyring, {
      fields: ['text'],
      keyId: ({ batchId }) => batchId,
      erased: { text: erasedWord },
    }),
    unknowns: mongo.collection('unknowns'),
    returns: mongo.collection('returns'),
    batches: mongo.collection('batches'),
    subBatches: mongo.collection('sub_batches'),
    outbox: mongo.collection('outbox'),
    tenants: mongo.collection('tenants'),
    files: mongo.collection('files'),
    uploads: mongo.collection('uploads'),
    idempotency: mongo.collection('idempotency_keys'),
    decisions: mongo.collection('decisions'),
    retries: mongo.collection('retries'),
    commands: mongo.collection('commands'),
    payerBlocks: mongo.collection('payer_blocks'),
    operatorCommands: mongo.collection('operator_commands'),
    asks: mongo.collection('asks'),
    handMarks: mongo.collection('hand_marks'),
    railStates: mongo.collection('rail_states'),
    railHolds: mongo.collection('rail_holds'),
    lookups: sealedCollection(mongo.collection<LookupDoc>('lookups'), keyring, {
      fields: ['text', 'dfsp'],
      keyId: ({ _id }) => _id.slice(0, 36),
      erased: {},
    }),
    tenantModels: mongo.collection('tenant_models'),
    sessions: mongo.collection('sessions'),
    logins: mongo.collection('logins'),
    marks: mongo.collection('marks'),
    windows: mongo.collection('windows'),
    models: mongo.collection('models'),
    processModels: mongo.collection('process_models'),
    processInstances: mongo.collection('process_instances'),
    incidents: mongo.collection('incidents'),
    processHeat: mongo.collection('process_heat'),
    incidentCommands: mongo.collection('incident_commands'),
    wallets: mongo.collection('wallets'),
    journal: mongo.collection('journal'),
    postings: mongo.collection('postings'),
    ledgerChecks: mongo.collection('ledger_checks'),
    batchKeys,
    alerts: mongo.collection('alerts'),
    batchProgress: mongo.collection('batch_progress'),
    auditEntries: mongo.collection('audit_entries'),
    auditUnsealed: mongo.collection('audit_unsealed'),
    auditChain: mongo.collection('audit_chain'),
    routes: sealedCollection(mongo.collection<RouteDoc>('routes'), keyring, {
      fields: ['notes'],
      keyId: ({ _id }) => routeKeyId(_id),
      erased: {},
    }),
    rounds: sealedCollection(mongo.collection<RoundDoc>('route_rounds'), keyring, {
      fields: ['parties'],
      keyId: ({ routeId }) => routeKeyId(routeId),
      erased: {},
    }),
    reversals: mongo.collection('reversals'),
    accounts: sealedCollection(mongo.collection<AccountDoc>('beneficiary_accounts'), keyring, {
      fields: ['name', 'payee'],
      keyId: accountKeyId,
      erased: { name: erasedWord },
    }),
    beneficiaries: sealedCollection(mongo.collection<BeneficiaryDoc>('beneficiaries'), tenantKeyring, {
      fields: ['identity', 'account'],
      keyId: ({ tenantId }) => tenantId,
      erased: { identity: erasedWord },
    }),
    mapperRequests: mongo.collection('mapper_requests'),
    mapperResults: sealedCollection(mongo.collection<MapperResultDoc>('mapper_results'), tenantKeyring, {
      fields: ['failures'],
      keyId: ({ tenantId }) => tenantId,
      erased: { failures: [] },
    }),
    mapperOrders: mongo.collection('mapper_orders'),
    mappings: sealedCollection(mongo.collection<MappingDoc>('mappings'), keyring, {
      fields: ['account'],
      keyId: ({ _id }) => _id.slice(0, 36),
      erased: {},
    }),
    programmes: mongo.collection('programmes'),
    budgets: mongo.collection('budgets'),
    budgetHolds: mongo.collection('budget_holds'),
    ...noticeCollections(mongo, tenantKeyring),
  };
}

/** Index of the sub-batches that are ready or under way: few beside all that ever were. */
export const openOfRail = 'open_of_rail_by_status';

/** Index of webhooks, which are few beside all that the outbox delivered. */
export const webhooksOfTenant = 'webhooks_of_tenant';

/** Index of a rail's sub-batches, for what comes back of them. */
export const newestOfRail = 'newest_of_rail';

/** Index of the batches that are not begun. */
export const queuedOfTenant = 'queued_of_tenant';

/** Index of the batches that are being worked on or about to be, by when they came. */
export const inWork = 'in_work';
export const statusesInWork = { $in: ['queued', 'validating', 'processing'] } as const satisfies {
  $in: readonly BatchStatus[];
};

/** Makes what is missing; safe to run by every process at its start. */
export async function ensureIndexes(c: Collections): Promise<void> {
  await Promise.all([
    c.batches.createIndex({ tenantId: 1, createdAt: -1, _id: 1 }),
    c.batches.createIndex({ tenantId: 1, requestId: 1, createdAt: -1 }),
    c.batches.createIndex({ tenantId: 1, sha256: 1 }),
    c.batches.createIndex({ hold: 1, tenantId: 1 }, { partialFilterExpression: { hold: 'paused' }, name: 'paused' }),
    c.batches.createIndex({ tenantId: 1 }, { partialFilterExpression: { status: 'queued' }, name: queuedOfTenant }),
    c.batches.createIndex(
      { createdAt: 1, tenantId: 1 },
      { partialFilterExpression: { status: statusesInWork }, name: inWork },
    ),
    c.subBatches.createIndex({ batchId: 1, n: 1 }),
    c.subBatches.createIndex(
      { rail: 1, tenantId: 1, status: 1, createdAt: 1, _id: 1 },
      { partialFilterExpression: { status: { $in: ['ready', 'dispatched'] } }, name: openOfRail },
    ),
    c.subBatches.createIndex({ rail: 1, createdAt: -1 }, { name: newestOfRail }),
    c.outbox.createIndex({ dueAt: 1 }, { partialFilterExpression: { dueAt: { $type: 'date' } }, name: 'due' }),
    c.outbox.createIndex({ batchId: 1 }),
    c.outbox.createIndex(
      { tenantId: 1, createdAt: -1, _id: -1 },
      { partialFilterExpression: { 'entry.kind': 'webhook' }, name: webhooksOfTenant },
    ),
    c.outbox.createIndex(
      { 'entry.eventId': 1 },
      { partialFilterExpression: { 'entry.kind': 'webhook' }, name: 'webhook_by_event_id' },
    ),
    c.idempotency.createIndex({ expireAt: 1 }, { expireAfterSeconds: 0 }),
    c.sessions.createIndex({ expireAt: 1 }, { expireAfterSeconds: 0 }),
    c.logins.createIndex({ expireAt: 1 }, { expireAfterSeconds: 0 }),
    c.uploads.createIndex({ at: 1 }),
    c.conflicts.createIndex({ batchId: 1 }),
    c.outbox.createIndex({ doneAt: 1 }, { expireAfterSeconds: 30 * 86_400 }),
    ...operatorIndexes(c),
    ...projectionIndexes(c),
    ...walletIndexes(c),
    ...auditIndexes(c),
    ...mapperIndexes(c),
    ...noticeIndexes(c),
    c.alerts.createIndex({ tenantId: 1, openedAt: -1, _id: 1 }),
    c.alerts.createIndex({ kind: 1 }, { partialFilterExpression: { state: 'open' }, name: 'open' }),
    c.batchKeys.createIndex(
      { tenantId: 1, at: 1 },
      { partialFilterExpression: { wrapped: { $exists: true } }, name: 'kept' },
    ),
    c.batchKeys.createIndex({ by: 1 }, { partialFilterExpression: { by: { $exists: true } }, name: 'by_secret' }),
  ]);
}
