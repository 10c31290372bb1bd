/** Every path of the notices to payees and who answers it. */

import { createNoticeTemplates } from '../../../store/notice-templates.ts';
import { createNotices } from '../../../store/notices.ts';
import { createOptOuts } from '../../../store/opt-outs.ts';
import { may } from '../../access.ts';
import type { Methods } from '../../app.ts';
import type { ApiDeps } from '../../deps.ts';
import { getBatchNotices, postNoticesResend } from './batch-notices.ts';
import { deleteOptOut, listOptOuts, postOptOut } from './opt-outs.ts';
import { previewTemplate } from './preview.ts';
import { deleteTemplate, getTemplate, listTemplates, putTemplate } from './templates.ts';

export function noticePaths(deps: ApiDeps): readonly (readonly [string, Methods])[] {
  const notices = createNotices(deps.c, deps.now);
  const templates = createNoticeTemplates(deps.c);
  const optOuts = createOptOuts(deps.mongo, deps.c);
  const own = '/api/v1/tenants/:id/notice-templates';
  return [
    ['/api/v1/batches/:id/notices', { get: may('notices.read', getBatchNotices(deps, notices)) }],
    ['/api/v1/batches/:id/notices/resend', { post: may('notices.resend', postNoticesResend(deps, notices)) }],
    [own, { get: may('settings.read', listTemplates(deps, templates)) }],
    [`${own}/preview`, { post: may('settings.read', previewTemplate(deps, templates)) }],
    [
      `${own}/:channel/:outcome/:language`,
      {
        get: may('settings.read', getTemplate(deps, templates)),
        put: may('settings.write', putTemplate(deps, templates)),
        delete: may('settings.write', deleteTemplate(deps, templates)),
      },
    ],
    [
      '/api/v1/notice-opt-outs',
      { get: may('optouts.read', listOptOuts(deps, optOuts)), post: may('optouts.write', postOptOut(deps, optOuts)) },
    ],
    ['/api/v1/notice-opt-outs/:id', { delete: may('optouts.write', deleteOptOut(deps, optOuts)) }],
  ];
}
