/** What a payee is told of a payment: over which channel, of which outcome, at which address, and what became of it. */
import { createHmac } from 'node:crypto';
import { uuidOf } from './ids.ts';
import type { OutcomeStatus, Stage } from './outcome.ts';
import { identifierTypeOf } from './row-check.ts';

export const noticeChannels = ['email', 'sms'] as const;
export type NoticeChannel = (typeof noticeChannels)[number];

/** `returned`: its money came back after it was paid. */
export const noticeOutcomes = ['completed', 'failed', 'returned'] as const;
export type NoticeOutcome = (typeof noticeOutcomes)[number];

/** `unknown`: it may have been sent, and nobody can say; it is not sent again by itself. */
export const noticeStates = ['waiting', 'sending', 'sent', 'skipped', 'failed', 'unknown'] as const;
export type NoticeState = (typeof noticeStates)[number];

/** Why a notice was not sent, where the hub says so; what a server says is `smtp-550` or `http-400`. */
export const noticeReasons = {
  'address-malformed': 'The address of the row is none of the channel',
  'opted-out': 'The payee wants no notices',
  erased: 'The personal data of the batch were erased',
  'channel-missing': 'The hub has no such channel any more',
  'too-late': 'It could not be sent for as long as it is tried',
  'answer-lost': 'It may have been taken: the connection broke before the answer',
  'sender-died': 'It may have been taken: whoever sent it died before the answer was noted',
} as const;

export type NoticePayee = {
  readonly payee: { readonly type: string; readonly id: string };
  readonly extra?: Readonly<Record<string, string>>;
};

/** Where the payee of a row is told; undefined where the row does not say. Column first, then what the payee is named by. */
export function addressOf({ payee, extra = {} }: NoticePayee, channel: NoticeChannel): string | undefined {
  const type = identifierTypeOf(payee.type);
  if (channel === 'email') return extra.payee_email?.trim() || (type === 'email' ? payee.id.trim() : undefined);
  return extra.payee_phone?.trim() || (type === 'msisdn' ? payee.id.trim() : undefined);
}

/** One address without a name, comment or list: what stands here goes into an envelope. RFC 5321 without quoted local parts. */
const emailShape = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{3,253}$)[\p{L}\p{N}-]{1,63}(\.[\p{L}\p{N}-]{1,63})+$/u;
/** E.164: up to fifteen digits; spaces, dashes and brackets between them are people's. */
const phoneShape = /^\+?\d{5,15}$/;

/** As it is handed to the channel; undefined where it is no address of it. */
export function readAddress(text: string, channel: NoticeChannel): string | undefined {
  if (channel === 'email') return emailShape.test(text) ? text : undefined;
  const phone = text.replaceAll(/[\s().-]/g, '');
  return phoneShape.test(phone) ? phone : undefined;
}

/** `pt-BR` is `pt-br`; undefined where it is no language tag. */
export function readLanguage(text: string): string | undefined {
  const tag = text.trim().toLowerCase().replace('_', '-');
  return /^[a-z]{2,3}(-[a-z0-9]{2,8})?$/.test(tag) ? tag : undefined;
}

/** A payee as opt-outs know them: by an address, or by what payments name them by. */
export type PayeeIdentity = { readonly type: string; readonly id: string };

/** The same person written otherwise is the same text: digits of a phone number, an e-mail address in small letters. */
export function identityText({ type, id }: PayeeIdentity): string {
  const known = identifierTypeOf(type) ?? type;
  if (known === 'msisdn') return `msisdn/${id.replaceAll(/\D/g, '').replace(/^00/, '')}`;
  return known === 'email' ? `email/${id.trim().toLowerCase()}` : `${known}/${id.trim()}`;
}

/** What stands for an identity where nobody shall read it. `key` is the tenant's. */
export function identityHash(key: Uint8Array, identity: PayeeIdentity): string {
  return createHmac('sha256', key)
    .update(`opt-out/${identityText(identity)}`)
    .digest('base64url');
}

/** Everybody that a notice of this row may reach: the address itself, and who the row says is paid. */
export function identitiesOf({ payee }: NoticePayee, channel: NoticeChannel, address: string): PayeeIdentity[] {
  return [{ type: channel === 'email' ? 'email' : 'msisdn', id: address }, payee];
}

/** What payees of such an outcome are told of; undefined where they are told nothing: the row was never a payment, or was taken back. */
export function noticeOutcomeOf(status: OutcomeStatus, stage: Stage, isReturned: boolean): NoticeOutcome | undefined {
  if (status === 'completed') return isReturned ? 'returned' : 'completed';
  return status === 'rejected' && tellingStages.has(stage) ? 'failed' : undefined;
}

/** A bad row and a duplicate are the sender's affair. */
const tellingStages: ReadonlySet<Stage> = new Set(['lookup', 'rail', 'manual']);

/** Of one notice: the same for every try, another once a person has one sent again that was refused. */
export function noticeIdOf(endToEndId: string, channel: NoticeChannel, outcome: NoticeOutcome, round: number): string {
  return uuidOf(`${endToEndId}/notice/${channel}/${outcome}/${round}`);
}

/** What came of handing a notice to whoever carries it. */
export type Handed =
  /** It was taken. */
  | { readonly kind: 'taken'; readonly reference?: string }
  /** For good: the other side says so. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Proven not to have been taken. `isDown`: not because of this notice, so that the next one would fare alike. */
  | { readonly kind: 'later'; readonly reason: string; readonly isDown: boolean }
  /** It may have been taken. */
  | { readonly kind: 'unknown'; readonly reason: string };
