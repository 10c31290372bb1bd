/** GET /api/v1/me: who asks, as the hub understands it, and what they may do. */
import type { RequestHandler } from 'express';
import { permissionsOf } from '../../domain/permission.ts';
import { callerOf } from '../caller.ts';
import { readQuery } from '../request.ts';

export const getMe: RequestHandler = (req, res) => {
  readQuery(req, []).done();
  const { kind, subject, name, tenant, roles, by } = callerOf(req);
  res.json({
    kind,
    subject,
    name,
    tenant: tenant ? { id: tenant._id, name: tenant.name } : null,
    roles,
    permissions: permissionsOf(roles),
    known_by: by,
  });
};
