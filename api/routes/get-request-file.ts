/** GET /api/v1/batches/{id}/request: the file as it was sent, byte for byte, streamed through. */
import type { RequestHandler } from 'express';
import type { ApiDeps } from '../deps.ts';
import { batchOf, readQuery, tenantOf } from '../request.ts';
import { sendFile } from '../send-file.ts';
import { erasedProblem } from './retention.ts';

export function getRequestFile(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const { erasedAt, requestKey, originalKey: key = requestKey, fileName } = await batchOf(deps, req, tenant);
    if (erasedAt) throw erasedProblem(erasedAt);
    await sendFile(deps, res, { key, fileName });
  };
}
