/** Holds: money of a wallet that waits in one of its own until it is paid or comes back. Every hold ends, once. */
import { holdIdOf } from '../../domain/wallet.ts';
import type { ClientSession } from '../../platform/mongo.ts';
import type { WalletDoc } from '../wallet-documents.ts';
import { type LedgerCollections, type NewJournalEntry, type Posted, post } from './post.ts';

export type NewHold = {
  readonly tenantId: string;
  /** What it is for, the same after any replay. */
  readonly cause: string;
  readonly from: string;
  readonly minor: bigint;
  readonly currency: string;
  readonly holder: string;
  readonly expiresAt?: Date;
  readonly ref?: string;
  readonly by?: string;
  readonly reason?: string;
};

export type Held =
  | { readonly kind: 'held'; readonly hold: WalletDoc }
  /** It was ended for good for this holder, whose lease is over. */
  | { readonly kind: 'fenced' }
  | Extract<Posted, { kind: 'refused' }>;

/**
 * Takes `minor` out of a wallet into its hold. A hold that was ended is opened again, unless it was fenced at or after
 * `notAfter`; one that is open is its new holder's, topped up to `minor`.
 */
export async function hold(
  c: LedgerCollections,
  asked: NewHold,
  session: ClientSession,
  { at, notAfter }: { readonly at: Date; readonly notAfter?: Date },
): Promise<Held> {
  const { tenantId, cause, from, currency, holder, expiresAt } = asked;
  const _id = holdIdOf(tenantId, cause);
  const had = (await c.wallets.findOne({ _id, tenantId }, { session })) ?? undefined;
  if (isFenced(had, notAfter)) return { kind: 'fenced' };
  const doc = had ?? emptyHold(_id, asked, at);
  const fencedAt = had?.hold?.fencedAt;
  const facts = { of: from, holder, ...(expiresAt && { expiresAt }), ...(fencedAt && { fencedAt }) };
  if (had) await c.wallets.updateOne({ _id }, { $set: { status: 'open', hold: facts } }, { session });
  else await c.wallets.insertOne({ ...doc, hold: facts }, { session });
  const missing = asked.minor - doc.minor;
  if (missing > 0n) {
    const posted = await post(c, tenantId, [entryOf(asked, _id, missing, doc.seq)], session, { at });
    if (posted.kind === 'refused') return posted;
  }
  const open = await c.wallets.findOne({ _id }, { session });
  if (!open || open.currency !== currency) throw new Error(`hold ${_id} is not what was asked for`);
  return { kind: 'held', hold: open };
}

/** Ends a hold: what is left in it goes back to its wallet. Ended before, nothing happens. `fencedAt` keeps earlier holders out. */
export async function endHold(
  c: LedgerCollections,
  doc: Pick<WalletDoc, '_id' | 'tenantId'>,
  session: ClientSession,
  { at, fencedAt }: { readonly at: Date; readonly fencedAt?: Date },
): Promise<void> {
  const { _id, tenantId } = doc;
  const held = await c.wallets.findOne({ _id, tenantId }, { session });
  if (!held?.hold) return;
  if (held.status === 'open' && held.minor > 0n) {
    const lines = [
      { wallet: _id, minor: -held.minor },
      { wallet: held.hold.of, minor: held.minor },
    ];
    const entry = { cause: `release/${_id}/${held.seq}`, kind: 'release' as const, currency: held.currency, lines };
    const posted = await post(c, tenantId, [entry], session, { at, returns: true });
    if (posted.kind === 'refused') throw new Error(`hold ${_id} cannot be released: ${posted.why}`);
  }
  const fence = fencedAt && { 'hold.fencedAt': fencedAt };
  await c.wallets.updateOne({ _id }, { $set: { status: 'closed', ...fence } }, { session });
}

/** Ends the hold of a cause for good for whoever's lease is over by now, also one that was never made: proof that nothing more is paid from it. */
export async function fenceHold(
  c: LedgerCollections,
  { tenantId, cause, from, currency }: Pick<NewHold, 'tenantId' | 'cause' | 'from' | 'currency'>,
  session: ClientSession,
  at: Date,
): Promise<void> {
  const _id = holdIdOf(tenantId, cause);
  const empty = emptyHold(_id, { tenantId, currency, from }, at);
  const had = await c.wallets.findOne({ _id }, { session, projection: { _id: 1 } });
  if (!had) {
    const doc: WalletDoc = { ...empty, status: 'closed', hold: { of: from, holder: '', fencedAt: at } };
    await c.wallets.insertOne(doc, { session });
  } else await endHold(c, { _id, tenantId }, session, { at, fencedAt: at });
}

function isFenced(had: WalletDoc | undefined, notAfter: Date | undefined): boolean {
  const fencedAt = had?.hold?.fencedAt;
  return fencedAt !== undefined && notAfter !== undefined && notAfter <= fencedAt;
}

function emptyHold(
  _id: string,
  { tenantId, currency }: Pick<NewHold, 'tenantId' | 'currency' | 'from'>,
  at: Date,
): WalletDoc {
  return {
    _id,
    tenantId,
    owner: 'hold',
    currency,
    kind: 'hold',
    allowNegative: false,
    status: 'open',
    minor: 0n,
    seq: 0,
    createdAt: at,
  };
}

function entryOf(
  { from, currency, ref, by, reason }: NewHold,
  _id: string,
  minor: bigint,
  seq: number,
): NewJournalEntry {
  const lines = [
    { wallet: from, minor: -minor },
    { wallet: _id, minor },
  ];
  return { cause: `hold/${_id}/${seq}`, kind: 'hold', currency, lines, ref, by, reason };
}
