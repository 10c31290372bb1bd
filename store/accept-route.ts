/** Accepts a route or a withdrawal once: its money is held, its first round and its process begun, in one transaction. */
import { createHash } from 'node:crypto';
import type { Actor } from '../domain/audit-chain.ts';
import { uuidOf } from '../domain/ids.ts';
import { formatMoney } from '../domain/money.ts';
import { messages } from '../domain/process.ts';
import { holdIdOf, receiverWalletId } from '../domain/wallet.ts';
import { type ClientSession, isDuplicateKey, type Mongo } from '../platform/mongo.ts';
import { appendAudit } from './audit.ts';
import type { Collections } from './collections.ts';
import type { IdempotencyDoc } from './documents.ts';
import { hold } from './ledger/holds.ts';
import type { Posted } from './ledger/post.ts';
import { type NewEntry, outboxDoc } from './outbox.ts';
import type { RoundDoc, RouteDoc, RouteTarget, TargetParties } from './route-documents.ts';
import { createTenantModels } from './tenant-models.ts';

/** A part of a new round; the payer of one that is credited is the round's hold, which is known then. */
export type NewTarget = RouteTarget & Pick<TargetParties, 'payee'> & Partial<Pick<TargetParties, 'payer'>>;

export type NewRoute = {
  readonly route: Omit<RouteDoc, 'createdAt' | 'status' | 'rounds' | 'commands'>;
  readonly targets: readonly NewTarget[];
  readonly idempotencyKey?: string;
  readonly actor: Actor;
};

type Refused = Extract<Posted, { kind: 'refused' }>;

export type AcceptedRoute =
  | { readonly kind: 'accepted' | 'replayed'; readonly routeId: string }
  | { readonly kind: 'keyReused' }
  | Refused;

export type AcceptRoute = (asked: NewRoute) => Promise<AcceptedRoute>;

const rememberedMs = 7 * 86_400_000;

