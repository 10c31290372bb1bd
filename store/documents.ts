/** The documents of the hub's collections. Books are append-only: a unique `_id` makes "once" a fact of the database. */
import type { Pain001Rules } from '../domain/batch-file.ts';
import type { BatchId, SubBatchId, TenantId, TransactionId } from '../domain/ids.ts';
import type { BatchStatus, OutcomeStatus, ReasonCode, RowError, Stage } from '../domain/outcome.ts';
import type { TransferVariables } from '../domain/process.ts';
import type { FlatSwitches, Switches } from '../domain/switches.ts';
import type { Tally } from '../domain/tally.ts';
import type { BatchProgramme } from './programme-documents.ts';

export type PartyDoc = { type: string; id: string; dfsp?: string };

/** What was asked; `_id` is the row key (20 bytes). Parties, note and extra are sealed: see `sealed-collection.ts`. A row refused at validation has no `minor` and may lack a rail. */
export type PaymentDoc = {
  _id: Buffer;
  tenantId: TenantId;
  id: string;
  requestId: string;
  mode: string;
  rail: string;
  payer: PartyDoc;
  payee: PartyDoc;
  amount: string;
  minor?: bigint;
  currency: string;
  note: string;
  extra?: Record<string, string>;
  /** What `findableBy` makes of its end-to-end id. Absent in rows of before there was such a search. */
  e2e?: number;
  /** Its personal data are gone: parties and note are the word "erased". Never kept, only read. */
  isErased?: true;
};

/** A payment that came by itself, in no batch; `_id` is its transactionId, which stands where a batch's id does in the books, row 1. */
export type TransferDoc = {
  _id: TransactionId;
  tenantId: TenantId;
  /** X-CorrelationID, where the client sent one. */
  requestId?: string;
  clientRefId?: string;
  customData?: { key: string; value: string }[];
  callbackUrl?: string;
  createdAt: Date;
};

/** A claim to send: `_id` is the row key and one byte n, from 1. Owner `cancel` means it will never be sent. */
export type AttemptDoc = {
  _id: Buffer;
  tenantId: TenantId;
  owner: string;
  at: Date;
  /** End of the lease: its holder sends nothing after it. */
  until: Date;
  messageId?: string;
};

/** What was said to and by a rail; `_id` is `{endToEndId or messageId}/{time-ordered}`. */
export type ExchangeDoc = {
  _id: string;
  tenantId: TenantId;
  /** Under whose key what was said is sealed. */
  batchId?: BatchId | TransactionId;
  at: Date;
  direction: 'message' | 'request' | 'answer' | 'callback' | 'query' | 'query-answer';
  summary: string;
  httpStatus?: number;
  body?: unknown;
  /** Of a `message`: its rows, four bytes each, fixed before it is sent. */
  rows?: Buffer;
  attempt?: number;
  /** Of an answer: the kind the rail layer made of it. */
  answer?: string;
};

/** What came of it, once; `_id` is the row key. None yet = pending. */
export type OutcomeDoc = {
  _id: Buffer;
  tenantId: TenantId;
  /** Sub-batch number; 0 for rows that were refused before dispatch. */
  sub: number;
  status: OutcomeStatus;
  stage: Stage;
  code?: ReasonCode;
  text?: string;
  railCode?: string;
  railText?: string;
  reference?: string;
  minor: bigint;
  currency: string;
  at: Date;
  errors?: RowError[];
  /** Who confirmed it, where it was marked by hand. */
  by?: string;
};

/** A payment that was sent, or may have been, and whose rail could not say what came of it; there until it can. `_id` is the row key. */
export type UnknownDoc = {
  _id: Buffer;
  tenantId: TenantId;
  rail: string;
  subBatchId?: SubBatchId;
  minor: bigint;
  currency: string;
  /** When the attempt began that nobody knows the end of. */
  since: Date;
  attempt: number;
  /** What the rail said last, or why it said nothing. */
  why: string;
};

/** A later, different answer, for a person; `_id` is `{endToEndId}/{time-ordered}`. */
export type ConflictDoc = {
  _id: string;
  tenantId: TenantId;
  batchId: BatchId;
  row: number;
  at: Date;
  had: string;
  got: string;
  text: string;
  /** What a person found out; the books stay as they are. */
  resolved?: { by: string; reason: string; at: Date };
};

/** `final`: how many of its lines have an outcome, plus how many of those came back. */
export type ResultFile = { n: number; key: string; at: Date; final: number; reportKey?: string };

