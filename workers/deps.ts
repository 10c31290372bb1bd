/** What the job files may ask for; main.ts makes it once. */
import type { RailTerms, RowCheck } from '../domain/row-check.ts';
import type { Log } from '../platform/log.ts';
import type { ObjectStore } from '../platform/object-store.ts';
import type { Alerts } from '../store/alerts.ts';
import type { Audit } from '../store/audit.ts';
import type { Batches } from '../store/batches.ts';
import type { Books } from '../store/books.ts';
import type { Budgets } from '../store/budgets/budgets.ts';
import type { Collections } from '../store/collections.ts';
import type { Notices } from '../store/notices.ts';
import type { Outbox } from '../store/outbox.ts';
import type { ReverseRoute } from '../store/reverse-route.ts';
import type { SettleRound } from '../store/settle-round.ts';
import type { SubBatches } from '../store/sub-batches.ts';

export type RailFacts = {
  /** What the rails' registry says to those who only need ids and modes. */
  readonly byMode: (mode: string) => RailFact | undefined;
  readonly byId: (id: string) => RailFact | undefined;
  readonly modes: readonly string[];
};

export type RailFact = RailTerms & {
  readonly id: string;
  readonly type: 'BULK' | 'PAYMENT';
  readonly formats: readonly string[];
  readonly checkRow?: RowCheck;
};

export type WorkerDeps = {
  readonly c: Collections;
  readonly books: Books;
  readonly batches: Batches;
  readonly budgets: Budgets;
  readonly subBatches: SubBatches;
  readonly outbox: Outbox;
  readonly audit: Audit;
  readonly alerts: Pick<Alerts, 'raise'>;
  readonly notices: Pick<Notices, 'ask'>;
  readonly objects: ObjectStore;
  readonly rails: RailFacts;
  readonly rowsMax: number;
  /** Counts a sub-batch soon, once for many payments. */
  readonly countSoon: (subBatchId: string) => void;
  readonly settleRound: SettleRound;
  readonly reverseRoute: ReverseRoute;
  readonly publicUrl: string;
  readonly log: Log;
  readonly now: () => Date;
};
