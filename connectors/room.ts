/** How many payments of a PAYMENT rail a tenant may have under way: the rail's limit shared by all tenants that have work for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SubBatches } from '../store/sub-batches.ts';
import type { Outage } from './outage.ts';
import type { Pauses } from './pauses.ts';

export type Room = {
  /** Resolves when `count` payments of the tenant may be started; rejects when the signal fires. */
  wait(tenantId: string, count: number, signal: AbortSignal): Promise<void>;
};

export type RoomOptions = {
  readonly rail: string;
  readonly subBatches: Pick<SubBatches, 'underWay'>;
  /** Payments of the rail under way at once, over all processes. */
  readonly inFlightMax: number;
  readonly outage: Outage;
  readonly pauses: Pauses;
  /** How long what was read is believed, and the pause between looks. */
  readonly lookMs?: number;
};

export function createRoom({ rail, subBatches, inFlightMax, outage, pauses, lookMs = 250 }: RoomOptions): Room {
  let known: { at: number; tenants: ReturnType<typeof subBatches.underWay> } | undefined;

  function look() {
    if (!known || performance.now() - known.at > lookMs) {
      known = { at: performance.now(), tenants: subBatches.underWay(rail) };
      known.tenants.catch(() => {
        known = undefined;
      });
    }
    return known.tenants;
  }

  async function obstacle(tenantId: string, count: number): Promise<'circuit' | 'in-flight' | undefined> {
    if (outage.pauseMs('start') > 0) return 'circuit';
    const tenants = await look();
    const { inFlight = 0 } = tenants.get(tenantId) ?? {};
    return inFlight === 0 || inFlight + count <= inFlightMax / Math.max(1, tenants.size) ? undefined : 'in-flight';
  }

  return {
    async wait(tenantId, count, signal) {
      for (;;) {
        signal.throwIfAborted();
        const reason = await obstacle(tenantId, count);
        if (!reason) return;
        const end = pauses.begin(reason);
        try {
          while ((await obstacle(tenantId, count)) === reason) await sleep(lookMs, undefined, { signal });
        } finally {
          end();
        }
      }
    },
  };
}
