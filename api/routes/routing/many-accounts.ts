/** GET and POST /api/v1/accounts: beneficiary accounts page by page, and many set at once. */
import type { Request, RequestHandler } from 'express';
import { invalidRequest, type NamedError } from '../../../domain/problem.ts';
import type { Accounts, NewAccount } from '../../../store/accounts.ts';
import type { TenantDoc } from '../../../store/documents.ts';
import type { ApiDeps } from '../../deps.ts';
import { readObject, readQuery, shortened, tenantOf } from '../../request.ts';
import { isAccountId } from '../../route-request.ts';
import { accountFields, checkedAccount, setterOf, shownAccount } from './accounts.ts';

const accountsMax = 500;
const bodyMaxBytes = 512 * 1024;

export function listAccounts(deps: ApiDeps, accounts: Accounts): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['cursor', 'limit']);
    const limit = query.whole('limit', 50, 1, 200);
    const after = query.text('cursor');
    if (after !== undefined && !isAccountId(after)) {
      query.problem('cursor', 'hand back next_cursor of the page before as it came');
    }
    query.done();
    const found = await accounts.list(tenant._id, limit, after);
    const page = found.slice(0, limit);
    res.json({
      accounts: page.map(shownAccount),
      next_cursor: found.length > limit ? page.at(-1)!.account : null,
    });
  };
}

/** All of them or none; sent again it changes nothing. */
export function postAccounts(deps: ApiDeps, accounts: Accounts): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const asked = await readAccounts(deps, req, tenant);
    const setter = setterOf(deps, req, tenant);
    const set = await accounts.set(asked, setter);
    deps.log.info('beneficiary accounts set', { tenantId: tenant._id, set, asked: asked.length, by: setter.by });
    res.json({ set, unchanged: asked.length - set });
  };
}

async function readAccounts(deps: ApiDeps, req: Request, tenant: TenantDoc): Promise<NewAccount[]> {
  const { accounts } = await readObject(req, ['accounts'], bodyMaxBytes);
  if (!Array.isArray(accounts) || accounts.length === 0 || accounts.length > accountsMax) {
    const message = `write a list of 1 to ${accountsMax} objects with account, ${accountFields.join(', ')}`;
    throw invalidRequest([{ name: 'accounts', message }]);
  }
  const errors: NamedError[] = [];
  const seen = new Map<unknown, number>();
  const read = accounts.flatMap((value: unknown, i) => {
    const name = `accounts[${i}]`;
    const { account, ...fields } = objectOf(value);
    const earlier = seen.get(account);
    if (earlier !== undefined) {
      errors.push({ name: `${name}.account`, message: `is the same as in accounts[${earlier}]: send it once` });
    }
    seen.set(account, i);
    for (const field of Object.keys(fields).filter((each) => !accountFields.includes(each))) {
      const known = ['account', ...accountFields].join(', ');
      errors.push({ name: `${name}.${shortened(field)}`, message: `is not known here; known are ${known}` });
    }
    return checkedAccount(deps, tenant, { id: account, ...fields }, errors, (field) =>
      field === 'id' ? `${name}.account` : `${name}.${field}`,
    );
  });
  if (errors.length > 0) throw invalidRequest(errors.slice(0, 100));
  return read;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
