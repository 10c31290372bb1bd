/** The rail port: what the hub asks of every rail, and every answer a rail can give. A rail is a folder and one line in rails.ts. */
import type { EndToEndId } from '../domain/ids.ts';
import type { ReasonCode } from '../domain/outcome.ts';
import type { Party, Payment } from '../domain/payment.ts';
import type { RowRefusal, RowToCheck } from '../domain/row-check.ts';
import type { CircuitState } from '../platform/circuit.ts';
import type { RailHttp } from '../platform/http.ts';
import type { Log } from '../platform/log.ts';
import type { WalletPayments } from '../store/pay-from-wallet.ts';
import type { OpeningHours } from './hours.ts';
import type { ConfigValue } from './rails-file.ts';
import type { Simulator, SimulatorOptions } from './simulator.ts';

/** BULK: a call carries many payments, one process per sub-batch. PAYMENT: one process per payment, steps drawn in its model. */
export type RailType = 'BULK' | 'PAYMENT';

export type Answer =
  /** The rail has it and will tell later: ask again. */
  | { readonly kind: 'accepted'; readonly reference?: string; readonly text?: string }
  | { readonly kind: 'completed'; readonly reference?: string }
  /** A final no. `code` is the hub's, `railCode` and `text` are the rail's own words. */
  | { readonly kind: 'rejected'; readonly code: ReasonCode; readonly railCode: string; readonly text: string }
  /** Proven not to have been taken (connection refused, 503 before acceptance, rate limit): the same id may be sent again later. */
  | { readonly kind: 'notSent'; readonly text: string; readonly retryAfterMs?: number }
  /** May or may not have been taken: ask before anything else. */
  | { readonly kind: 'unknown'; readonly text: string }
  /** Asked, and the rail has no trace of it. Believed only after lease + client time-out + neverReceivedAfterMs. */
  | { readonly kind: 'neverReceived'; readonly text: string }
  /** Not taken, and nothing of this payer will be until somebody acts: stop the payer, tell the operator, resume when told. */
  | { readonly kind: 'payerBlocked'; readonly railCode: string; readonly text: string };

export type LookupAnswer =
  | { readonly kind: 'found'; readonly name?: string; readonly dfspId?: string }
  /** No payee, or one that cannot be paid as asked; `code` is the hub's, 404 where left out. */
  | { readonly kind: 'notFound'; readonly railCode: string; readonly text: string; readonly code?: 404 | 422 }
  | { readonly kind: 'retry'; readonly text: string };

export type Beneficiaries = {
  /** Whether an account can be made under such an identifier. */
  mayMake(party: Party): boolean;
  /** Makes an account for each payee of these that has none; an answer each, in their order. Safe to repeat. */
  make(payments: readonly Payment[], call: Call): Promise<readonly BeneficiaryAnswer[]>;
};

export type BeneficiaryAnswer =
  | { readonly kind: 'there' | 'created' }
  | { readonly kind: 'refused'; readonly railCode: string; readonly text: string }
  | { readonly kind: 'retry'; readonly text: string };

export type QuoteAnswer =
  | { readonly kind: 'quoted'; readonly fee: string; readonly currency: string; readonly expiresAt?: string }
  | Extract<Answer, { kind: 'rejected' | 'notSent' | 'payerBlocked' }>;

/** Short exchange extracts for the `exchanges` book: what was said, never secrets, parties masked, under 2 KB each. */
export type Exchange = {
  readonly direction: 'request' | 'answer' | 'callback' | 'query' | 'query-answer';
  readonly at: Date;
  readonly summary: string;
  readonly httpStatus?: number;
  readonly body?: unknown;
};

/** What a call reports beside its answer; the caller writes it to the exchanges book. */
export type Tell = (exchange: Exchange) => void;

export type Call = {
  readonly signal: AbortSignal;
  readonly tell: Tell;
  /** End of the sender's lease: a rail hands it on with whatever moves money, which is then not written at or after it. */
  readonly notAfter?: Date;
};

export type Health = {
  readonly ok: boolean;
  /** Of rails that know more than yes and no. */
  readonly state?: 'available' | 'degraded' | 'unavailable';
  readonly text: string;
};

/** What the payer knows of the payee beside the identifier, for rails that compare it. */
export type Expected = { readonly name?: string };

/** A payment to be taken back: the rail's reference of it, and the id that the reversal itself is known by. */
export type Reversal = { readonly reference: string; readonly reversalId: string };

/** Money of a payment that had been paid came back, as the rail has reported. */
export type Returned = {
  readonly endToEndId: EndToEndId;
  /** When the rail reported it. */
  readonly reportedAt: Date;
  readonly railCode: string;
  readonly text: string;
  readonly reference?: string;
  /** What the report says otherwise than the payment, so that a person has to look; undefined where it is the payment. */
  doubt(payment: Payment): string | undefined;
};

