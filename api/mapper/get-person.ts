/** GET of one person that the institution has registered, as whoever asks has it shown; that they were seen is written down. */
import type { RequestHandler } from 'express';
import type { BeneficiaryDoc } from '../../store/beneficiary-documents.ts';
import type { ApiDeps } from '../deps.ts';
import { readQuery, tenantOf } from '../request.ts';
import { noteSight } from './note-sight.ts';
import { nobody, registrarOf } from './registrar.ts';

export function getPerson(deps: ApiDeps, shown: (person: BeneficiaryDoc) => object): RequestHandler {
  return async (req, res) => {
    const registrar = registrarOf(req, await tenantOf(deps, req));
    readQuery(req, []).done();
    const identity = String(req.params.identity);
    const found = (await deps.beneficiaries.known(registrar, [identity])).get(identity);
    if (!found) throw nobody();
    await noteSight(deps, req, registrar, [found]);
    res.json(shown(found));
  };
}
