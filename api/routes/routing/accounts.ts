/** GET, PUT and DELETE /api/v1/accounts/{id}, GET and PUT /api/v1/tenants/{id}/payout-accounts: whom routes pay, and from where money leaves. */
import type { Request, RequestHandler } from 'express';
import type { Actor } from '../../../domain/audit-chain.ts';
import { invalidRequest, type NamedError, Problem } from '../../../domain/problem.ts';
import { identifierTypeOf } from '../../../domain/row-check.ts';
import type { Accounts, NewAccount } from '../../../store/accounts.ts';
import type { PartyDoc, TenantDoc } from '../../../store/documents.ts';
import type { AccountDoc } from '../../../store/route-documents.ts';
import { actorOf } from '../../actor.ts';
import { callerOf } from '../../caller.ts';
import { commander } from '../../commander.ts';
import type { ApiDeps } from '../../deps.ts';
import { closedLoopMode, partyErrors } from '../../part-targets.ts';
import { isLabel, readObject, readQuery, shortened, tenantOf } from '../../request.ts';
import { accountCure, isAccountId } from '../../route-request.ts';
import { changeTenant, ownTenant } from '../switches.ts';

export function getAccount(deps: ApiDeps, accounts: Accounts): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const doc = await accounts.get(tenant._id, String(req.params.id));
    if (!doc) throw noAccount();
    res.json(shownAccount(doc));
  };
}

/** Replaces what is known of the account; routes that were accepted keep what it was then. */
export function putAccount(deps: ApiDeps, accounts: Accounts): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const setter = setterOf(deps, req, tenant);
    const fields = await readObject(req, accountFields);
    const errors: NamedError[] = [];
    const [account] = checkedAccount(deps, tenant, { ...fields, id: String(req.params.id) }, errors);
    if (errors.length > 0 || !account) throw invalidRequest(errors);
    await accounts.set([account], setter);
    deps.log.info('beneficiary account set', { tenantId: tenant._id, mode: account.mode ?? 'none', by: setter.by });
    const doc = await accounts.get(tenant._id, account.account);
    if (!doc) throw noAccount();
    res.json(shownAccount(doc));
  };
}

export function deleteAccount(deps: ApiDeps, accounts: Accounts): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const setter = setterOf(deps, req, tenant);
    if (!(await accounts.remove(String(req.params.id), setter))) throw noAccount();
    deps.log.info('beneficiary account removed', { tenantId: tenant._id, by: setter.by });
    res.status(204).end();
  };
}

export function getPayoutAccounts(deps: ApiDeps): RequestHandler {
  return async (req, res) => res.json((await ownTenant(deps, req)).payoutAccounts ?? {});
}

/** Replaces all of them; by rail, whatever word of the rail's modes names it. */
export function putPayoutAccounts(deps: ApiDeps): RequestHandler {
  return async (req, res) => {
    const tenant = await ownTenant(deps, req);
    const by = commander(req);
    const errors: NamedError[] = [];
    const accounts: Record<string, PartyDoc> = {};
    for (const [mode, value] of Object.entries(await readObject(req, undefined))) {
      const rail = deps.rails.byMode(mode);
      const party = partyOf(value, shortened(mode), errors);
      if (!rail || rail.id === closedLoopMode) {
        errors.push({
          name: shortened(mode),
          message: `names no rail that money leaves by: write one of ${deps.rails.modes.join(', ')}`,
        });
      } else if (party) accounts[rail.id] = party;
    }
    if (errors.length > 0) throw invalidRequest(errors);
    await changeTenant(deps, req, tenant, 'payout-accounts.set', async (session) => {
      const before = await deps.tenants.setPayoutAccounts(tenant._id, accounts, session);
      return { before: { rails: Object.keys(before.payoutAccounts ?? {}) }, after: { rails: Object.keys(accounts) } };
    });
    deps.log.info('payout accounts set', { tenantId: tenant._id, rails: Object.keys(accounts), by });
    res.json(accounts);
  };
}

