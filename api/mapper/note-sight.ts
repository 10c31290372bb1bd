/** Who of the people saw where somebody is paid, told to the audit. */
import type { Request } from 'express';
import type { BeneficiaryDoc, Registrar } from '../../store/beneficiary-documents.ts';
import { actorOf } from '../actor.ts';
import type { ApiDeps } from '../deps.ts';
import { personOf } from '../request.ts';

/** What a machine asks is its daily work, and not told. */
export async function noteSight(
  { audit }: ApiDeps,
  req: Request,
  { tenantId, institution }: Registrar,
  seen: readonly BeneficiaryDoc[],
): Promise<void> {
  if (personOf(req) === undefined || seen.length === 0) return;
  const ids = seen.map(({ _id }) => _id.slice(tenantId.length + 1));
  const object = seen.length === 1 ? { kind: 'beneficiary', id: ids[0]! } : { kind: 'beneficiaries', id: ids.at(-1)! };
  const after = { institution, count: seen.length };
  await audit.append({ tenantId, who: actorOf(req), action: 'beneficiaries.see', object, after });
}
