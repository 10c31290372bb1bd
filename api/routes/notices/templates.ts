/** GET /api/v1/tenants/{id}/notice-templates; GET, PUT and DELETE …/{channel}/{outcome}/{language}: what payees are told, in the tenant's own words. */
import type { RequestHandler } from 'express';
import { noticeDefaults } from '../../../domain/notice-defaults.ts';
import { checkTemplate, defaultTemplates, languagesFor, placeholders } from '../../../domain/notice-template.ts';
import { invalidRequest, Problem } from '../../../domain/problem.ts';
import { switchesOf } from '../../../domain/switches.ts';
import { findTemplate, type NoticeTemplates } from '../../../store/notice-templates.ts';
import { callerOf } from '../../caller.ts';
import type { ApiDeps } from '../../deps.ts';
import { readObject } from '../../request.ts';
import { changeTenant, ownTenant } from '../switches.ts';
import { kindInPath, shownTemplate } from './template-kind.ts';

/** The tenant's own and the hub's that it has none of its own for, with what may stand in them. */
export function listTemplates(deps: ApiDeps, templates: NoticeTemplates): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const own = await templates.list(tenant._id);
    const keyOf = (one: { channel: string; outcome: string; language: string }) =>
      `${one.channel}/${one.outcome}/${one.language}`;
    const known = new Set(own.map(keyOf));
    const hubs = defaultTemplates().filter((one) => !known.has(keyOf(one)));
    res.json({
      templates: [
        ...own.map((one) => shownTemplate(one, one, 'tenant')),
        ...hubs.map((one) => shownTemplate(one, one, 'hub')),
      ],
      placeholders: Object.fromEntries(Object.entries(placeholders).map(([name, { means }]) => [name, means])),
    });
  };
}

/** The text of exactly this language: the tenant's own, or the hub's. */
export function getTemplate(deps: ApiDeps, templates: NoticeTemplates): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const kind = kindInPath(req);
    const own = await templates.get(tenant._id, kind, kind.language);
    if (!own && !Object.hasOwn(noticeDefaults, kind.language)) {
      throw new Problem('not-found', `there is no text in ${kind.language}: PUT makes one`);
    }
    const found = findTemplate(own ? [own] : [], kind, [kind.language]);
    res.json(shownTemplate(kind, found, found.source));
  };
}

export function putTemplate(deps: ApiDeps, templates: NoticeTemplates): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const kind = kindInPath(req);
    const body = await readObject(req, ['subject', 'text']);
    const errors = checkTemplate(body, kind.channel);
    if (errors.length > 0) throw invalidRequest(errors);
    const { subject, text } = body as { readonly subject?: string; readonly text: string };
    const words = { text, ...(subject !== undefined && { subject }) };
    await changeTenant(deps, req, tenant, 'notice-template.set', async (session) => {
      const template = { ...kind, ...words, tenantId: tenant._id, by: callerOf(req).subject, at: deps.now() };
      const before = await templates.put(template, session);
      return { before: before ? { subject: before.subject, text: before.text } : {}, after: { ...kind, ...words } };
    });
    deps.log.info('notice template set', { tenantId: tenant._id, ...kind });
    res.json(shownTemplate(kind, words, 'tenant'));
  };
}

/** Answers the hub's own text that is used from now on. */
export function deleteTemplate(deps: ApiDeps, templates: NoticeTemplates): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const kind = kindInPath(req);
    const own = await templates.get(tenant._id, kind, kind.language);
    if (!own) throw new Problem('not-found', 'the tenant has no text of its own for this');
    await changeTenant(deps, req, tenant, 'notice-template.remove', async (session) => {
      const before = await templates.remove(tenant._id, kind, kind.language, session);
      return { before: { ...kind, subject: before?.subject, text: before?.text }, after: {} };
    });
    deps.log.info('notice template removed', { tenantId: tenant._id, ...kind });
    const found = findTemplate([], kind, languagesFor(kind.language, switchesOf(tenant.switches).notify.language));
    res.json(shownTemplate({ ...kind, language: found.language }, found, found.source));
  };
}