export type Rail = {
  /** Asks whether the payee exists at this rail; moves nothing. */
  lookup(party: Party, call: Call, expected?: Expected): Promise<LookupAnswer>;
  /** First step of a payment where the rail draws it apart (PAYMENT rails): resolve its payee. Repeatable, moves nothing. */
  resolvePayee?(payment: Payment, call: Call): Promise<LookupAnswer>;
  /** Second step: what it would cost. Repeatable, moves nothing. */
  quote?(payment: Payment, call: Call): Promise<QuoteAnswer>;
  /** Moves the money. Called by the holder of the payment's claim only. PAYMENT rails. */
  send?(payment: Payment, call: Call): Promise<Answer>;
  /** Moves the money of many payments in one message; an answer per payment, in the order asked. BULK rails. */
  sendBatch?(payments: readonly Payment[], messageId: string, call: Call): Promise<readonly Answer[]>;
  /** What came of a payment that was sent; `sentAt` is when the latest attempt began. */
  query(payment: Payment, sent: { readonly at: Date; readonly messageId?: string }, call: Call): Promise<Answer>;
  /** The same for a whole message of sendBatch; an answer per payment, in the order asked. */
  queryBatch?(
    payments: readonly Payment[],
    sent: { readonly at: Date; readonly messageId: string },
    call: Call,
  ): Promise<readonly Answer[]>;
  /** Of a rail that pays into accounts which it can make; a rail without it pays into accounts that others make. */
  readonly beneficiaries?: Beneficiaries;
  /** Takes a completed payment back. The same `reversalId` is one reversal, however often it is asked for. */
  reverse?(payment: Payment, reversal: Reversal, call: Call): Promise<Answer>;
  /** What came of it. */
  queryReversal?(payment: Payment, reversal: Reversal, call: Call): Promise<Answer>;
  /**
   * Returns that the rail has reported since then, in the order of their reports, each at least once, also of payments that are not
   * ours. Throws when they cannot be read. `readTo`: what was reported before is not asked for again.
   */
  returns?(since: Date, call: Call): Promise<{ readonly returns: readonly Returned[]; readonly readTo: Date }>;
  /** An extract of a callback's body for the books (parties masked); a callback decides nothing, the hub asks. Throws RangeError on nonsense. */
  readCallback?(body: unknown): { readonly summary: string };
  /** Of a rail with connections of its own: whether calls pass. The others' is that of their HTTP. */
  circuit?(): CircuitState;
  health(signal: AbortSignal): Promise<Health>;
  close(): Promise<void>;
};

export type RailLimits = {
  /** Calls at once, per process. */
  readonly concurrency: number;
  readonly ratePerSecond: number;
  /** Payments in one sendBatch. */
  readonly maxBatch: number;
  /** A call is given up after this long; its outcome is then unknown. */
  readonly timeoutMs: number;
};

/** An optional CSV column that a rail declares. */
export type RailColumn = { readonly name: string; readonly description: string };

export type RailTools = {
  readonly http: RailHttp;
  /** Values of the file of instances, or under RAIL_<ID>_<KEY> of the environment; keys in lower case: { url, username, password, … }. */
  readonly config: Readonly<Record<string, string>>;
  /** Where the rail may call back about this payment; carries an unguessable token. */
  callbackUrlOf(payment: Payment): string;
  readonly now: () => Date;
  readonly log: Log;
  /** The hub's own wallets, for the rail that pays inside of them. */
  readonly walletPayments?: WalletPayments;
};

export type RailDefinition = {
  readonly id: string;
  /** Words of the payment_mode column that choose this rail, lower case. */
  readonly paymentModes: readonly string[];
  readonly type: RailType;
  /** Set where an instance of a PAYMENT rail may be of type BULK: its model is then pay-sub-batch, and it has sendBatch. */
  readonly bulk?: { readonly maxBatch: number; open(tools: RailTools): Rail };
  readonly limits: RailLimits;
  readonly columns: readonly RailColumn[];
  /** How long after a send "no trace of it" proves that it was never received. */
  readonly neverReceivedAfterMs: number;
  /** Formatting standards whose objects the rail sends as they are. */
  readonly formats: readonly 'GSMA'[];
  /** Keys that config must hold; each with what it is, for the error message when it is missing. */
  readonly configKeys: Readonly<Record<string, string>>;
  /** What is wrong with a row for this rail beyond the common checks, or nothing. `settings`: its config, as far as the process knows it. */
  checkRow?(row: RowToCheck, settings?: Readonly<Record<string, string>>): RowRefusal | undefined;
  /** Whether it pays between the wallets of the hub's own ledger, as its config says; no where left out. */
  paysInside?(settings: Readonly<Record<string, string>>): boolean;
  open(tools: RailTools): Rail;
  simulate(options: SimulatorOptions): Promise<Simulator>;
  /** Config beside `url` for the rail and its simulator on one machine; secrets are made anew at each call, so keep them. */
  localConfig?(): Readonly<Record<string, string>>;
};

/** A rail as a deployment runs it: under an id of its own, with its own address, limits and hours. */
export type RailInstance = RailDefinition & {
  /** Id of the registered rail; its model of a payment serves all its instances. */
  readonly kind: string;
  /** Taken by this instance; all where absent. */
  readonly currencies?: readonly string[];
  /** Tenants that may use it; all where absent. */
  readonly tenants?: readonly string[];
  /** Pays between the wallets of the hub's own ledger. */
  readonly isInside?: boolean;
  /** When it may be sent something; always where there are none. */
  readonly windows: readonly OpeningHours[];
  /** What the file of instances sets; secrets are named there and read by the connectors alone. */
  readonly configured: Readonly<Record<string, ConfigValue>>;
};
