/** The programme that a batch is paid by: two headers, resolved to what the batch keeps of it. */
import type { Request } from 'express';
import { invalidRequest, type NamedError, Problem } from '../domain/problem.ts';
import { whyNotPaying } from '../domain/programme.ts';
import type { TenantDoc } from '../store/documents.ts';
import type { BatchProgramme } from '../store/programme-documents.ts';
import { batchProgrammeOf, createProgrammes } from '../store/programmes.ts';
import type { ApiDeps } from './deps.ts';
import { headerText, isLabel } from './header.ts';

const institutionHeader = 'X-Registering-Institution-ID';
const programmeHeader = 'X-Program-ID';
const idShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** How a programme may be named. */
export function isProgrammeId(text: string): boolean {
  return idShape.test(text);
}

export const programmeIdCure = 'write 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first';

/** Undefined where the request names none: then each row names its payer. An institution alone is no programme. */
export async function programmeOf(
  { mongo, c, now }: Pick<ApiDeps, 'mongo' | 'c' | 'now'>,
  req: Request,
  tenant: TenantDoc,
): Promise<BatchProgramme | undefined> {
  const [institutionId, id] = [institutionHeader, programmeHeader].map((name) => headerText(req, name.toLowerCase()));
  if (id === undefined) return undefined;
  const errors: NamedError[] = [];
  if (!isProgrammeId(id)) errors.push({ name: programmeHeader, message: programmeIdCure });
  if (institutionId === undefined) {
    errors.push({ name: institutionHeader, message: `say who registered the programme that ${programmeHeader} names` });
  } else if (!isLabel(institutionId, 128)) {
    errors.push({ name: institutionHeader, message: 'write up to 128 printable characters' });
  }
  if (errors.length > 0) throw invalidRequest(errors);
  const programme = await createProgrammes(mongo, c, now).get(tenant._id, id);
  if (!programme || programme.institutionId !== institutionId) {
    const detail = `the tenant has no programme of this ${programmeHeader} that this ${institutionHeader} registered: GET /api/v1/programmes lists those that there are`;
    throw new Problem('programme-not-found', detail);
  }
  const why = whyNotPaying(programme, now());
  if (why !== undefined) throw notPaying(why);
  return batchProgrammeOf(programme);
}

/** The programme of a batch that is to be paid again. */
export async function checkStillPaying(
  { mongo, c, now }: Pick<ApiDeps, 'mongo' | 'c' | 'now'>,
  tenantId: string,
  { id }: BatchProgramme,
): Promise<void> {
  const programme = await createProgrammes(mongo, c, now).get(tenantId, id);
  const why = programme ? whyNotPaying(programme, now()) : 'it is not there any more';
  if (why !== undefined) throw notPaying(why);
}

function notPaying(why: string): Problem {
  return new Problem(
    'programme-not-paying',
    `the programme (${programmeHeader}) pays nothing today: ${why}; name another, or have it changed`,
  );
}
