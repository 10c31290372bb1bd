/** What the jobs of one rail may ask for; main.ts makes it once per rail. */
import type { Log } from '../platform/log.ts';
import type { ObjectStore } from '../platform/object-store.ts';
import type { Audit } from '../store/audit.ts';
import type { Batches } from '../store/batches.ts';
import type { Books } from '../store/books.ts';
import type { Collections } from '../store/collections.ts';
import type { PayerBlocks } from '../store/payer-blocks.ts';
import type { RailHolds } from '../store/rail-holds.ts';
import type { SubBatches } from '../store/sub-batches.ts';
import type { Unknowns } from '../store/unknowns.ts';
import type { JobWaits } from './job-waits.ts';
import type { Outage } from './outage.ts';
import type { Rail, RailInstance } from './rail.ts';

export type RailDeps = {
  readonly definition: RailInstance;
  readonly rail: Rail;
  readonly c: Collections;
  readonly books: Books;
  readonly audit: Pick<Audit, 'append'>;
  readonly batches: Batches;
  readonly subBatches: SubBatches;
  readonly unknowns: Unknowns;
  readonly payerBlocks: PayerBlocks;
  readonly railHolds: RailHolds;
  readonly objects: ObjectStore;
  readonly waits: JobWaits;
  readonly outage: Outage;
  /** How long until the rail may be sent something; 0 while it is open. */
  readonly hours: () => number;
  /** How long a claim holds; its holder sends nothing after it. */
  readonly leaseMs: number;
  readonly log: Log;
  readonly now: () => Date;
};