export type BatchDoc = {
  _id: BatchId;
  tenantId: TenantId;
  /** X-CorrelationID. */
  requestId: string;
  /** A label, never a path. */
  fileName: string;
  source: 'csv' | 'file' | 'json' | 'pain.001';
  /** The file as it came, where the request file was made of it. */
  originalKey?: string;
  requestKey: string;
  md5: string;
  sha256: string;
  sizeBytes: number;
  /** An earlier batch of the tenant with the same bytes. */
  seenBefore?: BatchId;
  /** X-Registering-Institution-ID: whose beneficiaries rows name; absent for the tenant's own. */
  institution?: string;
  /** The batch whose failed rows it sends again, and the how manieth retry of it this is. */
  retryOf?: { batchId: BatchId; k: number };
  /** The route or withdrawal whose parts its rows are; they are retried with it. */
  route?: { id: string; kind: 'route' | 'withdrawal'; round: number };
  /** Whose account pays it, where the client named a programme; as it was when the batch was accepted. */
  programme?: BatchProgramme;
  purpose: string;
  notes: string;
  callbackUrl?: string;
  declaredCount?: number;
  /** Decimal text as sent; checked against the total of a batch of one currency. */
  declaredTotal?: string;
  maker: string;
  checker?: string;
  switches: Switches;
  status: BatchStatus;
  /** Why it is rejected, or will be once its rows are told. */
  problem?: { title: string; detail: string };
  /** When that was found out, where it took until the file had been read. */
  refusedAt?: Date;
  createdAt: Date;
  startedAt?: Date;
  validatedAt?: Date;
  closedAt?: Date;
  processInstanceKey?: string;
  /** The file's own columns, in its order. */
  columns?: string[];
  modes: string[];
  rails: string[];
  rows?: number;
  /** Asked for, per currency and bucket; derived from outcomes, never incremented. */
  tally: Tally;
  /** Where the rows stand in the formatting standard that was asked for. */
  formattedKey?: string;
  dispatchedAt?: Date;
  settledAt?: Date;
  belowThreshold?: boolean;
  /** How many of its payments came back, as of the last return; absent for none. Counts are made from the book of returns. */
  returned?: number;
  /** Senders look at it before each chunk of claims. */
  hold?: 'paused' | 'cancelled';
  /** Its personal data are kept, however old. */
  legalHold?: { by: string; reason: string; at: Date };
  /** From then on its files and personal data are gone. */
  erasedAt?: Date;
  results: ResultFile[];
};

export type SubBatchDoc = {
  _id: SubBatchId;
  tenantId: TenantId;
  batchId: BatchId;
  n: number;
  rail: string;
  /** Whose all its payees' accounts are, where the batch was split so and it is known. */
  institution?: string;
  type: 'BULK' | 'PAYMENT';
  key: string;
  rows: number;
  /** Runs of row numbers, first and last, four bytes each. */
  runs: Buffer;
  asked: Tally;
  /** Counted from its outcomes. */
  tally: Tally;
  status: 'created' | 'ready' | 'dispatched' | 'settled';
  /** PAYMENT rails: how many lines of the file have an instance. */
  started: number;
  createdAt: Date;
  dispatchedAt?: Date;
  /** When nothing of it was left to send: from then on it waits for its rail. */
  sentAt?: Date;
  /** Since when what is left of it waits for a person: to resume a payer, or its batch. */
  stoppedAt?: Date;
  settledAt?: Date;
};

/** Something that starts or wakes another part, written with its cause and swept until done. */
export type OutboxDoc = {
  _id: string;
  tenantId: TenantId;
  /** Absent for a batch-less entry. */
  batchId?: BatchId;
  entry: OutboxEntry;
  createdAt: Date;
  /** When to try next; null once done or given up. */
  dueAt: Date | null;
  tries: number;
  doneAt?: Date;
  givenUpAt?: Date;
  lastError?: string;
  /** Of a webhook: its newest tries, the oldest first. */
  attempts?: OutboxAttempt[];
};

/** One try of a webhook; `error` where there was no answer. */
export type OutboxAttempt = { at: Date; ms: number; status?: number; error?: string };

export type OutboxEntry =
  | { kind: 'message'; name: string; key: string; messageId: string; variables: Record<string, unknown> }
  | { kind: 'start'; process: string; variables: TransferVariables }
  | { kind: 'sub-batch'; rail: string; subBatchId: SubBatchId }
  /** Sub-batches of the tenant may wait for room on the rail that they did not have. */
  | { kind: 'release'; rail: string }
  /** Outcomes of the sub-batch came from elsewhere than its rail. */
  | { kind: 'count'; subBatchId: SubBatchId }
  | {
      kind: 'webhook';
      /** POST where absent. */
      method?: 'PUT';
      url: string;
      event: string;
      eventId: string;
      /** Empty where it is `sealed`: see `sealed-webhook.ts`. */
      body: string;
      sealed?: Buffer;
      until: Date;
    };