export function createAcceptRoute(mongo: Mongo, c: Collections, now: () => Date = () => new Date()): AcceptRoute {
  return async (asked) => {
    const keys = keysOf(asked, new Date(now().getTime() + rememberedMs));
    const earlier = await earlierRoute(keys);
    if (earlier) return earlier;
    try {
      return await mongo.transaction(async (session) => {
        const result = await write(asked, keys, session);
        if (result.kind === 'refused') await session.abortTransaction();
        return result;
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // Somebody else took the key between our look and our insert.
      const first = await earlierRoute(keys);
      if (first) return first;
      throw error;
    }
  };

  async function earlierRoute([decisive]: readonly IdempotencyDoc[]): Promise<AcceptedRoute | undefined> {
    const known = decisive && (await c.idempotency.findOne({ _id: decisive._id }));
    if (!known) return undefined;
    if (known.expireAt <= now()) {
      await c.idempotency.deleteOne({ _id: known._id, expireAt: known.expireAt });
      return undefined;
    }
    if (known.fingerprint !== decisive.fingerprint) return { kind: 'keyReused' };
    return { kind: 'replayed', routeId: known.batchId };
  }

  async function write(
    { route, targets, actor }: NewRoute,
    [decisive, beside]: readonly IdempotencyDoc[],
    session: ClientSession,
  ): Promise<AcceptedRoute> {
    const at = now();
    if (decisive) await c.idempotency.insertOne(decisive, { session });
    if (beside) {
      const { _id, ...rest } = beside;
      await c.idempotency.updateOne({ _id }, { $setOnInsert: rest }, { upsert: true, session });
    }
    const doc: RouteDoc = { ...route, createdAt: at, status: 'processing', rounds: 1, commands: [] };
    await c.routes.insertOne(doc, { session });
    const { tenantId, kind, from, currency, minor, autoPayout, parts } = route;
    const after = { from, amount: formatMoney({ minor, currency }), currency, autoPayout, parts: parts.length };
    const told = { action: `${kind}.accept`, object: { kind, id: route._id }, after };
    await appendAudit(c, { tenantId, who: actor, at, ...told }, session);
    const begun = await beginRound(c, doc, targets, { by: route.by, at }, session);
    return begun ?? { kind: 'accepted', routeId: route._id };
  }
}

/** Holds what the targets need, writes the round and starts its process; answers why not where the wallet has not enough. */
export async function beginRound(
  c: Collections,
  route: RouteDoc,
  targets: readonly NewTarget[],
  { by, reason, at }: Pick<RoundDoc, 'by' | 'reason' | 'at'>,
  session: ClientSession,
): Promise<Refused | undefined> {
  const { _id: routeId, tenantId, from, currency, rounds: k } = route;
  const batchId = roundBatchId(routeId, k);
  const cause = `route/${routeId}/${k}`;
  const minor = targets.reduce((sum, target) => sum + target.minor, 0n);
  const asked = { tenantId, cause, from, minor, currency, holder: batchId, ref: routeId, by, reason };
  const held = await hold(c, asked, session, { at });
  if (held.kind === 'refused') return held;
  const holdId = holdIdOf(tenantId, cause);
  if (!route.autoPayout) await openReceivers(c, route, at, session);
  const payer = { type: 'walletId', id: holdId };
  const round: RoundDoc = {
    _id: roundId(routeId, k),
    tenantId,
    routeId,
    k,
    batchId,
    holdId,
    targets: targets.map(({ n, minor: part, mode }) => ({ n, minor: part, mode })),
    parties: targets.map((target) => ({ payer: target.payer ?? payer, payee: target.payee })),
    by,
    reason,
    at,
  };
  await c.rounds.insertOne(round, { session });
  await c.outbox.insertOne(outboxDoc(await startOf(c, route, round, session), at), { session });
  return undefined;
}

/** The wallets that are credited, opened when first needed. */
async function openReceivers(c: Collections, route: RouteDoc, at: Date, session: ClientSession): Promise<void> {
  const { tenantId, currency, parts } = route;
  for (const account of new Set(parts.map((part) => part.account))) {
    const _id = receiverWalletId(tenantId, account, currency);
    const wallet = { tenantId, owner: account, currency, kind: 'receiver', allowNegative: false } as const;
    const doc = { ...wallet, status: 'open' as const, minor: 0n, seq: 0, createdAt: at };
    await c.wallets.updateOne({ _id }, { $setOnInsert: doc }, { upsert: true, session });
  }
}

async function startOf(
  c: Collections,
  { kind }: RouteDoc,
  { _id, tenantId, routeId, k, batchId }: RoundDoc,
  session: ClientSession,
): Promise<NewEntry> {
  const [process, message] =
    kind === 'route'
      ? (['payment-routing', messages.routeRequested] as const)
      : (['wallet-withdrawal', messages.withdrawalRequested] as const);
  const name = await createTenantModels(c).nameFor(process, tenantId, message, session);
  const variables = { tenantId, routeId, round: k, batchId };
  const entry = { kind: 'message', name, key: _id, messageId: `route/${_id}`, variables } as const;
  return { id: `route/${_id}`, tenantId, batchId, entry };
}

export function roundId(routeId: string, k: number): string {
  return `${routeId}/${k}`;
}

export function roundBatchId(routeId: string, k: number): string {
  return uuidOf(`${routeId}/round/${k}`);
}

/** The key that decides whether the request came before, then one that is written beside it. */
function keysOf({ route, targets, idempotencyKey }: NewRoute, expireAt: Date): IdempotencyDoc[] {
  const { _id: batchId, tenantId, requestId, kind, from } = route;
  const scope = kind === 'route' ? 'route' : `withdrawal/${from}`;
  const names = [
    ...(idempotencyKey === undefined ? [] : [`key/${idempotencyKey}`]),
    ...(requestId === undefined ? [] : [`${scope}/${requestId}`]),
  ];
  const fingerprint = fingerprintOf(route, targets);
  return names.map((name) => ({ _id: `${tenantId}/${name}`, tenantId, fingerprint, batchId, expireAt }));
}

/** What makes two requests the same: who pays whom how much, and how; not what the accounts have become since. */
function fingerprintOf(route: NewRoute['route'], targets: readonly NewTarget[]): string {
  const { kind, from, currency, minor, autoPayout, parts, notes } = route;
  const said = parts.map(({ n, role, account, minor: part }) => [role, account, String(part), notes?.[n] ?? {}]);
  const to = kind === 'withdrawal' ? targets.map(({ mode, payee }) => [mode, payee.type, payee.id]) : [];
  return createHash('sha256')
    .update(JSON.stringify([kind, from, currency, String(minor), autoPayout, said, to]))
    .digest('hex');
}
