/** GET /api/v1/ledger/verification: whether all balances and entries of the tenant's wallets agreed when they were last checked. */
import type { RequestHandler } from 'express';
import type { ApiDeps } from '../../deps.ts';
import { readQuery, tenantOf } from '../../request.ts';

/** The workers check; here it is read, so that nobody can have a large ledger read all day. */
export function getLedgerCheck(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const check = await deps.c.ledgerChecks.findOne({ _id: tenant._id });
    res.json({
      checked_at: check?.at.toISOString() ?? null,
      sound: check ? check.faults.length === 0 : null,
      wallets: Number(check?.wallets ?? 0),
      entries: Number(check?.entries ?? 0),
      postings: Number(check?.postings ?? 0),
      faults: check?.faults ?? [],
    });
  };
}
