/** POST and GET /api/v1/wallets, GET …/{id}, PUT …/{id}/status: wallets of the closed loop. */
import type { Request, RequestHandler } from 'express';
import { isUuid, uuidOf } from '../../../domain/ids.ts';
import { invalidRequest, type NamedError, Problem } from '../../../domain/problem.ts';
import { openableKinds } from '../../../domain/wallet.ts';
import type { WalletDoc } from '../../../store/wallet-documents.ts';
import type { NewWallet, WalletPlace, Wallets } from '../../../store/wallets.ts';
import { actorOf } from '../../actor.ts';
import { checkedReason, commander } from '../../commander.ts';
import type { ApiDeps } from '../../deps.ts';
import { currencyField } from '../../money-field.ts';
import { isLabel, type Query, readObject, readQuery, tenantOf } from '../../request.ts';
import { shownWallet } from './shown.ts';
import { requestKey, walletOf } from './wallet-of.ts';

export function postWallet(deps: ApiDeps, wallets: Wallets): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    commander(req);
    const key = requestKey(req);
    const asked = await readNewWallet(req, tenant._id, uuidOf(`${tenant._id}/wallet/request/${key.text}`));
    const { wallet, isNew } = await wallets.open(asked, actorOf(req));
    if (!isNew && !isSame(wallet, asked)) {
      throw new Problem('idempotency-key-reused', 'this key came before with another wallet: use a new one');
    }
    if (isNew) deps.log.info('wallet opened', { tenantId: tenant._id, walletId: wallet._id, kind: wallet.kind });
    else res.set('Idempotent-Replayed', 'true');
    res.set('Location', `/api/v1/wallets/${wallet._id}`);
    res.status(201).json(await shown(wallets, wallet));
  };
}

export function listWallets(deps: ApiDeps, wallets: Wallets): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    const query = readQuery(req, ['owner', 'kind', 'currency', 'cursor', 'limit']);
    const filter = {
      owner: query.text('owner'),
      kind: query.word('kind', openableKinds),
      currency: query.text('currency'),
    };
    const limit = query.whole('limit', 50, 1, 200);
    const after = readPlace(query);
    query.done();
    const found = await wallets.list(tenant._id, filter, limit, after);
    const page = found.slice(0, limit);
    const held = await wallets.heldOf(page.map(({ _id }) => _id));
    res.json({
      wallets: page.map((wallet) => shownWallet(wallet, held.get(wallet._id))),
      next_cursor: found.length > limit ? placeText(page.at(-1)!) : null,
    });
  };
}

export function getWallet(deps: ApiDeps, wallets: Wallets): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    res.json(await shown(wallets, await walletOf(wallets, req, tenant)));
  };
}

export function putWalletStatus(deps: ApiDeps, wallets: Wallets): RequestHandler {
  return async (req, res) => {
    const tenant = await tenantOf(deps, req);
    readQuery(req, []).done();
    const by = commander(req);
    const { status, reason } = await readObject(req, ['status', 'reason']);
    const errors: NamedError[] = [];
    const words = ['open', 'frozen', 'closed'] as const;
    const wanted = words.find((word) => word === status);
    if (!wanted) errors.push({ name: 'status', message: `write one of ${words.join(', ')}` });
    const why = checkedReason(reason, errors);
    if (errors.length > 0 || !wanted) throw invalidRequest(errors);
    const wallet = await walletOf(wallets, req, tenant);
    const after = await wallets.setStatus(wallet, wanted, { by, reason: why, at: deps.now() }, actorOf(req));
    if (!after) {
      throw new Problem(
        'wallet-not-ready',
        'only an empty wallet of which nothing is held can be closed, and a closed one stays closed',
      );
    }
    deps.log.info('wallet status set', { tenantId: tenant._id, walletId: wallet._id, status: wanted });
    res.json(await shown(wallets, after));
  };
}

async function shown(wallets: Wallets, wallet: WalletDoc) {
  return shownWallet(wallet, (await wallets.heldOf([wallet._id])).get(wallet._id));
}

async function readNewWallet(req: Request, tenantId: string, _id: string): Promise<NewWallet> {
  const {
    owner,
    currency: money,
    kind: word,
    allowNegative = false,
  } = await readObject(req, ['owner', 'currency', 'kind', 'allowNegative']);
  const errors: NamedError[] = [];
  if (typeof owner !== 'string' || !isLabel(owner, 128)) {
    errors.push({ name: 'owner', message: 'write whose it is, in 1 to 128 printable characters' });
  }
  const currency = currencyField(money, 'currency', errors);
  const kind = openableKinds.find((each) => each === word);
  if (!kind) errors.push({ name: 'kind', message: `write one of ${openableKinds.join(', ')}` });
  if (typeof allowNegative !== 'boolean') errors.push({ name: 'allowNegative', message: 'write true or false' });
  if (allowNegative === true && kind === 'receiver') {
    errors.push({ name: 'allowNegative', message: 'a receiver never owes: leave it out' });
  }
  if (errors.length > 0 || !currency || !kind) throw invalidRequest(errors);
  return { _id, tenantId, owner: owner as string, currency, kind, allowNegative: allowNegative === true };
}

function isSame(a: NewWallet, b: NewWallet): boolean {
  return (['tenantId', 'owner', 'currency', 'kind', 'allowNegative'] as const).every((name) => a[name] === b[name]);
}

function placeText({ createdAt, _id }: WalletDoc): string {
  return Buffer.from(`${createdAt.getTime()}/${_id}`).toString('base64url');
}

function readPlace(query: Query): WalletPlace | undefined {
  const text = query.text('cursor');
  if (text === undefined) return undefined;
  const [, ms, key = ''] = /^(\d{1,15})\/(.{36})$/.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (ms !== undefined && isUuid(key)) return { at: new Date(Number(ms)), key };
  query.problem('cursor', 'hand back next_cursor of the page before as it came');
  return undefined;
}
