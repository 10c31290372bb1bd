/** Takes a sub-batch off Kafka and starts its payment type's flow: one instance for a BULK rail, one per payment otherwise. */
import type { PaymentLine } from '../domain/payment.ts';
import { messages, type PaySubBatchVariables, type TransferVariables } from '../domain/process.ts';
import type { Log } from '../platform/log.ts';
import { readNdjson } from '../platform/ndjson.ts';
import type { ObjectStore } from '../platform/object-store.ts';
import { isBackpressure, type Zeebe } from '../platform/zeebe.ts';
import type { Batches } from '../store/batches.ts';
import type { Books } from '../store/books.ts';
import type { SubBatchDoc } from '../store/documents.ts';
import type { PayerBlocks } from '../store/payer-blocks.ts';
import type { RailHolds } from '../store/rail-holds.ts';
import type { SubBatches } from '../store/sub-batches.ts';
import type { TenantModels } from '../store/tenant-models.ts';
import type { JobWaits } from './job-waits.ts';
import type { Room } from './room.ts';
import type { Throttle } from './throttle.ts';
import { createTurns } from './turns.ts';

export type StartDeps = {
  readonly zeebe: Zeebe;
  /** Id of the registered rail that the topic's rail is an instance of. */
  readonly kind: string;
  readonly tenantModels: TenantModels;
  readonly books: Books;
  readonly batches: Pick<Batches, 'get' | 'holdOf'>;
  readonly subBatches: SubBatches;
  readonly payerBlocks: PayerBlocks;
  readonly railHolds: Pick<RailHolds, 'of'>;
  readonly objects: ObjectStore;
  readonly throttle: Throttle;
  readonly room: Room;
  readonly waits: JobWaits;
  /** Whether the rail can make accounts for payees. */
  readonly createsBeneficiaries: () => boolean;
  readonly log: Log;
};

export type SubBatchStarter = (subBatchId: string, signal: AbortSignal) => Promise<void>;

/** A message start is remembered for this long; longer than any redelivery by Kafka in good health. */
const startTtlMs = 3_600_000;
const chunkPayments = 100;
/** Sub-batches of one tenant being started at once: one reads its next payments while those of the other are started. */
const atOncePerTenant = 2;

export function createSubBatchStarter(deps: StartDeps): SubBatchStarter {
  const {
    zeebe,
    kind,
    tenantModels,
    books,
    batches,
    subBatches,
    payerBlocks,
    railHolds,
    objects,
    throttle,
    room,
    waits,
    log,
  } = deps;
  const turns = createTurns(atOncePerTenant);

  return async (subBatchId, signal) => {
    const sub = await subBatches.get(subBatchId);
    if (!sub || sub.status === 'settled') return;
    if (sub.type === 'BULK') await startWhole(sub, signal);
    else await turns.take(sub.tenantId, signal, () => startEach(subBatchId, signal));
    log.info('sub-batch started', { subBatchId, rail: sub.rail, rows: sub.rows });
  };

  async function startWhole(sub: SubBatchDoc, signal: AbortSignal): Promise<void> {
    await room.opened(async () => (await batches.holdOf(sub.batchId)) !== 'cancelled', signal);
    const variables: PaySubBatchVariables = {
      tenantId: sub.tenantId,
      batchId: sub.batchId,
      subBatchId: sub._id,
      rail: sub.rail,
      createsBeneficiaries: deps.createsBeneficiaries() && (await wantsBeneficiaries(sub)),
    };
    const name = await tenantModels.nameFor('pay-sub-batch', sub.tenantId, messages.paySubBatchRequested);
    const message = {
      name,
      key: sub._id,
      messageId: sub._id,
      variables,
      ttlMs: startTtlMs,
    };
    await throttle.run(() => zeebe.publish(message), isBackpressure, { share: sub.tenantId });
  }

  async function wantsBeneficiaries({ batchId }: SubBatchDoc): Promise<boolean> {
    // A batch of before there was such a switch has none.
    return (await batches.get(batchId))?.switches.staging?.createBeneficiary === true;
  }

  /** Lines of payers that are blocked are passed over, and those of a paused batch: the sub-batch comes again when told. */
  async function startEach(subBatchId: string, signal: AbortSignal): Promise<void> {
    const sub = await subBatches.get(subBatchId);
    if (!sub || sub.status === 'settled') return;
    let at = 0;
    let isWhole = true;
    for await (const lines of readNdjson<PaymentLine>(objects.parts(sub.key), chunkPayments)) {
      const from = at;
      at += lines.length;
      if (at <= sub.started) continue;
      const open = lines.slice(Math.max(0, sub.started - from));
      if ((await batches.holdOf(sub.batchId)) === 'paused') return subBatches.stop(sub);
      if (await railHolds.of(sub.tenantId, sub.rail)) return subBatches.stop(sub);
      await room.wait(sub.tenantId, open.length, signal);
      const blocked = await payerBlocks.payersOf(sub.tenantId, sub.rail);
      const free = open.filter(({ payer }) => !blocked.has(payer.id));
      isWhole &&= free.length === open.length;
      await startLines(sub, free);
      if (isWhole) await subBatches.checkpoint(sub._id, at);
    }
    await (isWhole ? subBatches.sent(sub) : subBatches.stop(sub));
  }

  /** A payment that was started before a crash is started again only while nobody has claimed it; its claim sorts out the rest. */
  async function startLines(sub: SubBatchDoc, lines: readonly PaymentLine[]): Promise<void> {
    const rows = lines.map(({ row }) => row);
    const [outcomes, attempts, process] = await Promise.all([
      books.outcomesOf(sub.batchId, rows),
      books.latestAttempts(sub.batchId, rows),
      tenantModels.transferFor({ id: sub.rail, kind }, sub.tenantId),
    ]);
    const fresh = lines.filter(({ row }) => !outcomes.has(row) && !attempts.has(row));
    await Promise.all(
      fresh.map(({ row, endToEndId }) => {
        const { tenantId, batchId, rail } = sub;
        const variables: TransferVariables = { tenantId, batchId, subBatchId: sub._id, row, rail, endToEndId };
        const hold = `${batchId}/${row}`;
        const start = () => {
          waits.ready(hold);
          return zeebe.start(process, variables);
        };
        return throttle.run(start, isBackpressure, { share: tenantId, hold });
      }),
    );
  }
}
