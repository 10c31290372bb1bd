/** GET and PUT /api/v1/tenants/{id}/signature: whether the tenant signs its requests as Payment Hub EE's clients do, and its public key. */
import type { RequestHandler } from 'express';
import { invalidRequest, type NamedError } from '../../domain/problem.ts';
import type { TenantDoc } from '../../store/documents.ts';
import type { ApiDeps } from '../deps.ts';
import { readObject } from '../request.ts';
import { changeTenant, ownTenant } from '../routes/switches.ts';
import { wrongWithKey } from './signature.ts';

export function getSignature(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    res.json(shown((await ownTenant(deps, req)).signature));
  };
}

export function putSignature(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const { public_key: publicKey, required } = await readObject(req, ['public_key', 'required']);
    const errors: NamedError[] = [];
    if (typeof required !== 'boolean') errors.push({ name: 'required', message: 'write true or false' });
    if (publicKey !== null && typeof publicKey !== 'string') {
      errors.push({ name: 'public_key', message: 'write an RSA public key in PEM, or null' });
    }
    const wrong = typeof publicKey === 'string' ? wrongWithKey(publicKey) : undefined;
    if (wrong)
      errors.push({ name: 'public_key', message: `${wrong}: write an RSA public key of 2048 bits or more in PEM` });
    if (required === true && publicKey === null) {
      errors.push({ name: 'public_key', message: 'is needed where signatures are required' });
    }
    if (errors.length > 0) throw invalidRequest(errors);
    const signature = typeof publicKey === 'string' ? { publicKey, required: required as boolean } : undefined;
    await changeTenant(deps, req, tenant, 'signature.set', async (session) => {
      const before = await deps.tenants.setSignature(tenant._id, signature, session);
      return { before: shown(before.signature), after: shown(signature) };
    });
    deps.log.info('signature set', { tenantId: tenant._id, required });
    res.json(shown(signature));
  };
}

function shown(signature: TenantDoc['signature']) {
  return { public_key: signature?.publicKey ?? null, required: signature?.required ?? false };
}
