/** GET and PUT /api/v1/tenants/{id}/mapper: by which payment mode accounts are paid that are registered without one. */
import type { RequestHandler } from 'express';
import { typeOfModality } from '../../domain/beneficiary.ts';
import { invalidRequest, type NamedError } from '../../domain/problem.ts';
import { isOpenTo } from '../../domain/row-check.ts';
import type { TenantDoc } from '../../store/documents.ts';
import type { ApiDeps } from '../deps.ts';
import { isLabel, readObject, shortened } from '../request.ts';
import { changeTenant, ownTenant } from '../routes/switches.ts';

const entriesMax = 1_000;
const errorsMax = 20;

export function getMapperModes(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const { mapperModes = {} } = await ownTenant(deps, req);
    res.json({ modes: mapperModes });
  };
}

/** Replaces them. Who is registered already is paid as before. */
export function putMapperModes(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const { modes } = await readObject(req, ['modes'], 256 * 1024);
    const mapperModes = readModes(deps, tenant, modes);
    await changeTenant(deps, req, tenant, 'mapper-modes.set', async (session) => {
      const { mapperModes: before = {} } = await deps.tenants.setMapperModes(tenant._id, mapperModes, session);
      return { before, after: mapperModes };
    });
    deps.log.info('mapper modes set', { tenantId: tenant._id, count: Object.keys(mapperModes).length });
    res.json({ modes: mapperModes });
  };
}

/** The mode of an account that was registered without one: its institution's, else that of its type. */
export function modeOf({ mapperModes = {} }: TenantDoc, institution: string, type: string): string | undefined {
  return mapperModes[institution.toUpperCase()] ?? mapperModes[type];
}

function readModes({ rails }: ApiDeps, { _id: tenantId }: TenantDoc, modes: unknown): Record<string, string> {
  if (typeof modes !== 'object' || modes === null || Array.isArray(modes) || Object.keys(modes).length > entriesMax) {
    const message = `write an object of up to ${entriesMax} payment modes, such as {"msisdn": "gsma"}`;
    throw invalidRequest([{ name: 'modes', message }]);
  }
  const errors: NamedError[] = [];
  const open = rails.modes.filter((mode) => isOpenTo(rails.byMode(mode) ?? {}, tenantId));
  const read = new Map<string, string>();
  for (const [key, mode] of Object.entries(modes as Record<string, unknown>)) {
    const problem = (message: string) => void errors.push({ name: `modes.${shortened(key)}`, message });
    const name = typeOfModality(key) ?? key.toUpperCase();
    // The database has words of its own for these.
    if (!isLabel(key, 128) || /[.$]|^__proto__$/i.test(key)) problem('is no institution or identifier type');
    else if (typeof mode !== 'string' || !open.includes(mode.toLowerCase())) problem(`write one of ${open.join(', ')}`);
    else if (read.has(name)) problem('is there twice');
    else read.set(name, mode.toLowerCase());
  }
  if (errors.length > 0) throw invalidRequest(errors.slice(0, errorsMax));
  return Object.fromEntries(read);
}
