/** How each rail stands, as its connectors say every few seconds, all their processes together, with what a person has paused. */
import type { TenantId } from '../domain/ids.ts';
import type { Collections } from './collections.ts';
import type { RailHoldDoc, RailStateDoc } from './rail-documents.ts';

export type RailWord = 'up' | 'circuit_open' | 'paused' | 'away';

export type RailStanding = {
  readonly rail: string;
  readonly state: RailWord;
  readonly text: string;
  /** Since when it is in that state, where that is known. */
  readonly since?: Date;
  /** Of this tenant, or of the whole hub. */
  readonly hold?: RailHoldDoc;
  /** Processes that serve it and told of it lately. */
  readonly told: readonly RailStateDoc[];
};

export type RailStates = ReturnType<typeof createRailStates>;

/** Connectors tell every five seconds; who has not for so long is not there. */
export const awayAfterMs = 30_000;
/** The hub's own hold on a rail stands under this instead of a tenant. */
export const wholeHub = '*';

export function railHoldId(tenantId: TenantId, rail: string): string {
  return `${tenantId}/${rail}`;
}

export function createRailStates(c: Pick<Collections, 'railStates' | 'railHolds'>, now: () => Date = () => new Date()) {
  return {
    /** Of these rails, as this tenant sees them. */
    async of(tenantId: TenantId, rails: readonly string[]): Promise<Map<string, RailStanding>> {
      const holdIds = rails.flatMap((rail) => [railHoldId(wholeHub, rail), railHoldId(tenantId, rail)]);
      const freshFrom = new Date(now().getTime() - awayAfterMs);
      const [told, holds] = await Promise.all([
        c.railStates.find({ rail: { $in: [...rails] }, at: { $gte: freshFrom } }).toArray(),
        c.railHolds.find({ _id: { $in: holdIds } }).toArray(),
      ]);
      return new Map(
        rails.map((rail) => {
          const own = told.filter((doc) => doc.rail === rail);
          const hold = holds.find((doc) => doc.rail === rail);
          return [rail, { rail, told: own, ...(hold && { hold }), ...wordOf(own, hold, now()) }];
        }),
      );
    },
  };
}

function wordOf(
  told: readonly RailStateDoc[],
  hold: RailHoldDoc | undefined,
  now: Date,
): Pick<RailStanding, 'state' | 'text' | 'since'> {
  if (hold) return { state: 'paused', text: `paused by ${hold.by}: ${hold.reason}`, since: hold.at };
  if (told.length === 0) return { state: 'away', text: 'no connector has told of it for 30 seconds' };
  const cut = told.filter(({ circuit }) => circuit !== 'closed');
  if (cut.length === 0) return { state: 'up', text: 'calls go through' };
  const since = new Date(Math.min(...cut.map(({ circuitSince }) => (circuitSince ?? now).getTime())));
  const minutes = Math.max(1, Math.round((now.getTime() - since.getTime()) / 60_000));
  const last = cut.find(({ lastError }) => lastError)?.lastError;
  const text = `calls are cut off for ${minutes} min${last ? `: ${last}` : ''}`;
  return { state: 'circuit_open', text, since };
}
