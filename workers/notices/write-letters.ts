/** Makes letters of notices: address, text and values, read from the payments that they are of, in bulk; or says why there is none. */
import { batchIdOfKey, endToEndIdOf, rowOfKey, type TenantId } from '../../domain/ids.ts';
import {
  addressOf,
  identitiesOf,
  type NoticeChannel,
  noticeIdOf,
  readAddress,
  readLanguage,
} from '../../domain/notice.ts';
import { fillTemplate, languagesFor, type NoticeValues } from '../../domain/notice-template.ts';
import { masked } from '../../platform/log.ts';
import { kept } from '../../platform/metrics.ts';
import type { Collections } from '../../store/collections.ts';
import type { OutcomeDoc, PaymentDoc } from '../../store/documents.ts';
import type { NoticeDoc, NoticeTemplateDoc } from '../../store/notice-documents.ts';
import { findTemplate, type NoticeTemplates } from '../../store/notice-templates.ts';
import { rowKeyOfNotice } from '../../store/notices.ts';
import type { OptOuts } from '../../store/opt-outs.ts';
import type { Letter } from './channel.ts';

export type Written =
  | { readonly kind: 'letter'; readonly notice: NoticeDoc; readonly letter: Letter }
  | {
      readonly kind: 'none';
      readonly notice: NoticeDoc;
      readonly state: 'skipped' | 'failed';
      readonly reason: 'erased' | 'opted-out' | 'address-malformed';
    };

export type LetterWriter = ReturnType<typeof createLetterWriter>;

/** A tenant's texts and name are read this often at most; what is put is used within it. */
const knownMs = 5_000;

export function createLetterWriter(c: Collections, templates: NoticeTemplates, optOuts: Pick<OptOuts, 'barred'>) {
  const known = new Map<TenantId, () => Promise<{ own: NoticeTemplateDoc[]; name: string }>>();

  /** Notices of one tenant and channel; an answer for each, in their order. */
  return async (notices: readonly NoticeDoc[], tenantId: TenantId, channel: NoticeChannel): Promise<Written[]> => {
    const keys = notices.map(rowKeyOfNotice);
    const batchIds = [...new Set(keys.map(batchIdOfKey))];
    const [payments, outcomes, rounds, { own, name }] = await Promise.all([
      c.payments.find({ _id: { $in: keys } }).toArray(),
      c.outcomes.find({ _id: { $in: keys } }).toArray(),
      c.noticeRounds.find({ _id: { $in: batchIds } }).toArray(),
      tenantOf(tenantId),
    ]);
    const paymentOf = new Map(payments.map((doc) => [hexOf(doc), doc]));
    const outcomeOf = new Map(outcomes.map((doc) => [hexOf(doc), doc]));
    const languageOf = new Map(rounds.map(({ _id, language }) => [_id, language]));
    const written = notices.map((notice): Written => {
      const payment = paymentOf.get(keyHex(notice));
      const none = (reason: 'erased' | 'address-malformed'): Written => ({
        kind: 'none',
        notice,
        state: 'failed',
        reason,
      });
      if (!payment || payment.isErased) return none('erased');
      const to = readAddress(addressOf(payment, channel) ?? '', channel);
      if (to === undefined) return none('address-malformed');
      const { outcome, round } = notice;
      const batchId = batchIdOfKey(payment._id);
      const endToEndId = endToEndIdOf(batchId, rowOfKey(payment._id));
      const languages = languagesFor(readLanguage(payment.extra?.payee_language ?? ''), languageOf.get(batchId));
      const template = findTemplate(own, { channel, outcome }, languages);
      const values = valuesOf(payment, outcomeOf.get(keyHex(notice)), { sender: name, endToEndId });
      const letter = {
        to,
        ...fillTemplate(template, values, channel),
        id: noticeIdOf(endToEndId, channel, outcome, round),
      };
      return { kind: 'letter', notice, letter };
    });
    return withoutOptedOut(written);

    async function withoutOptedOut(all: readonly Written[]): Promise<Written[]> {
      const letters = all.flatMap((one) => (one.kind === 'letter' ? [one] : []));
      const identities = letters.map(({ notice, letter }) =>
        identitiesOf(paymentOf.get(keyHex(notice))!, channel, letter.to),
      );
      const barred = await optOuts.barred(tenantId, channel, identities);
      const out = new Set(letters.filter((_, at) => barred[at]).map(({ notice }) => notice));
      return all.map((one) =>
        out.has(one.notice) ? { kind: 'none', notice: one.notice, state: 'skipped', reason: 'opted-out' } : one,
      );
    }
  };

  function tenantOf(tenantId: TenantId) {
    const read =
      known.get(tenantId) ??
      kept(async () => {
        const [own, tenant] = await Promise.all([templates.list(tenantId), c.tenants.findOne({ _id: tenantId })]);
        return { own, name: tenant?.name ?? tenantId };
      }, knownMs);
    known.set(tenantId, read);
    return read();
  }
}

function valuesOf(
  { payee, amount, currency, note, requestId }: PaymentDoc,
  outcome: OutcomeDoc | undefined,
  { sender, endToEndId }: { readonly sender: string; readonly endToEndId: string },
): NoticeValues {
  return {
    amount,
    currency,
    sender,
    account: masked(payee.id),
    date: outcome?.at.toISOString().slice(0, 10) ?? '',
    note,
    reference: endToEndId,
    request_id: requestId,
    reason: outcome?.text ?? '',
  };
}

function keyHex(notice: NoticeDoc): string {
  return rowKeyOfNotice(notice).toString('hex');
}

function hexOf({ _id }: { readonly _id: Buffer }): string {
  return _id.toString('hex');
}
