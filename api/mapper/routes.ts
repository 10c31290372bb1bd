/** The account mapper's paths and who answers each; those of Payment Hub EE stand at the root. */
import { may } from '../access.ts';
import type { Methods } from '../app.ts';
import type { ApiDeps } from '../deps.ts';
import { getMappedBeneficiary, postAccountLookup, writeMapper } from '../ph-ee/account-mapper.ts';
import { getMappedPerson, listMappedPeople } from '../ph-ee/mapped-people.ts';
import { deleteBeneficiary, getBeneficiary, listBeneficiaries, writeBeneficiaries } from './beneficiaries.ts';
import { getMapperModes, putMapperModes } from './modes.ts';

export function mapperRoutes(deps: ApiDeps): readonly (readonly [string, Methods])[] {
  return [
    [
      '/api/v1/beneficiaries',
      {
        get: may('beneficiaries.read', listBeneficiaries(deps)),
        post: may('beneficiaries.write', writeBeneficiaries(deps, 'register')),
        put: may('beneficiaries.write', writeBeneficiaries(deps, 'update')),
      },
    ],
    [
      '/api/v1/beneficiaries/:identity',
      {
        get: may('beneficiaries.read', getBeneficiary(deps)),
        delete: may('beneficiaries.write', deleteBeneficiary(deps)),
      },
    ],
    [
      '/api/v1/tenants/:id/mapper',
      { get: may('settings.read', getMapperModes(deps)), put: may('settings.write', putMapperModes(deps)) },
    ],
    [
      '/beneficiary',
      {
        get: may('beneficiaries.read', getMappedBeneficiary(deps)),
        post: may('beneficiaries.write', writeMapper(deps, 'register')),
        put: may('beneficiaries.write', writeMapper(deps, 'update')),
      },
    ],
    [
      '/paymentModality',
      {
        post: may('beneficiaries.write', writeMapper(deps, 'add-account')),
        put: may('beneficiaries.write', writeMapper(deps, 'update')),
      },
    ],
    ['/beneficiaries', { get: may('beneficiaries.read', listMappedPeople(deps)) }],
    ['/beneficiaries/:identity', { get: may('beneficiaries.read', getMappedPerson(deps)) }],
    ['/accountLookup', { post: may('beneficiaries.read', postAccountLookup(deps)) }],
  ];
}
