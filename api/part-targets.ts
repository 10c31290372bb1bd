/** Where the parts of a route go by now: each account's own rail and payee, or its wallet in the closed loop. */
import { type RequiredColumn, requiredColumns } from '../domain/batch-file.ts';
import type { NamedError } from '../domain/problem.ts';
import { createRowChecker, isOpenTo } from '../domain/row-check.ts';
import type { NewTarget } from '../store/accept-route.ts';
import type { PartyDoc, TenantDoc } from '../store/documents.ts';
import type { AccountDoc, RouteDoc, RoutePart } from '../store/route-documents.ts';
import type { ApiDeps, ApiRail } from './deps.ts';

/** The payment mode of what stays inside. */
export const closedLoopMode = 'closed-loop';

/** A target per part, or what is wrong added to `errors` under the name that `nameOf` gives a part. */
export async function targetsOf(
  deps: Pick<ApiDeps, 'c' | 'rails'>,
  tenant: TenantDoc,
  { parts, autoPayout, currency }: Pick<RouteDoc, 'autoPayout' | 'currency'> & { readonly parts: readonly RoutePart[] },
  nameOf: (part: RoutePart) => string,
  errors: NamedError[],
): Promise<NewTarget[]> {
  const closedLoop = autoPayout ? undefined : closedLoopProblem(deps, tenant, currency);
  if (closedLoop) {
    errors.push({ name: 'autoPayout', message: closedLoop });
    return [];
  }
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
    const target = payoutOf(deps, tenant, account, currency);
    return typeof target === 'string' ? fail(target) : [{ n, minor, ...target }];
  });
}

/** Why nothing can be credited to wallets of this currency; undefined where it can. */
function closedLoopProblem(
  { rails }: Pick<ApiDeps, 'rails'>,
  { _id }: TenantDoc,
  currency: string,
): string | undefined {
  const rail = rails.byMode(closedLoopMode);
  if (!rail || !isOpenTo(rail, _id)) return 'there is no closed loop for parts to be credited in: write true';
  if (rail.isInside === false) {
    return 'the closed loop pays over a ledger outside of the hub, which the money of a route is not in: write true';
  }
  return currencyProblem(rail, currency);
}

function currencyProblem({ id, currencies }: ApiRail, currency: string): string | undefined {
  if (!currencies || currencies.includes(currency)) return undefined;
  return `is paid by ${id}, which takes ${currencies.join(', ')} and not ${currency}`;
}

/** How money leaves the loop to an account, or why it cannot. */
function payoutOf(
  { rails }: Pick<ApiDeps, 'rails'>,
  tenant: TenantDoc,
  { mode, payee }: Pick<AccountDoc, 'mode' | 'payee'>,
  currency: string,
): { mode: string; payer: PartyDoc; payee: PartyDoc } | string {
  if (mode === undefined || payee === undefined) return 'has no mode and payee to be paid out to: set them first';
  const rail = rails.byMode(mode);
  if (!rail) return `has the mode ${mode}, which names no rail any more: set another`;
  const untaken = currencyProblem(rail, currency);
  if (untaken) return `${untaken}: set another`;
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

async function accountsOf(
  { c }: Pick<ApiDeps, 'c'>,
  tenant: TenantDoc,
  parts: readonly Pick<RoutePart, 'account'>[],
): Promise<Map<string, AccountDoc>> {
  const ids = [...new Set(parts.map(({ account }) => `${tenant._id}/${account}`))];
  const docs = await c.accounts.find({ _id: { $in: ids } }).toArray();
  return new Map(docs.map((doc) => [doc.account, doc]));
}

const dayMs = 86_400_000;

/** An account is kept for as long as it is paid, and a period after: when that was is noted to the day. */
export async function noteUse(
  { c, now }: Pick<ApiDeps, 'c' | 'now'>,
  tenantId: string,
  parts: readonly Pick<RoutePart, 'account'>[],
): Promise<void> {
  const at = now();
  const ids = [...new Set(parts.map(({ account }) => `${tenantId}/${account}`))];
  const stale = { usedAt: { $not: { $gte: new Date(at.getTime() - dayMs) } } };
  await c.accounts.updateMany({ _id: { $in: ids }, ...stale }, { $set: { usedAt: at } });
}
