/** GET and PUT /api/v1/tenants/{id}/pain001: by which payment modes the payments of a pain.001 go. */
import type { RequestHandler } from 'express';
import type { Pain001Rules } from '../../domain/batch-file.ts';
import { invalidRequest, type NamedError } from '../../domain/problem.ts';
import type { ApiDeps, ApiRails } from '../deps.ts';
import { isLabel, readObject, shortened } from '../request.ts';
import { changeTenant, ownTenant } from './switches.ts';

const entriesMax = 1_000;

export function getPain001(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const { pain001 = {} } = await ownTenant(deps, req);
    res.json(shown(pain001));
  };
}

/** Replaces all of them. */
export function putPain001(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const body = await readObject(req, ['mode', 'service_levels', 'agents'], 256 * 1024);
    const errors: NamedError[] = [];
    const rules: Pain001Rules = {
      ...(body.mode !== undefined && body.mode !== null && { mode: modeOf(deps.rails, 'mode', body.mode, errors) }),
      serviceLevels: modesOf(deps.rails, 'service_levels', body.service_levels ?? {}, errors),
      agents: modesOf(deps.rails, 'agents', body.agents ?? {}, errors),
    };
    if (errors.length > 0) throw invalidRequest(errors.slice(0, 20));
    await changeTenant(deps, req, tenant, 'pain001-rules.set', async (session) => {
      const { pain001 = {} } = await deps.tenants.setPain001(tenant._id, rules, session);
      return { before: shown(pain001), after: shown(rules) };
    });
    deps.log.info('payment modes of pain.001 set', { tenantId: tenant._id });
    res.json(shown(rules));
  };
}

function shown({ mode, serviceLevels = {}, agents = {} }: Pain001Rules) {
  return { mode: mode ?? null, service_levels: serviceLevels, agents };
}

function modesOf(rails: ApiRails, name: string, value: unknown, errors: NamedError[]): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    errors.push({ name, message: 'write an object of words and payment modes, such as {"SEPA": "bank-file"}' });
    return {};
  }
  const entries = Object.entries(value);
  if (entries.length > entriesMax) errors.push({ name, message: `write ${entriesMax} at most` });
  return Object.fromEntries(
    entries.slice(0, entriesMax).map(([word, mode]) => {
      const path = `${name}.${shortened(word)}`;
      if (!isLabel(word, 35) || /[.$]/.test(word))
        errors.push({ name: path, message: 'is no word of up to 35 characters without dot or $' });
      return [word.toUpperCase(), modeOf(rails, path, mode, errors)];
    }),
  );
}

function modeOf(rails: ApiRails, name: string, mode: unknown, errors: NamedError[]): string {
  const text = typeof mode === 'string' ? mode.toLowerCase() : '';
  if (!rails.byMode(text)) errors.push({ name, message: `names no rail: write one of ${rails.modes.join(', ')}` });
  return text;
}
