/** GET and PUT /api/v1/tenants/{id}/transfers: the payment mode of single payments that name none. */
import type { RequestHandler } from 'express';
import { invalidRequest } from '../../domain/problem.ts';
import { paymentModeProblem } from '../choose-rail.ts';
import type { ApiDeps } from '../deps.ts';
import { readObject } from '../request.ts';
import { changeTenant, ownTenant } from './switches.ts';

export function getTransferDefaults(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const { transferMode } = await ownTenant(deps, req);
    res.json({ payment_mode: transferMode ?? null });
  };
}

export function putTransferDefaults(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const { payment_mode: given = null } = await readObject(req, ['payment_mode']);
    const problem =
      given === null
        ? undefined
        : typeof given === 'string'
          ? paymentModeProblem(deps.rails, given, tenant._id)
          : 'write a payment mode, or null for none';
    if (problem) throw invalidRequest([{ name: 'payment_mode', message: problem }]);
    const mode = given === null ? undefined : String(given).toLowerCase();
    await changeTenant(deps, req, tenant, 'transfer-defaults.set', async (session) => {
      const { transferMode = null } = await deps.tenants.setTransferMode(tenant._id, mode, session);
      return { before: { paymentMode: transferMode }, after: { paymentMode: mode ?? null } };
    });
    deps.log.info('payment mode of single payments set', { tenantId: tenant._id, mode: mode ?? 'none' });
    res.json({ payment_mode: mode ?? null });
  };
}
