/** Where the parts of a route go by now: each account's own rail and payee, or its wallet in the closed loop. */
import { type RequiredColumn, requiredColumns } from '../domain/batch-file.ts';
import type { NamedError } from '../domain/problem.ts';
import { createRowChecker } from '../domain/row-check.ts';
import type { NewTarget } from '../store/accept-route.ts';
import type { PartyDoc, TenantDoc } from '../store/documents.ts';
import type { AccountDoc, RouteDoc, RoutePart } from '../store/route-documents.ts';
import type { ApiDeps } from './deps.ts';

/** The payment mode of what stays inside. */
export const closedLoopMode = 'closed-loop';

/** A target per part, or what is wrong added to `errors` under the name that `nameOf` gives a part. */
export async function targetsOf(
  deps: Pick<ApiDeps, 'c' | 'rails'>,
  tenant: TenantDoc,
  { parts, autoPayout }: Pick<RouteDoc, 'autoPayout'> & { readonly parts: readonly RoutePart[] },
  nameOf: (part: RoutePart) => string,
  errors: NamedError[],
): Promise<NewTarget[]> {
  const accounts = await accountsOf(deps, tenant, parts);
  return parts.flatMap((part): NewTarget[] => {
    const fail = (message: string): NewTarget[] => {
      errors.push({ name: nameOf(part), message });
      return [];
    };
    const account = accounts.get(part.account);
    if (!account) return fail('is no account of the tenant: PUT /api/v1/accounts/{id} first');
    const { n, minor } = part;
    if (!autoPayout) return [{ n, minor, mode: closedLoopMode, payee: { type: 'accountId', id: account.account } }];
    const target = payoutOf(deps, tenant, account);
    return typeof target === 'string' ? fail(target) : [{ n, minor, ...target }];
  });
}

/** How money leaves the loop to an account, or why it cannot. */
export function payoutOf(
  { rails }: Pick<ApiDeps, 'rails'>,
  tenant: TenantDoc,
  { mode, payee }: Pick<AccountDoc, 'mode' | 'payee'>,
): { mode: string; payer: PartyDoc; payee: PartyDoc } | string {
  if (mode === undefined || payee === undefined) return 'has no mode and payee to be paid out to: set them first';
  const rail = rails.byMode(mode);
  if (!rail) return `has the mode ${mode}, which names no rail any more: set another`;
  const payer = tenant.payoutAccounts?.[rail.id];
  if (!payer) {
    return `is paid by ${mode}, and the tenant pays from nowhere there: PUT /api/v1/tenants/{id}/payout-accounts first`;
  }
  const [wrong] = partyErrors({ rails }, tenant._id, mode, payer, payee);
  return wrong ? `cannot be paid: ${wrong.message}` : { mode, payer, payee };
}

/** By the rules of a file's rows: what is wrong with a payer and a payee of this mode, under a row's column names. */
export function partyErrors(
  { rails }: Pick<ApiDeps, 'rails'>,
  tenantId: string,
  mode: string,
  payer: PartyDoc,
  payee: PartyDoc,
): readonly { readonly column: string; readonly message: string }[] {
  const columns = [...requiredColumns, 'payee_dfsp_id'] as const;
  const cells: Readonly<Record<RequiredColumn | 'payee_dfsp_id', string>> = {
    id: '1',
    request_id: '',
    payment_mode: mode,
    payer_identifier_type: payer.type,
    payer_identifier: payer.id,
    payee_identifier_type: payee.type,
    payee_identifier: payee.id,
    amount: '1',
    // Only the parties are in question.
    currency: rails.byMode(mode)?.currencies?.[0] ?? 'USD',
    note: '',
    payee_dfsp_id: payee.dfsp ?? '',
  };
  const check = createRowChecker(columns, { modes: rails.modes, railOfMode: rails.byMode }, tenantId);
  return check(
    columns.map((name) => cells[name]),
    1,
  ).errors;
}

export async function accountsOf(
  { c }: Pick<ApiDeps, 'c'>,
  tenant: TenantDoc,
  parts: readonly Pick<RoutePart, 'account'>[],
): Promise<Map<string, AccountDoc>> {
  const ids = [...new Set(parts.map(({ account }) => `${tenant._id}/${account}`))];
  const docs = await c.accounts.find({ _id: { $in: ids } }).toArray();
  return new Map(docs.map((doc) => [doc.account, doc]));
}
