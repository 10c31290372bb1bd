/** Takes a sub-batch off Kafka and starts its payment type's flow: one instance for a BULK rail, one per payment otherwise. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PaymentLine } from '../domain/payment.ts';
import { messages, type PaySubBatchVariables, type TransferVariables, transferProcessOf } from '../domain/process.ts';
import type { Log } from '../platform/log.ts';
import { readNdjson } from '../platform/ndjson.ts';
import type { ObjectStore } from '../platform/object-store.ts';
import { isBackpressure, type Zeebe } from '../platform/zeebe.ts';
import type { Books } from '../store/books.ts';
import type { SubBatchDoc } from '../store/documents.ts';
import type { SubBatches } from '../store/sub-batches.ts';
import type { TenantModels } from '../store/tenant-models.ts';
import type { Throttle } from './throttle.ts';

export type StartDeps = {
  readonly zeebe: Zeebe;
  readonly tenantModels: TenantModels;
  readonly books: Books;
  readonly subBatches: SubBatches;
  readonly objects: ObjectStore;
  readonly throttle: Throttle;
  /** Payments of one rail that may be under way at once, over all processes. */
  readonly inFlightMax: number;
  readonly log: Log;
};

/** A message start is remembered for this long; longer than any redelivery by Kafka in good health. */
const startTtlMs = 3_600_000;
const chunkPayments = 100;

/** `onWait` says whether payments wait for room. */
export function createSubBatchStarter(deps: StartDeps) {
  const { zeebe, tenantModels, books, subBatches, objects, throttle, inFlightMax, log } = deps;
  return async (subBatchId: string, onWait: (waiting: boolean) => void): Promise<void> => {
    const sub = await subBatches.get(subBatchId);
    if (!sub || sub.status === 'settled') return;
    if (sub.type === 'BULK') await startWhole(sub);
    else await startEach(sub, onWait);
    log.info('sub-batch started', { subBatchId, rail: sub.rail, rows: sub.rows });
  };

  async function startWhole(sub: SubBatchDoc): Promise<void> {
    const variables: PaySubBatchVariables = {
      tenantId: sub.tenantId,
      batchId: sub.batchId,
      subBatchId: sub._id,
      rail: sub.rail,
    };
    const name = await tenantModels.nameFor('pay-sub-batch', sub.tenantId, messages.paySubBatchRequested);
    const message = {
      name,
      key: sub._id,
      messageId: sub._id,
      variables,
      ttlMs: startTtlMs,
    };
    await throttle.run(() => zeebe.publish(message), isBackpressure);
  }

  async function startEach(sub: SubBatchDoc, onWait: (waiting: boolean) => void): Promise<void> {
    const source = await objects.get(sub.key);
    let at = 0;
    try {
      for await (const lines of readNdjson<PaymentLine>(source, chunkPayments)) {
        const from = at;
        at += lines.length;
        if (at <= sub.started) continue;
        await roomFor(sub.rail, onWait);
        await startLines(sub, lines.slice(Math.max(0, sub.started - from)));
        await subBatches.checkpoint(sub._id, at);
      }
    } finally {
      source.destroy();
    }
  }

  /** A payment that was started before a crash is started again only while nobody has claimed it; its claim sorts out the rest. */
  async function startLines(sub: SubBatchDoc, lines: readonly PaymentLine[]): Promise<void> {
    const rows = lines.map(({ row }) => row);
    const [outcomes, attempts] = await Promise.all([
      books.outcomesOf(sub.batchId, rows),
      books.latestAttempts(sub.batchId, rows),
    ]);
    const process = await tenantModels.nameFor(transferProcessOf(sub.rail), sub.tenantId);
    const fresh = lines.filter(({ row }) => !outcomes.has(row) && !attempts.has(row));
    await Promise.all(
      fresh.map(({ row, endToEndId }) => {
        const { tenantId, batchId, rail } = sub;
        const variables: TransferVariables = { tenantId, batchId, subBatchId: sub._id, row, rail, endToEndId };
        return throttle.run(() => zeebe.start(process, variables), isBackpressure);
      }),
    );
  }

  async function roomFor(rail: string, onWait: (waiting: boolean) => void): Promise<void> {
    let waiting = false;
    while ((await subBatches.inFlight(rail)) + chunkPayments > inFlightMax) {
      if (!waiting) onWait(true);
      waiting = true;
      await sleep(300);
    }
    if (waiting) onWait(false);
  }
}