export type TenantDoc = {
  _id: TenantId;
  tenantId: TenantId;
  name: string;
  switches: FlatSwitches;
  /** Whether a batch may bring its own switches. */
  batchOptions: boolean;
  /** The payment mode of single payments that name none. */
  transferMode?: string;
  /** Where money leaves from when it leaves the closed loop, by rail. */
  payoutAccounts?: Record<string, PartyDoc>;
  pain001?: Pain001Rules;
  /** By which payment mode accounts are paid that are registered without one; by institution in capitals, or identifier type. */
  mapperModes?: Record<string, string>;
  /** Where notify-tenant sends its events. */
  notificationUrl?: string;
  /** Where alerts about the tenant go. */
  alertUrl?: string;
  /** Signs webhooks and notifications. */
  webhookSecret: string;
  /** As clients of Payment Hub EE sign: their public key in PEM, and whether requests are believed only with a signature. */
  signature?: { publicKey: string; required: boolean };
  /** When it was made; absent for the first. */
  webhookSecretAt?: Date;
  /** Signs beside it until then. */
  webhookSecretBefore?: { secret: string; until: Date };
  /** Callback addresses on private and loopback networks are refused unless this is on. */
  allowPrivateAddresses: boolean;
  /** How long personal data are kept after a batch has ended, such as `400d`; absent for the hub's own. */
  personalDataKeep?: string;
};

/** `_id` is `{tenantId}/{fileName}`; the newest upload under a label. */
export type FileDoc = {
  _id: string;
  tenantId: TenantId;
  fileName: string;
  key: string;
  md5: string;
  sha256: string;
  sizeBytes: number;
  at: Date;
};

/** An object on its way to S3; still there long after means nobody came to own it. `_id` is its key. */
export type UploadDoc = { _id: string; tenantId: TenantId; at: Date };

/** `_id` is `{tenantId}/{key}`. */
export type IdempotencyDoc = {
  _id: string;
  tenantId: TenantId;
  fingerprint: string;
  /** Of a single payment its transactionId. */
  batchId: BatchId | TransactionId;
  expireAt: Date;
};

/** Insert-once; `_id` is the batch id. The deadline and whoever cancels insert too, so that one of them is first. */
export type DecisionDoc = {
  _id: BatchId;
  tenantId: TenantId;
  decision: 'approved' | 'refused' | 'expired' | 'cancelled';
  by: string;
  comment: string;
  at: Date;
};

/** What somebody told the hub to do with a batch, kept for ever; `_id` is `{batchId}/{time-ordered}`. */
export type CommandDoc = {
  _id: string;
  tenantId: TenantId;
  batchId: BatchId;
  command: 'pause' | 'resume' | 'cancel' | 'retry';
  by: string;
  reason: string;
  at: Date;
  /** What the batch was just before. */
  status: BatchStatus;
  hold?: BatchDoc['hold'];
  /** Of a retry: the batch that it made. */
  child?: BatchId;
};

/** The right to send failed rows of a batch again, once; `_id` is `{parent's batchId}/{k}`, k from 1. */
export type RetryDoc = {
  _id: string;
  tenantId: TenantId;
  k: number;
  child: BatchId;
  by: string;
  reason: string;
  at: Date;
  /** Under which it was asked for, hashed: the same again is the same retry. */
  requestKey?: string;
  /** Only rows that failed so. */
  codes?: number[];
  count: number;
  /** Rows of the parent, in file order, four bytes each; the child's rows are these from 1. */
  rows: Buffer;
};

/** A payer who had no funds: nothing of theirs is sent on that rail until resumed. `_id` is `{tenantId}/{rail}/{payer}`. */
export type PayerBlockDoc = { _id: string; tenantId: TenantId; rail: string; payer: string; text: string; at: Date };

/** Which processes a tenant has its own model of; `_id` is `{processId}-{tenantId}`. */
export type TenantModelDoc = { _id: string; tenantId: TenantId; processId: string; at: Date };

/** What somebody told the hub to do with one thing, kept for ever; `_id` is `{object}/{time-ordered, or its idempotency key hashed}`. */
export type OperatorCommandDoc = {
  _id: string;
  tenantId: TenantId;
  /** `payment/{endToEndId}`, `rail/{rail}`, `process-instance/{key}`, `conflict/{id}`. */
  object: string;
  command:
    | 'ask-payment'
    | 'ask-unknowns'
    | 'pause-rail'
    | 'resume-rail'
    | 'cancel-instance'
    | 'set-variables'
    | 'resolve-conflict';
  by: string;
  reason: string;
  at: Date;
  /** Ids and counts; names of variables and never their values. */
  detail?: Record<string, unknown>;
};

/** A payment about which its rail is to be asked now, because a person says so; `_id` is the row key. Gone once it was asked. */
export type AskDoc = { _id: Buffer; tenantId: TenantId; rail: string; at: Date; dueAt: Date; tries: number };
