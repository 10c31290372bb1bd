/** Who has just sent a file that is not closed yet: such a file has few steps before it at this rail, each of which waits behind all that is on its way. */
import type { Log } from '../platform/log.ts';
import type { Batches } from '../store/batches.ts';

export type Newcomers = {
  /** Whether anybody else than these tenants has one, as it was a moment ago. */
  besides(tenants: ReadonlySet<string>): boolean;
};

export type NewcomersOptions = {
  readonly batches: Pick<Batches, 'youngIn'>;
  readonly log: Log;
  /** A file that came longer ago is no news; where it has payments at the rail, it is counted there. */
  readonly youngMs?: number;
  /** How long what was read is believed. */
  readonly lookMs?: number;
  readonly now?: () => number;
};

export function createNewcomers({
  batches,
  log,
  youngMs = 60_000,
  lookMs = 250,
  now = Date.now,
}: NewcomersOptions): Newcomers {
  let tenants: readonly string[] = [];
  let askedAt = Number.NEGATIVE_INFINITY;

  async function look(): Promise<void> {
    try {
      tenants = await batches.youngIn(new Date(now() - youngMs));
    } catch (error) {
      log.warn('who has just sent a file could not be read', { error });
    }
  }

  return {
    besides(known) {
      if (now() - askedAt > lookMs) {
        askedAt = now();
        void look();
      }
      return tenants.some((tenant) => !known.has(tenant));
    },
  };
}
