/** POST and GET /api/v1/wallets/{id}/withdrawals, GET …/{withdrawal}: money that leaves the loop to its owner's account. */
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import { invalidRequest, type NamedError, Problem } from '../../../domain/problem.ts';
import { parseExact } from '../../../platform/exact-json.ts';
import type { AcceptRoute } from '../../../store/accept-route.ts';
import type { RoutePart } from '../../../store/route-documents.ts';
import { routeStanding } from '../../../store/route-standing.ts';
import type { WalletDoc } from '../../../store/wallet-documents.ts';
import type { Wallets } from '../../../store/wallets.ts';
import { actorOf } from '../../actor.ts';
import { callerOf } from '../../caller.ts';
import type { ApiDeps } from '../../deps.ts';
import { positiveMinor } from '../../money-field.ts';
import { noteUse, targetsOf } from '../../part-targets.ts';
import { readObject, readQuery, tenantOf } from '../../request.ts';
import { accountCure, isAccountId, readRequestHeaders } from '../../route-request.ts';
import { walletOf } from '../wallets/wallet-of.ts';
import { acceptedId, pageOf, readPlace, routeOf } from './routes-of.ts';
import { shownWithdrawal } from './shown.ts';

export function postWithdrawal(deps: ApiDeps, wallets: Wallets, accept: AcceptRoute): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const headers = await readRequestHeaders(deps, req, tenant);
    const wallet = await walletOf(wallets, req, tenant);
    if (wallet.kind === 'asset') throw new Problem('wallet-not-ready', 'what is outside already cannot be withdrawn');
    const part = await readWithdrawal(req, wallet);
    const errors: NamedError[] = [];
    const asked = { autoPayout: true, currency: wallet.currency, parts: [part] };
    const targets = await targetsOf(deps, tenant, asked, () => 'account', errors);
    if (errors.length > 0) throw invalidRequest(errors);
    await deps.admission.checkRoom(tenant._id, 'batches');
    const route = {
      _id: randomUUID(),
      tenantId: tenant._id,
      kind: 'withdrawal' as const,
      requestId: headers.requestId,
      from: wallet._id,
      currency: wallet.currency,
      minor: part.minor,
      autoPayout: true,
      parts: [part],
      by: callerOf(req).subject,
      callbackUrl: headers.callbackUrl,
    };
    const accepted = await accept({ route, targets, idempotencyKey: headers.idempotencyKey, actor: actorOf(req) });
    const { id, isReplayed } = acceptedId(accepted, headers, wallet._id);
    if (!isReplayed) await noteUse(deps, tenant._id, [part]);
    deps.log.info('withdrawal accepted', { withdrawalId: id, tenantId: tenant._id, isReplayed });
    const path = `/api/v1/wallets/${wallet._id}/withdrawals/${id}`;
    if (isReplayed) res.set('Idempotent-Replayed', 'true');
    res.set('Location', path);
    res.status(202).json({ withdrawal_id: id, status_url: path });
  };
}

export function listWithdrawals(deps: ApiDeps, wallets: Wallets): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['cursor', 'limit']);
    const limit = query.whole('limit', 50, 1, 200);
    const after = readPlace(query);
    query.done();
    const { _id: from } = await walletOf(wallets, req, tenant);
    const where = { tenantId: tenant._id, kind: 'withdrawal' as const, from };
    const { page, next } = await pageOf(deps, where, limit, after);
    res.json({ withdrawals: page.map((route) => shownWithdrawal(route)), next_cursor: next });
  };
}

export function getWithdrawal(deps: ApiDeps, wallets: Wallets): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const wallet = await walletOf(wallets, req, tenant);
    const route = await routeOf(deps, String(req.params.withdrawal), tenant, 'withdrawal');
    if (route.from !== wallet._id) throw new Problem('route-not-found', 'the wallet has no withdrawal of this id');
    res.json(shownWithdrawal(route, await routeStanding(deps.c, route)));
  };
}

/** To the account that owns the wallet, where none is named. */
async function readWithdrawal(req: Request, { currency, owner }: WalletDoc): Promise<RoutePart> {
  const { amount, account = owner } = await readObject(req, ['amount', 'account'], undefined, parseExact);
  const errors: NamedError[] = [];
  const minor = positiveMinor(amount, currency, 'amount', errors);
  if (!isAccountId(account)) errors.push({ name: 'account', message: accountCure });
  if (errors.length > 0 || minor === undefined) throw invalidRequest(errors);
  return { n: 1, role: 'transfer', account: account as string, minor };
}
