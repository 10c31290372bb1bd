/** Texts of notices: a tenant's own where it has one, the hub's own where not, in the best language that there is. */
import type { TenantId } from '../domain/ids.ts';
import { noticeDefaults } from '../domain/notice-defaults.ts';
import type { NoticeTemplate, TemplateKind } from '../domain/notice-template.ts';
import type { ClientSession } from '../platform/mongo.ts';
import type { Collections } from './collections.ts';
import type { NoticeTemplateDoc } from './notice-documents.ts';

export type FoundTemplate = NoticeTemplate & { readonly language: string; readonly source: 'tenant' | 'hub' };

export type NoticeTemplates = ReturnType<typeof createNoticeTemplates>;

export function createNoticeTemplates(c: Pick<Collections, 'noticeTemplates'>) {
  return {
    /** All of the tenant's own: few, since each is a text that somebody wrote. */
    async list(tenantId: TenantId): Promise<NoticeTemplateDoc[]> {
      return c.noticeTemplates
        .find({ _id: { $gte: `${tenantId}/`, $lt: `${tenantId}0` } })
        .sort({ _id: 1 })
        .toArray();
    },

    async get(tenantId: TenantId, kind: TemplateKind, language: string): Promise<NoticeTemplateDoc | undefined> {
      return (await c.noticeTemplates.findOne({ _id: templateId(tenantId, kind, language) })) ?? undefined;
    },

    /** Answers the one before. */
    async put(
      template: Omit<NoticeTemplateDoc, '_id'>,
      session: ClientSession,
    ): Promise<NoticeTemplateDoc | undefined> {
      const _id = templateId(template.tenantId, template, template.language);
      const options = { upsert: true, session, returnDocument: 'before' } as const;
      return (await c.noticeTemplates.findOneAndReplace({ _id }, template, options)) ?? undefined;
    },

    /** Answers the one that was there. */
    async remove(
      tenantId: TenantId,
      kind: TemplateKind,
      language: string,
      session: ClientSession,
    ): Promise<NoticeTemplateDoc | undefined> {
      const _id = templateId(tenantId, kind, language);
      return (await c.noticeTemplates.findOneAndDelete({ _id }, { session })) ?? undefined;
    },
  };
}

/** The first of the languages in which there is a text; the tenant's own before the hub's in each. The last of them is one that the hub has. */
export function findTemplate(
  own: readonly NoticeTemplateDoc[],
  kind: TemplateKind,
  languages: readonly string[],
): FoundTemplate {
  for (const language of languages) {
    const mine = own.find(
      (one) => one.channel === kind.channel && one.outcome === kind.outcome && one.language === language,
    );
    if (mine)
      return {
        source: 'tenant',
        language,
        text: mine.text,
        ...(mine.subject !== undefined && { subject: mine.subject }),
      };
    const hubs = noticeDefaults[language]?.[kind.channel][kind.outcome];
    if (hubs) return { source: 'hub', language, ...hubs };
  }
  throw new Error(`there is no text of the hub's own in ${languages.join(', ')}`);
}

function templateId(tenantId: TenantId, { channel, outcome }: TemplateKind, language: string): string {
  return `${tenantId}/${channel}/${outcome}/${language}`;
}
