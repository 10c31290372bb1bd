/** The collections of notices to payees. */
import type { Collection, Mongo } from '../platform/mongo.ts';
import type { Keyring } from './keyring.ts';
import type { NoticeDoc, NoticeRoundDoc, NoticeTemplateDoc, OptOutDoc } from './notice-documents.ts';
import { sealedCollection } from './sealed-collection.ts';

export type NoticeCollections = {
  readonly notices: Collection<NoticeDoc>;
  readonly noticeRounds: Collection<NoticeRoundDoc>;
  readonly noticeTemplates: Collection<NoticeTemplateDoc>;
  readonly optOuts: Collection<OptOutDoc>;
};

export function noticeCollections(mongo: Mongo, tenantKeyring: Keyring): NoticeCollections {
  return {
    notices: mongo.collection('notices'),
    noticeRounds: mongo.collection('notice_rounds'),
    noticeTemplates: mongo.collection('notice_templates'),
    optOuts: sealedCollection(mongo.collection<OptOutDoc>('notice_opt_outs'), tenantKeyring, {
      fields: ['identity'],
      keyId: ({ tenantId }) => tenantId,
      erased: { identity: { type: 'erased', id: 'erased' } },
    }),
  };
}
