/** POST /api/v1/tenants/{id}/notice-templates/preview: what a payee would read, of a text that is kept or of one that is being written. Sends nothing. */
import type { RequestHandler } from 'express';
import {
  checkTemplate,
  fillTemplate,
  languagesFor,
  type NoticeTemplate,
  placeholders,
  sampleValues,
} from '../../../domain/notice-template.ts';
import { invalidRequest, type NamedError } from '../../../domain/problem.ts';
import { switchesOf } from '../../../domain/switches.ts';
import { findTemplate, type NoticeTemplates } from '../../../store/notice-templates.ts';
import type { ApiDeps } from '../../deps.ts';
import { readObject, shortened } from '../../request.ts';
import { ownTenant } from '../switches.ts';
import { readKind } from './template-kind.ts';

const valueMaxChars = 1_000;

export function previewTemplate(deps: ApiDeps, templates: NoticeTemplates): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const body = await readObject(req, ['channel', 'outcome', 'language', 'subject', 'text', 'values']);
    const errors: NamedError[] = [];
    const kind = readKind(body, errors);
    const isDraft = body.text !== undefined || body.subject !== undefined;
    if (kind && isDraft) errors.push(...checkTemplate(body, kind.channel));
    const values = readValues(body.values, errors);
    if (!kind || errors.length > 0) throw invalidRequest(errors);
    const languages = languagesFor(kind.language, switchesOf(tenant.switches).notify.language);
    const kept = isDraft ? undefined : findTemplate(await templates.list(tenant._id), kind, languages);
    const template = kept ?? (body as NoticeTemplate);
    const { subject, text } = fillTemplate(template, { ...sampleValues, sender: tenant.name, ...values }, kind.channel);
    res.json({
      channel: kind.channel,
      outcome: kind.outcome,
      language: kept?.language ?? kind.language,
      source: kept?.source ?? 'draft',
      subject: subject ?? null,
      text,
    });
  };
}

function readValues(given: unknown, errors: NamedError[]): Readonly<Record<string, string>> {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    errors.push({ name: 'values', message: 'send an object of texts by placeholder, such as {"amount":"12.50"}' });
    return {};
  }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(placeholders, name)) {
      errors.push({
        name: `values.${shortened(name)}`,
        message: `is no placeholder; there are ${Object.keys(placeholders).join(', ')}`,
      });
    } else if (typeof value !== 'string' || value.length > valueMaxChars) {
      errors.push({ name: `values.${name}`, message: `write a text of up to ${valueMaxChars} characters` });
    }
  }
  return given as Record<string, string>;
}
