/** GET /beneficiaries and /beneficiaries/{payeeIdentity}: who is registered, as Payment Hub EE's mapper shows them. */
import type { RequestHandler } from 'express';
import { modalityOf } from '../../domain/beneficiary.ts';
import type { BeneficiaryDoc } from '../../store/beneficiary-documents.ts';
import type { ApiDeps } from '../deps.ts';
import { getPerson } from '../mapper/get-person.ts';
import { noteSight } from '../mapper/note-sight.ts';
import { registrarOf } from '../mapper/registrar.ts';
import { readQuery, tenantOf } from '../request.ts';
import { pageOf } from './shapes.ts';

/** Pages are counted from the first: beyond this many people, the list by cursor is read. */
const skippedMax = 100_000;

export function listMappedPeople(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const registrar = registrarOf(req, await tenantOf(deps, req));
    const query = readQuery(req, ['page', 'pageSize']);
    const size = query.whole('pageSize', 20, 1, 1_000);
    const page = query.whole('page', 0, 0, Math.floor(skippedMax / size));
    query.done();
    const { people, total } = await deps.beneficiaries.page(registrar, page * size, size);
    await noteSight(deps, req, registrar, people);
    res.json(pageOf(people.map(shown), { page, size, total }));
  };
}

export function getMappedPerson(deps: ApiDeps): RequestHandler {
  return getPerson(deps, shown);
}

function shown({ institution, identity, account }: BeneficiaryDoc) {
  return {
    registeringInstitutionId: institution,
    payeeIdentity: identity,
    paymentModality: account ? modalityOf(account.type) : null,
    financialAddress: account?.id ?? null,
    bankingInstitutionCode: account?.dfsp ?? null,
  };
}
