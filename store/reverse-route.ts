/** Takes a route back: what was credited is posted back where its receiver still has it, and rails are asked for what they paid out. */
import { endToEndIdOf, rowKeyBytes } from '../domain/ids.ts';
import { messages } from '../domain/process.ts';
import { receiverWalletId } from '../domain/wallet.ts';
import { insertMissing } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { NewEntry, Outbox } from './outbox.ts';
import type { ReversalDoc, RouteDoc } from './route-documents.ts';
import { type PartStanding, reversalCause, reversalIdOf, routeStanding } from './route-standing.ts';
import { createTenantModels } from './tenant-models.ts';
import type { JournalLine } from './wallet-documents.ts';

export type ReverseRoute = ReturnType<typeof createReverseRoute>;

/** All of it is repeatable. */
export function createReverseRoute(
  c: Collections,
  ledger: Ledger,
  outbox: Pick<Outbox, 'add'>,
  now: () => Date = () => new Date(),
) {
  return {
    /** Posts back, and starts a process for each part that a rail has to be asked for. */
    async reverse(routeId: string): Promise<RouteDoc> {
      const route = await reversedRoute(routeId);
      if (route.reversal.doneAt) return route;
      const { parts } = await routeStanding(c, route);
      for (const part of parts) if (part.state === 'credited') await postBack(route, part);
      await askRails(
        route,
        parts.filter(({ state }) => state === 'paid_out'),
      );
      return endIfDone(route);
    },

    /** What a rail has brought back returns to the wallet that paid it. */
    async settle(reversalId: string): Promise<RouteDoc> {
      const doc = await c.reversals.findOne({ _id: reversalId });
      if (!doc) throw new Error(`reversal ${reversalId} is not there`);
      const route = await reversedRoute(doc.routeId);
      const { parts } = await routeStanding(c, route);
      const part = parts.find(({ endToEndId }) => endToEndId === endToEndIdOf(doc.batchId, doc.row));
      if (part?.reversal?.outcome?.status === 'completed') await takeIn(route, part);
      return endIfDone(route);
    },
  };

  async function reversedRoute(routeId: string): Promise<RouteDoc & Required<Pick<RouteDoc, 'reversal'>>> {
    const route = await c.routes.findOne({ _id: routeId });
    if (!route?.reversal) throw new Error(`route ${routeId} is not there, or nobody asked to reverse it`);
    return { ...route, reversal: route.reversal };
  }

  /** A receiver who has less keeps it. */
  async function postBack(route: RouteDoc, { part, endToEndId, target }: PartStanding): Promise<void> {
    const receiver = receiverWalletId(route.tenantId, part.account, route.currency);
    await post(route, endToEndId, [
      { wallet: receiver, minor: -target.minor },
      { wallet: route.from, minor: target.minor },
    ]);
  }

  async function takeIn(route: RouteDoc, { endToEndId, target }: PartStanding): Promise<void> {
    const outside = await ledger.outside(route.tenantId, route.currency);
    const lines = [
      { wallet: outside, minor: -target.minor },
      { wallet: route.from, minor: target.minor },
    ];
    const posted = await post(route, endToEndId, lines, true);
    if (posted.kind === 'posted') return;
    throw new Error(`${endToEndId} came back and wallet ${posted.wallet} cannot take it: ${posted.why}`);
  }

  function post(route: RouteDoc, ref: string, lines: JournalLine[], returns = false) {
    const { tenantId, currency, reversal } = route;
    const { by, reason } = reversal!;
    const entry = { cause: reversalCause(ref), kind: 'reversal' as const, currency, lines, ref, by, reason };
    return ledger.post(tenantId, [entry], { returns });
  }

  async function askRails(route: RouteDoc, parts: readonly PartStanding[]): Promise<void> {
    if (parts.length === 0) return;
    const keyOf = ({ round, target }: PartStanding) => rowKeyBytes(round.batchId, round.targets.indexOf(target) + 1);
    const payments = await c.payments.find({ _id: { $in: parts.map(keyOf) } }, { projection: { rail: 1 } }).toArray();
    const railOf = new Map(payments.map(({ _id, rail }) => [_id.toString('hex'), rail]));
    const { _id: routeId, tenantId, currency, reversal } = route;
    const docs = parts.map((part): ReversalDoc => {
      const { round, target, endToEndId, outcome } = part;
      const rail = railOf.get(keyOf(part).toString('hex'));
      if (!rail) throw new Error(`payment ${endToEndId} is not in the books`);
      const { k, at } = reversal!;
      return {
        ...{ _id: reversalIdOf(endToEndId, k), tenantId, routeId, k, rail, reference: outcome?.reference, at },
        ...{ batchId: round.batchId, row: round.targets.indexOf(target) + 1, minor: target.minor, currency },
      };
    });
    await insertMissing(c.reversals, docs);
    const message = messages.paymentReversalRequested;
    const name = await createTenantModels(c).nameFor('reverse-payment', tenantId, message);
    await outbox.add(docs.map((doc) => startOf(doc, name)));
  }

  function startOf({ _id, tenantId, routeId, rail }: ReversalDoc, name: string): NewEntry {
    const id = `reversal/${_id}`;
    const variables = { tenantId, routeId, reversalId: _id, rail };
    return { id, tenantId, entry: { kind: 'message', name, key: _id, messageId: id, variables } };
  }

  /** Of several that end at once, the last to post sees what all have posted. */
  async function endIfDone(route: RouteDoc & Required<Pick<RouteDoc, 'reversal'>>): Promise<RouteDoc> {
    const { status, parts } = await routeStanding(c, route);
    const isOpen = ({ state, reversal }: PartStanding) => state === 'paid_out' && reversal?.result === 'asked';
    if (route.reversal.doneAt || parts.some(isOpen)) return route;
    const ended = await c.routes.findOneAndUpdate(
      { _id: route._id, 'reversal.k': route.reversal.k, 'reversal.doneAt': { $exists: false } },
      { $set: { status, 'reversal.doneAt': now() } },
      { returnDocument: 'after' },
    );
    return ended ?? route;
  }
}
