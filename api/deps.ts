/** What the routes may ask for; main.ts makes it once, tests make it with a registry of their own. */
import type { NoticeChannel } from '../domain/notice.ts';
import type { RailTerms, RowCheck } from '../domain/row-check.ts';
import type { Lookup } from '../platform/callback-address.ts';
import type { Log } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Mongo } from '../platform/mongo.ts';
import type { ObjectStore } from '../platform/object-store.ts';
import type { Zeebe } from '../platform/zeebe.ts';
import type { AcceptBatch } from '../store/accept-batch.ts';
import type { AcceptTransfer } from '../store/accept-transfer.ts';
import type { Audit } from '../store/audit.ts';
import type { Batches } from '../store/batches.ts';
import type { Beneficiaries } from '../store/beneficiaries.ts';
import type { Collections } from '../store/collections.ts';
import type { Mapper } from '../store/mapper.ts';
import type { Outbox } from '../store/outbox.ts';
import type { Tenants } from '../store/tenants.ts';
import type { Uploads } from '../store/uploads.ts';
import type { Admission } from './admission.ts';
import type { Identify } from './caller.ts';
import type { Live } from './operations/live.ts';
import type { RateLimit } from './rate-limit.ts';
import type { SignInDeps } from './session-identity.ts';
import type { TransferStarter } from './start-transfer.ts';

/** The part of the rails' registry that the API reads: ids, modes and columns. */
export type ApiRails = {
  readonly all: readonly (ApiRail & { readonly columns: readonly { readonly name: string }[] })[];
  readonly modes: readonly string[];
  readonly columns: readonly { readonly name: string }[];
  byMode(mode: string): ApiRail | undefined;
};
export type ApiRail = RailTerms & {
  readonly id: string;
  /** Id of the registered rail that it is an instance of. */
  readonly kind: string;
  readonly type: 'BULK' | 'PAYMENT';
  readonly paymentModes: readonly string[];
  /** Pays between the wallets of the hub's own ledger. */
  readonly isInside?: boolean;
  readonly checkRow?: RowCheck;
};

export type ApiDeps = {
  readonly identify: Identify;
  /** Where people sign in with a browser; absent where they cannot. */
  readonly signIn?: SignInDeps;
  /** How often strangers may ask, by address. */
  readonly strangers: RateLimit;
  /** Whose word is believed on the caller's address: as Express' `trust proxy`. */
  readonly trustProxy: number | readonly string[];
  readonly mongo: Mongo;
  readonly c: Collections;
  readonly objects: ObjectStore;
  readonly tenants: Tenants;
  readonly uploads: Uploads;
  readonly batches: Batches;
  readonly beneficiaries: Beneficiaries;
  readonly mapper: Mapper;
  readonly outbox: Outbox;
  readonly audit: Audit;
  readonly accept: AcceptBatch;
  readonly acceptTransfer: AcceptTransfer;
  readonly transferStarter: TransferStarter;
  readonly zeebe: Pick<Zeebe, 'resolveIncident' | 'cancelInstance' | 'setVariables'>;
  /** Changes as they come, for whoever watches a page. */
  readonly live: Live;
  readonly admission: Admission;
  readonly rails: ApiRails;
  /** The first key by which a tenant's webhooks are signed. */
  webhookSecretOf(tenantId: string): string;
  readonly limits: { readonly fileBytes: number; readonly rows: number };
  /** Over which payees can be told anything. */
  readonly noticeChannels: readonly NoticeChannel[];
  /** Signs answers to tenants that sign their requests; PEM. */
  readonly signingKey?: string;
  /** How often a batch that waits for settlement is counted again, such as `60s`. */
  readonly recountEvery: string;
  /** How long personal data are kept where the tenant says nothing, such as `1825d`. */
  readonly personalDataKeep: string;
  /** How long links to files may be opened. */
  readonly linkSeconds: number;
  /** Where the built console is, or will be; without one there is no console. */
  readonly consoleFolder?: string;
  /** Asks DNS for callback addresses; the system's own where absent. */
  readonly lookup?: Lookup;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: () => Date;
};
