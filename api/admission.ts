/** Whether the hub takes more work: where it is full it says so at once, with 503, instead of taking what would only wait. */
import { Problem } from '../domain/problem.ts';
import { kept } from '../platform/metrics.ts';

export type AdmissionLimits = {
  /** Accepted and not begun: of all tenants, and of one. */
  readonly batchesWaiting: number;
  readonly batchesWaitingOfTenant: number;
  readonly transfersWaiting: number;
  readonly transfersWaitingOfTenant: number;
  /** Bodies with files being received at once, per process; one tenant has half of them at most. */
  readonly uploadsAtOnce: number;
  /** Resident memory of this process beyond which no more bodies are received, in bytes. */
  readonly memoryBytes: number;
};

/** What waits to be begun. */
type Kind = 'batches' | 'transfers';
export type Refusal = Kind | `tenant-${Kind}` | 'uploads' | 'tenant-uploads' | 'memory';

export type Admission = {
  /** Throws `hub-full` where work that is accepted now would only queue behind what waits already. */
  checkRoom(tenantId: string, kind: Kind): Promise<void>;
  /** Runs `receive` in a place of its own; throws `hub-full` where there is none, or no memory for one. */
  place<T>(tenantId: string, receive: () => Promise<T>): Promise<T>;
};

/** How long counts are believed: the limits are no promises to the batch. */
const believedMs = 500;

export function createAdmission(options: {
  readonly limits: AdmissionLimits;
  /** How many of each tenant wait to be begun. */
  readonly waiting: Readonly<Record<Kind, () => Promise<ReadonlyMap<string, number>>>>;
  readonly onRefusal?: (reason: Refusal) => void;
  readonly memoryBytes?: () => number;
}): Admission {
  const { limits, onRefusal = () => {}, memoryBytes = () => process.memoryUsage.rss() } = options;
  const rooms = {
    batches: {
      waiting: kept(options.waiting.batches, believedMs),
      max: limits.batchesWaiting,
      ofTenantMax: limits.batchesWaitingOfTenant,
    },
    transfers: {
      waiting: kept(options.waiting.transfers, believedMs),
      max: limits.transfersWaiting,
      ofTenantMax: limits.transfersWaitingOfTenant,
    },
  };
  const uploads = new Map<string, number>();

  function refuse(reason: Refusal, detail: string): never {
    onRefusal(reason);
    throw new Problem('hub-full', `${detail}: send it again later`);
  }

  function checkPlace(tenantId: string): void {
    const total = [...uploads.values()].reduce((sum, n) => sum + n, 0);
    if (total >= limits.uploadsAtOnce) refuse('uploads', 'as many files are being received as can be');
    if ((uploads.get(tenantId) ?? 0) >= Math.ceil(limits.uploadsAtOnce / 2)) {
      refuse('tenant-uploads', 'as many files of the tenant are being received as can be');
    }
    if (memoryBytes() > limits.memoryBytes) refuse('memory', 'the hub has no memory for another file');
  }

  return {
    async checkRoom(tenantId, kind) {
      const { waiting, max, ofTenantMax } = rooms[kind];
      const counts = await waiting();
      const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
      if (total >= max) refuse(kind, `${total} ${kind} wait to be begun`);
      const own = counts.get(tenantId) ?? 0;
      if (own >= ofTenantMax) refuse(`tenant-${kind}`, `${own} ${kind} of the tenant wait to be begun`);
    },

    async place(tenantId, receive) {
      checkPlace(tenantId);
      uploads.set(tenantId, (uploads.get(tenantId) ?? 0) + 1);
      try {
        return await receive();
      } finally {
        const left = uploads.get(tenantId)! - 1;
        if (left > 0) uploads.set(tenantId, left);
        else uploads.delete(tenantId);
      }
    },
  };
}
