/** Settles a round of a route: what was paid out leaves the loop, what was not goes back, once each part has its outcome. */
import { endToEndIdOf } from '../domain/ids.ts';
import type { Mongo } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import { endHold } from './ledger/holds.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { NewJournalEntry } from './ledger/post.ts';
import type { RoundDoc, RouteDoc } from './route-documents.ts';
import { roundOutcomes, routeStanding } from './route-standing.ts';

export type SettledRound = {
  /** Parts that have no outcome yet. */
  readonly open: number;
  readonly route: RouteDoc;
  readonly round: RoundDoc;
};

export type SettleRound = (roundId: string) => Promise<SettledRound>;

/** Entries of one transaction. */
const atOnce = 250;

export function createSettleRound(
  mongo: Mongo,
  c: Collections,
  ledger: Ledger,
  now: () => Date = () => new Date(),
): SettleRound {
  return async (roundId) => {
    const round = await c.rounds.findOne({ _id: roundId });
    const route = round && (await c.routes.findOne({ _id: round.routeId }));
    if (!round || !route) throw new Error(`round ${roundId} is not there`);
    if (round.settledAt) return { open: 0, route, round };
    const { isOver, byRow } = await roundOutcomes(c, round);
    if (route.autoPayout) await payOut(route, round, (row) => byRow.get(row)?.status === 'completed');
    const open = isOver ? 0 : round.targets.length - byRow.size;
    if (open > 0) return { open, route, round };
    return { open, round, route: await end(route, round) };
  };

  /** What the rails paid has left the loop. Each once by its payment, however often this runs. */
  async function payOut(route: RouteDoc, round: RoundDoc, isPaid: (row: number) => boolean): Promise<void> {
    const { tenantId, currency } = route;
    const paid = round.targets.flatMap((target, i) => (isPaid(i + 1) ? [{ target, row: i + 1 }] : []));
    if (paid.length === 0) return;
    const outside = await ledger.outside(tenantId, currency);
    const entries = paid.map(({ target, row }): NewJournalEntry => {
      const ref = endToEndIdOf(round.batchId, row);
      const lines = [
        { wallet: round.holdId, minor: -target.minor },
        { wallet: outside, minor: target.minor },
      ];
      return { cause: `payout/${ref}`, kind: 'payout', currency, lines, ref };
    });
    for (let at = 0; at < entries.length; at += atOnce) {
      const posted = await ledger.post(tenantId, entries.slice(at, at + atOnce));
      if (posted.kind === 'refused') throw new Error(`round ${round._id} cannot be settled: ${posted.why}`);
    }
  }

  async function end(route: RouteDoc, round: RoundDoc): Promise<RouteDoc> {
    const at = now();
    await mongo.transaction(async (session) => {
      await endHold(c, { _id: round.holdId, tenantId: round.tenantId }, session, { at });
      await c.rounds.updateOne(
        { _id: round._id, settledAt: { $exists: false } },
        { $set: { settledAt: at } },
        { session },
      );
    });
    const { status } = await routeStanding(c, route);
    await c.routes.updateOne({ _id: route._id, rounds: round.k }, { $set: { status } });
    return { ...route, status };
  }
}
