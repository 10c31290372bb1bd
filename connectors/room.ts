/** How many payments of a PAYMENT rail a tenant may have under way: the rail's limit shared by all tenants that have work for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SubBatches } from '../store/sub-batches.ts';
import type { Outage } from './outage.ts';
import type { Pauses } from './pauses.ts';

export type Room = {
  /** Resolves when `count` payments of the tenant may be started; rejects when the signal fires. */
  wait(tenantId: string, count: number, signal: AbortSignal): Promise<void>;
  /** Resolves when the rail is open, or nobody wants it to be any more; rejects when the signal fires. */
  opened(isWanted: () => Promise<boolean>, signal: AbortSignal): Promise<void>;
};

export type RoomOptions = {
  readonly rail: string;
  readonly subBatches: Pick<SubBatches, 'underWay'>;
  /** Payments of the rail under way at once, over all processes. */
  readonly inFlightMax: number;
  readonly outage: Outage;
  /** How long until the rail opens; 0 while it is open. */
  readonly hours: () => number;
  readonly pauses: Pauses;
  /** How long what was read is believed, and the pause between looks. */
  readonly lookMs?: number;
};

export function createRoom(options: RoomOptions): Room {
  const { rail, subBatches, inFlightMax, outage, hours, pauses, lookMs = 250 } = options;
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

  async function obstacle(tenantId: string, count: number): Promise<'circuit' | 'in-flight' | 'closed' | undefined> {
    if (hours() > 0) return 'closed';
    if (outage.pauseMs('start') > 0) return 'circuit';
    const tenants = await look();
    const { inFlight = 0 } = tenants.get(tenantId) ?? {};
    return inFlight === 0 || inFlight + count <= inFlightMax / Math.max(1, tenants.size) ? undefined : 'in-flight';
  }

  return {
    async opened(isWanted, signal) {
      if (hours() === 0) return;
      const end = pauses.begin('closed');
      try {
        while (hours() > 0 && (await isWanted())) await sleep(4 * lookMs, undefined, { signal });
      } finally {
        end();
      }
    },
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
