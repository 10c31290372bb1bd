/** In whose name beneficiaries are named: the institution of the header, or the tenant itself. */
import type { Request } from 'express';
import { identityMaxChars, isPrintable } from '../../domain/beneficiary.ts';
import { invalidRequest, Problem } from '../../domain/problem.ts';
import type { Registrar } from '../../store/beneficiary-documents.ts';
import type { TenantDoc } from '../../store/documents.ts';
import { headerText } from '../request.ts';

const header = 'X-Registering-Institution-ID';

export function registrarOf(req: Request, tenant: TenantDoc): Registrar {
  const institution = headerText(req, header.toLowerCase()) ?? '';
  if (institution !== '' && !isPrintable(institution, identityMaxChars)) {
    throw invalidRequest([{ name: header, message: `write up to ${identityMaxChars} printable characters` }]);
  }
  return { tenantId: tenant._id, institution };
}

export function nobody(): Problem {
  return new Problem(
    'not-found',
    'the institution has registered nobody of this name: check it and X-Registering-Institution-ID',
  );
}