type Setter = { readonly tenantId: string; readonly by: string; readonly actor: Actor; readonly at: Date };

export function setterOf(deps: Pick<ApiDeps, 'now'>, req: Request, { _id: tenantId }: TenantDoc): Setter {
  return { tenantId, by: callerOf(req).subject, actor: actorOf(req), at: deps.now() };
}

function noAccount(): Problem {
  return new Problem('not-found', 'the tenant has no account of this id');
}

export const accountFields = ['name', 'mode', 'payee'];

/** What was read of an account's fields, or nothing and what is wrong with them, under the names that `nameOf` gives. */
export function checkedAccount(
  deps: ApiDeps,
  tenant: TenantDoc,
  { id, name, mode, payee }: Readonly<Record<string, unknown>>,
  errors: NamedError[],
  nameOf: (field: string) => string = (field) => field,
): NewAccount[] {
  const before = errors.length;
  const fail = (field: string, message: string) => void errors.push({ name: nameOf(field), message });
  if (!isAccountId(id)) fail('id', accountCure);
  if (typeof name !== 'string' || !isLabel(name, 128)) {
    fail('name', 'write whose account it is, in 1 to 128 printable characters');
  }
  if ((mode === undefined) !== (payee === undefined)) {
    fail('mode', 'write mode and payee, or neither for an account that is only credited');
  }
  const party = payee === undefined ? undefined : partyOf(payee, nameOf('payee'), errors);
  const rail = typeof mode === 'string' ? deps.rails.byMode(mode) : undefined;
  if (mode !== undefined && (!rail || rail.id === closedLoopMode)) {
    fail('mode', `names no rail that money leaves by: write one of ${deps.rails.modes.join(', ')}`);
  }
  if (errors.length === before && rail && party) {
    for (const { name: field, message } of payeeErrors(deps, tenant, rail, party)) fail(field, message);
  }
  if (errors.length > before) return [];
  const paidOut = rail && party && { mode: String(mode).toLowerCase(), payee: party };
  return [{ account: String(id), name: String(name), ...paidOut }];
}

/** As a row of a file would be checked; what is wrong with the tenant's own account there is not this one's. */
function payeeErrors(
  deps: ApiDeps,
  tenant: TenantDoc,
  rail: { readonly id: string; readonly paymentModes: readonly string[] },
  payee: PartyDoc,
): NamedError[] {
  const payer = tenant.payoutAccounts?.[rail.id] ?? { type: payee.type, id: payee.id };
  return partyErrors(deps, tenant._id, rail.paymentModes[0]!, payer, payee).flatMap(({ column, message }) =>
    column.startsWith('payee')
      ? [{ name: column === 'payee_identifier_type' ? 'payee.type' : 'payee.id', message }]
      : [],
  );
}

function partyOf(value: unknown, name: string, errors: NamedError[]): PartyDoc | undefined {
  const shape = 'write { "type": "msisdn", "id": "…" }, and "dfspId" where the rail wants to know';
  const { type, id, dfspId, ...others } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const ours = typeof type === 'string' ? identifierTypeOf(type) : undefined;
  const isFine =
    ours !== undefined &&
    typeof id === 'string' &&
    isLabel(id, 128) &&
    (dfspId === undefined || (typeof dfspId === 'string' && isLabel(dfspId, 128))) &&
    Object.keys(others).length === 0;
  if (isFine) return { type: ours, id, ...(dfspId !== undefined && { dfsp: dfspId as string }) };
  errors.push({ name, message: shape });
  return undefined;
}

export function shownAccount({ account, name, mode, payee, setBy, setAt }: AccountDoc) {
  return {
    account,
    name,
    mode: mode ?? null,
    payee: payee ? shownParty(payee) : null,
    set_by: setBy,
    set_at: setAt.toISOString(),
  };
}

function shownParty({ type, id, dfsp }: PartyDoc) {
  return { type, id, ...(dfsp !== undefined && { dfspId: dfsp }) };
}
