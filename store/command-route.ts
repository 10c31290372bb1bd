/** What people have done to a route: failed parts paid again, and the whole reversed. Kept with it, with who and why. */
import type { Actor } from '../domain/audit-chain.ts';
import { endToEndIdOf } from '../domain/ids.ts';
import { messages } from '../domain/process.ts';
import type { ClientSession, Mongo } from '../platform/mongo.ts';
import { beginRound, type NewTarget } from './accept-route.ts';
import { appendAudit } from './audit.ts';
import type { Collections } from './collections.ts';
import type { Posted } from './ledger/post.ts';
import { outboxDoc } from './outbox.ts';
import type { RouteCommand, RouteDoc } from './route-documents.ts';
import { type PartStanding, routeStanding } from './route-standing.ts';
import { createTenantModels } from './tenant-models.ts';

type Asked = Pick<RouteCommand, 'by' | 'reason' | 'at'> & { readonly actor: Actor };

export type CommandedRoute =
  | { readonly kind: 'done'; readonly route: RouteDoc }
  /** Something of it is under way, or nothing of it is left to do. */
  | { readonly kind: 'notNow'; readonly why: 'processing' | 'nothing' | 'reversed' | 'erased' }
  | Extract<Posted, { kind: 'refused' }>;

export type CommandRoute = ReturnType<typeof createCommandRoute>;

export function createCommandRoute(mongo: Mongo, c: Collections) {
  return {
    /** Pays its failed parts in a round of their own. `targetsOf` says where each goes by now. */
    async retry(
      route: RouteDoc,
      { actor, ...asked }: Asked,
      targetsOf: (failed: readonly PartStanding[]) => Promise<readonly NewTarget[]>,
    ): Promise<CommandedRoute> {
      const { status, parts } = await routeStanding(c, route);
      if (status === 'processing' || !(await isSettled(route))) return { kind: 'notNow', why: 'processing' };
      if (route.reversal) return { kind: 'notNow', why: 'reversed' };
      if (route.erasedAt) return { kind: 'notNow', why: 'erased' };
      const failed = await withoutConflict(parts.filter(({ state }) => state === 'failed'));
      if (failed.length === 0) return { kind: 'notNow', why: 'nothing' };
      const targets = await targetsOf(failed);
      const k = route.rounds + 1;
      return mongo.transaction(async (session): Promise<CommandedRoute> => {
        const command: RouteCommand = { ...asked, command: 'retry', k };
        const next = await c.routes.findOneAndUpdate(
          { _id: route._id, rounds: route.rounds, reversal: { $exists: false }, erasedAt: { $exists: false } },
          { $set: { rounds: k, status: 'processing' }, $push: { commands: command } },
          { session, returnDocument: 'after' },
        );
        if (!next) return { kind: 'notNow', why: 'processing' };
        await tell(route, 'retry', actor, asked, { round: k, parts: targets.length }, session);
        const refused = await beginRound(c, next, targets, asked, session);
        if (!refused) return { kind: 'done', route: next };
        await session.abortTransaction();
        return refused;
      });
    },

    /** Asks for a reversal; a process does it. Asked again, parts that could not be had back are tried again. */
    async reverse(route: RouteDoc, { actor, ...asked }: Asked): Promise<CommandedRoute> {
      const { status, parts } = await routeStanding(c, route);
      const { reversal: before } = route;
      if (before && !before.doneAt) return { kind: 'done', route };
      if (status === 'processing' || !(await isSettled(route))) return { kind: 'notNow', why: 'processing' };
      const mayCome = ({ state, reversal }: PartStanding) =>
        state === 'credited' || (state === 'paid_out' && reversal?.result !== 'paid_out');
      if (!parts.some(mayCome)) {
        return { kind: 'notNow', why: before ? 'reversed' : 'nothing' };
      }
      const k = (before?.k ?? 0) + 1;
      const id = `reverse/${route._id}/${k}`;
      return mongo.transaction(async (session): Promise<CommandedRoute> => {
        const command: RouteCommand = { ...asked, command: 'reversal', k };
        const isAsBefore = before ? { 'reversal.k': before.k } : { reversal: { $exists: false } };
        const next = await c.routes.findOneAndUpdate(
          { _id: route._id, rounds: route.rounds, ...isAsBefore },
          { $set: { reversal: { ...asked, k } }, $push: { commands: command } },
          { session, returnDocument: 'after' },
        );
        if (!next) return { kind: 'notNow', why: 'processing' };
        await tell(route, 'reverse', actor, asked, { k }, session);
        const { tenantId } = route;
        const models = createTenantModels(c);
        const name = await models.nameFor('reverse-route', tenantId, messages.routeReversalRequested, session);
        const variables = { tenantId, routeId: route._id };
        const entry = { kind: 'message', name, key: route._id, messageId: id, variables } as const;
        await c.outbox.insertOne(outboxDoc({ id, tenantId, entry }, asked.at), { session });
        return { kind: 'done', route: next };
      });
    },
  };

  async function tell(
    { _id: id, tenantId, status }: RouteDoc,
    word: string,
    who: Actor,
    { at, reason: why }: Omit<Asked, 'actor'>,
    after: Readonly<Record<string, unknown>>,
    session: ClientSession,
  ): Promise<void> {
    const told = { action: `route.${word}`, object: { kind: 'route', id }, before: { status }, after, why };
    await appendAudit(c, { tenantId, who, at, ...told }, session);
  }

  /** Where a rail contradicted itself, a person looks first. */
  async function withoutConflict(parts: readonly PartStanding[]): Promise<PartStanding[]> {
    const batchIds = [...new Set(parts.map(({ round }) => round.batchId))];
    const docs = await c.conflicts
      .find({ batchId: { $in: batchIds } }, { projection: { batchId: 1, row: 1 } })
      .toArray();
    const doubted = new Set(docs.map(({ batchId, row }) => endToEndIdOf(batchId, row)));
    return parts.filter(({ endToEndId }) => !doubted.has(endToEndId));
  }

  async function isSettled({ _id, rounds }: RouteDoc): Promise<boolean> {
    const round = await c.rounds.findOne({ _id: `${_id}/${rounds}` }, { projection: { settledAt: 1 } });
    return round?.settledAt !== undefined;
  }
}
