/** Which text is meant: channel, outcome and language, from a path or a body. */
import type { Request } from 'express';
import {
  type NoticeChannel,
  type NoticeOutcome,
  noticeChannels,
  noticeOutcomes,
  readLanguage,
} from '../../../domain/notice.ts';
import type { NoticeTemplate } from '../../../domain/notice-template.ts';
import { invalidRequest, type NamedError } from '../../../domain/problem.ts';
import type { FoundTemplate } from '../../../store/notice-templates.ts';

export type Named = { readonly channel: NoticeChannel; readonly outcome: NoticeOutcome; readonly language: string };

export function kindInPath(req: Request): Named {
  const errors: NamedError[] = [];
  const named = readKind(req.params, errors);
  if (!named) throw invalidRequest(errors);
  return named;
}

/** Undefined where something is wrong, which is then in `errors`. */
export function readKind(value: Readonly<Record<string, unknown>>, errors: NamedError[]): Named | undefined {
  const channel = noticeChannels.find((one) => one === value.channel);
  const outcome = noticeOutcomes.find((one) => one === value.outcome);
  const language = typeof value.language === 'string' ? readLanguage(value.language) : undefined;
  if (!channel) errors.push({ name: 'channel', message: `write one of ${noticeChannels.join(', ')}` });
  if (!outcome) errors.push({ name: 'outcome', message: `write one of ${noticeOutcomes.join(', ')}` });
  if (!language) errors.push({ name: 'language', message: 'write a language tag such as en or pt-br' });
  return channel && outcome && language ? { channel, outcome, language } : undefined;
}

export function shownTemplate(
  { channel, outcome, language }: Named,
  template: NoticeTemplate,
  source: FoundTemplate['source'],
) {
  return { channel, outcome, language, source, subject: template.subject ?? null, text: template.text };
}
