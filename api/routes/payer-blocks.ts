/** GET /api/v1/payer-blocks and DELETE …/{rail}/{id}: payers without funds, and having them tried again. */
import type { RequestHandler } from 'express';
import { Problem } from '../../domain/problem.ts';
import { masked } from '../../platform/log.ts';
import type { PayerBlockDoc } from '../../store/documents.ts';
import { createPayerBlocks, liftPayerBlock } from '../../store/payer-blocks.ts';
import { actorOf } from '../actor.ts';
import type { ApiDeps } from '../deps.ts';
import { personOf, readQuery, tenantOf } from '../request.ts';

export function getPayerBlocks(deps: ApiDeps): RequestHandler {
  const blocks = createPayerBlocks(deps.mongo, deps.c, deps.now);
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    res.json({ payer_blocks: (await blocks.list(tenant._id)).map(shownBlock) });
  };
}

export function deletePayerBlock(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const person = personOf(req);
    if (!person)
      throw new Problem('person-required', 'only a person resumes a payer: sign in; with AUTH=off send X-User');
    const block = { tenantId: tenant._id, id: `${req.params.rail}/${req.params.id}` };
    const lifted = await liftPayerBlock(deps.mongo, deps.c, deps.outbox, block, deps.now(), actorOf(req));
    if (!lifted) {
      throw new Problem('not-found', 'the tenant has no such payer block: it may have been lifted already');
    }
    deps.log.info('payer block lifted', { ...block, person });
    res.json(shownBlock(lifted));
  };
}

export function shownBlock({ _id, tenantId, rail, payer, text, at }: PayerBlockDoc) {
  return { id: _id.slice(tenantId.length + 1), rail, payer: masked(payer), text, since: at.toISOString() };
}
